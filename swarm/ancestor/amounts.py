"""Amounts in a sentence: whether what was got is what was expected. Pure.

    expected                      got         is it so?
    ≥ 3 · 3+ · at least 3         3 and more  yes; of > 3, over 3: more than 3
    ≤ 9 · up to 9 · at most 9     9 and less  yes; of < 9, under 9: less than 9
    3-5                           3 to 5      yes, both ends included
    75 · ~75 · exactly 75         68 to 82    yes: within a tenth of it
    3-5 · 75                      6, better   yes: a bare number, and who got it calls it better

One expected amount is held against the first that was got, several against as
many; otherwise nobody can tell which belongs to which. Amounts in different
units say nothing either. What stands in brackets is a remark, unless there is no
amount outside them. `60→40` means 40, `4 of 5` and `4/5` mean 4; ids (L-12),
sessions (S40), sample sizes (n=30) and what stands behind ± are no amounts.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_TENTH = 0.1

# Nothing here repeats without end: a cell of a million signs is read in one go.
_NUMBER = r"\d{1,15}(?:,\d{3}){0,5}(?:\.\d{1,15})?|\.\d{1,15}"
_UNIT = r"\s?%|×|[A-Za-z]{1,4}\b"
_LEAST = r"≥|>=|\b(?:at least|no fewer than)\b"
_MOST = r"≤|<=|\b(?:at most|up to|no more than)\b"
_OVER = r">|\b(?:more than|over|above)\b"
_UNDER = r"<|\b(?:less than|fewer than|under|below)\b"
_AMOUNT = re.compile(
    rf"(?:(?P<least>{_LEAST})|(?P<most>{_MOST})|(?P<over>{_OVER})|(?P<under>{_UNDER}))?"
    r"\s?[~≈=]{0,3}\s?(?<![\w.])(?P<minus>[-−](?=[\d.]))?"
    rf"(?P<first>{_NUMBER})(?P<half>{_UNIT})?(?:\s*(?:[-–—]|to)\s*(?P<last>{_NUMBER}))?"
    rf"(?P<unit>{_UNIT})?(?P<more>\+| or more\b)?(?!\w|\.\d)",
    re.IGNORECASE,
)
_REMARK = re.compile(r"\([^()]*\)|\[[^\][]*\]")
_BEFORE = re.compile(rf"(?<![\w.])(?:{_NUMBER})[%×\w]{{0,9}}\s?(?:→|->)\s?(?=[-−.\d])")
_NAME = re.compile(
    r"\b[A-Za-z][\w.-]{0,60}\d[\w.-]{0,60}|\b[nN]\s?[=≈~≥<>]{1,3}\s?[\d,]{1,20}|±\s?[\d.]{1,20}%?"
)
_BOUNDS = ("least", "most", "over", "under")
_OF = re.compile(r"(?<=\d)\s*(?:/|\bof)\s*\d+")
_BETTER = re.compile(r"\bbetter\b", re.IGNORECASE)


class Amount(NamedTuple):
    """A number or a range, its unit, and which bound it is, if any."""

    first: float
    last: float
    unit: str
    bound: str = ""  # least | most | over | under

    def takes(self, got: Amount) -> bool:
        if self.bound == "least":
            return got.last >= self.first
        if self.bound == "most":
            return got.first <= self.first
        if self.bound == "over":
            return got.last > self.first
        if self.bound == "under":
            return got.first < self.first
        if self.first < self.last:
            return self.first <= got.first and got.last <= self.last
        return abs(got.first - self.first) <= _TENTH * abs(self.first)


def fulfilled(expected: str, got: str) -> tuple[bool, ...]:
    """Of each expected amount, whether it was got; nothing when that cannot be told."""
    wanted = amounts(expected)
    found = amounts(got) if wanted else []
    if len(wanted) == 1:
        found = found[:1]
    pairs = list(zip(wanted, found, strict=False))
    if len(wanted) != len(found) or any(one.unit != other.unit for one, other in pairs):
        return ()
    better = _BETTER.search(got) is not None
    return tuple(one.takes(other) or (better and not one.bound) for one, other in pairs)


def amounts(text: str) -> list[Amount]:
    """The amounts in a text, in order; in brackets only where none stands outside."""
    without = _REMARK.sub(" ", text)
    for said in (without, text):
        bare = _NAME.sub(" ", _OF.sub("", _BEFORE.sub("", said)))
        if found := [_amount(each) for each in _AMOUNT.finditer(bare)]:
            return found
    return []


def _amount(found: re.Match[str]) -> Amount:
    first = _number(found["first"]) * (-1 if found["minus"] else 1)
    last = _number(found["last"]) if found["last"] else first
    bound = "least" if found["more"] else next(filter(found.group, _BOUNDS), "")
    return Amount(first, max(first, last), _unit(found), bound)


def _unit(found: re.Match[str]) -> str:
    for unit in (found["unit"], found["half"]):
        if unit:
            return unit.strip().lower().replace("×", "x")
    return ""


def _number(text: str) -> float:
    return float(text.replace(",", ""))
