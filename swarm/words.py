"""Text → the words it is searched by, and a query → what sqlite is asked.

Both sides pass through `segment`, so they always agree. Scripts that put no
spaces between words are cut into pairs of characters; the last character of a
run stands alone, so that a one-character query can match as a prefix.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import islice
from typing import NamedTuple

MAX_TERMS = 64  # more words than this say nothing more about what is wanted

# Han, kana, hangul, and the scripts of South-East Asia written without spaces.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u30ff\u3100-\u318f"
    "\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
_SEPARATORS = (
    "\\s\\x00-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\xa9\\xab-\\xb4\\xb6-\\xb9\\xbb-\\xbf\\xd7\\xf7"
    "\u2000-\u206f\u20a0-\u20cf\u2190-\u2bff\u2e00-\u2e7f\u3000-\u3004\u3008-\u3020\u3030"
    "\ufe00-\ufe0f\ufe30-\ufe4f\ufeff\ufff0-\uffff\U0001f000-\U0001faff\U000e0000-\U000e0fff"
)
# Separators that stay separators in every normal form: no letter is written with them.
_TYPOGRAPHY = (("\xd7", "\xd7"), ("\xf7", "\xf7"), ("\u2010", "\u2016"), ("\u2018", "\u2027"),
               ("\u2030", "\u203b"), ("\u203f", "\u2046"),
               ("\u2190", "\u245f"), ("\u2500", "\u27bf"))  # fmt: skip
_INVISIBLE = re.compile("[\u00ad\u200c\u200d\u2060\ufeff]")  # inside a word, not between two
_ACCENTS = "".join(map(chr, range(0x300, 0x370)))  # sqlite drops them, so alone they are no word
_ASCII_WORD = re.compile("[a-z0-9]+")


def segment(text: str | None) -> str:
    """The searchable words of a text, separated by spaces."""
    if not text:
        return ""
    return " ".join(_tokens(text))


class Asked(NamedTuple):
    """Whatever a person typed, as FTS5 is asked for it."""

    terms: list[str]  # words in their order; one ends in * where it may begin a longer one
    phrases: list[str]  # words that were typed together, as in `close_lane` or "small batches"


def read(query: str) -> Asked:
    """The words of a query. One that holds none asks for nothing."""
    asked = Asked([], [])
    for quoted, chunk in re.findall(r'"([^"]+)"|(\S+)', query[:100_000]):
        tokens = list(islice(_tokens(quoted or chunk), 2 * MAX_TERMS))
        # the last character of a run is a word of its own only where nothing longer says it
        longer = [token for token in tokens if len(token) > 1 or not _is_cut(token)]
        asked.terms.extend([f'"{token}"' for token in longer] or [f'"{one}"*' for one in tokens])
        if len(longer) > 1:
            asked.phrases.append('"' + " ".join(longer[:16]) + '"')
        if len(asked.terms) >= MAX_TERMS:
            break
    return Asked(asked.terms[:MAX_TERMS], list(dict.fromkeys(asked.phrases))[:MAX_TERMS])


def _tokens(text: str) -> Iterable[str]:
    text = _without_typography(text)
    if text.isascii():
        return map(_singular, _ASCII_WORD.findall(text.lower()))
    plain = unicodedata.normalize("NFKC", text.encode("utf-8", "replace").decode())
    runs: list[str] = _any_word().findall(_INVISIBLE.sub("", plain).lower())
    return _mixed(runs)


def _without_typography(text: str) -> str:
    """English with its dashes, arrows and quotation marks as spaces; anything else as it is.

    It is told by its few distinct characters, which spares most texts the slow way.
    """
    if text.isascii():
        return text
    foreign = [char for char in set(text) if char > "\x7f"]
    if all(any(low <= char <= high for low, high in _TYPOGRAPHY) for char in foreign):
        for char in foreign:
            text = text.replace(char, " ")
    return text


def _mixed(runs: Iterable[str]) -> Iterator[str]:
    for run in runs:
        if run.isascii():
            yield _singular(run)
            continue
        if not run.strip(_ACCENTS):
            continue
        for unspaced, word in _by_script().findall(run):
            if unspaced:
                yield from (unspaced[at : at + 2] for at in range(len(unspaced)))
            else:
                yield _singular(word)


# Compiling these takes longer than most queries do, and most queries are ASCII.


@cache
def _any_word() -> re.Pattern[str]:
    return re.compile(f"[^{_SEPARATORS}]+")


@cache
def _by_script() -> re.Pattern[str]:
    return re.compile(f"([{_UNSPACED}]+)|([^{_UNSPACED}]+)")


def _is_cut(char: str) -> bool:
    """Whether a character is of a script that is cut into pairs."""
    return not char.isascii() and _by_script().match(char)[1] is not None  # type: ignore[index]


@lru_cache(maxsize=50_000)
def _singular(word: str) -> str:
    """English words without the ending that a plural changes: right often, harmless else."""
    if len(word) < 4:
        return word
    if word[-1] == "s" and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    if word[-1] == "e" and len(word) > 4:  # batches and caches, cookies and theories
        if word.endswith(("che", "she", "xe", "sse")):
            return word[:-1]
        if word.endswith("ie"):
            return word[:-2] + "y"
    return word
