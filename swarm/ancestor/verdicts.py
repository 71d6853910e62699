"""What became of an expectation, read off the words of its result. Pure.

A verdict is `confirmed`, `falsified`, `null` (somebody looked, and it could not
be told) or `partial`. This is the rule; a person who follows it from the top
down gets to the same verdict.

1.  **Is there a result?** Without `actual` and `diff` there is no verdict, and
    the reason says whether the lane is open, was given up or was closed.
2.  **Where is the verdict?** In `diff`, which holds what was got against what was
    expected. If none is found there: among the first six words of `actual`, apart and
    in capitals (`H2 CONFIRMED at noon`). If `diff` says the same throughout, `actual`
    is one more voice when it begins so (`CONFIRMED: …`, `HYPOTHESIS FALSIFIED. …`).
    Further on it says such words of other things.
3.  **Cut `diff` into sentences**, at `.` `!` `?` and `;`. One that begins with `got`,
    `actual`, `found` or the like goes on with the `Expected …` before it.
4.  **Leave out what nobody expected**: a sentence that begins with `Did not predict`,
    `Surprise`, `Unexpected`, `New`, `Novel` and the like, or says `not predicted`.
5.  **Leave out what is only quoted.** In a sentence that begins with `Expected`,
    `Predicted` or `Expect:` the verdict stands behind the first dash, colon, arrow,
    `got`, `actual` or `but`, or else is the last word before it. A sentence without
    one of these is read whole.
6.  **Look for words of verdict**, the longer before the shorter, so that in `not
    confirmed` nothing is confirmed. People shout verdicts: beside one in capitals
    those in small letters are part of the story. Two words with a comma, a
    semicolon, `/`, `+`, `and`, `but` or `while` between them belong to two
    sub-claims, others to one:

    | what it holds | for example | verdict |
    |---|---|---|
    | an open word | inconclusive, untested, not yet, deferred, no data | null |
    | a falsifying word denied | not falsified, cannot be refuted | null |
    | a word by halves | partially confirmed, mostly met, not fully met, right direction | partial |
    | a share of several | 2 of 3 confirmed; 3/3 met; 0/2 confirmed | partial; all; none |
    | words of both sorts | wrong in size though confirmed in sign | partial |
    | a confirming word with an exception | all confirmed except the last | partial |
    | a confirming word denied | not confirmed, not found, failed to reach | falsified |
    | a falsifying word | falsified, wrong, refuted, missed, inverted | falsified |
    | a confirming word | confirmed, met, achieved, exceeded, as expected | confirmed |

    Only in capitals: PARTIAL; FAIL, MISS, WORSE, BELOW, REGRESSION; HIT, PASS.
7.  **A quoted expectation without such a word** goes by its numbers, as `amounts` has
    them (`expected ≥ 3, got 5`), else is falsified if something came `instead`.
8.  **Whose word counts?** First that of sentences which quote an expectation, name one
    (`the prediction`, `the target`) or shout; only without these that of the others.
    Where nobody says any of this, faint words do: `no surprises`, `better
    than expected`; `worse than expected`, `below target`.
9.  **All together.** One verdict, or the same one each time, is the verdict. Different
    ones are `partial`, and the verdict of each sub-claim is kept. None is the last
    of the reasons why there is no verdict.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from swarm.ancestor.amounts import fulfilled

OUTCOMES = CONFIRMED, FALSIFIED, NULL, PARTIAL = "confirmed", "falsified", "null", "partial"

OPEN = "no result yet: the lane is open"
GIVEN_UP = "given up without a result"
SILENT = "closed without a result"
UNTOLD = "no word and no number of its result says whether it was so"

_YES = r"""(?:confirm(?:ed)?|met|exceed(?:ed|s)|match(?:ed|es)?|supported|verified|validated
    |(?:achieved|attained|reached|delivered|held|holds)(?![ ]?[~≈<>]?\d)|replicated|succeeded
    |correct|accurate|(?:exactly\ )?as\ (?:expected|predicted|planned)
    |(?:exactly|got)\ (?:that|both|all))"""
_NO = r"""(?:falsif(?:ied|ies|y)|refute[sd]?|disproved|disproven|disconfirmed|wrong|incorrect
    |missed|inverted|opposite|revers(?:ed|al)|contradict(?:ed|s)|rejected|violated|failed|fails|unmet)"""
_NOT = r"""(?:not|never|neither|none|nor|cannot|\w+n't|(?:failed|fails|unable)\ to)
    (?:[\ -](?!only|just|merely)\w+)?[\ -]"""
_DONE = "(?:found|implemented|fixed|built|observed|done|repaired|produced|seen)"
_HALF = r"(?:partial(?:ly)?|partly|mostly|largely|half|not[ -](?:fully|entirely|completely|all))"
_ENDS = r"(?=\W*$|\ ?[.,;:()/—–+-]|\ (?:on|to|until)\b)"
_MARK = re.compile(
    rf"""(?<!\w)(?:
    (?P<some>\d{{1,9}})[ ]?(?:/|of|out[ ]of)[ ]?(?P<of>\d{{1,9}})[ ](?:\w+[ ]){{0,2}}?
        (?:(?P<yes>{_YES})|{_NO})
    |(?P<null>inconclusive|undecided|undetermined|unclear|untest(?:ed|able)|unmeasured|unverifiable
        |deferred{_ENDS}|pending|tbd|not[ -]yet|too[ ]early|no[ ]progress
        |(?:insufficient|not[ ]enough|no)[ ](?:\w+[ ])?(?:data|evidence)
        |not[ -](?:tested|testable|measured|measurable|executed|run|evaluated)
        |{_NOT}{_NO})
    |(?P<partial>{_HALF}[ -](?:\w+[ -])?(?:{_YES}|{_NO})|mixed[ ](?:results?|evidence)
        |right[ ]direction|direction[ ](?:is[ ]|was[ ])?(?:correct|right)
        |(?-i:PARTIAL)(?![ -]resolved))
    |(?P<falsified>{_NOT}(?:{_YES}|{_DONE})|not[ ][<>≥≤~]|{_NO}|(?-i:FAIL|MISS){_ENDS}
        |(?-i:WORSE(?:NED)?|BELOW|REGRESS(?:ED|ION)))
    |(?P<confirmed>{_YES}|(?-i:HIT|PASS){_ENDS})
    )(?!\w)""",
    re.IGNORECASE | re.VERBOSE,
)
_FAINT = re.compile(
    r"""(?<!\w)(?:
    (?P<confirmed>no[ ](?:\w+[ ])?surprises?
        |(?:better|stronger|more)[ ](?:\w+[ ])?than[ ](?:expected|predicted))
    |(?P<falsified>(?:worse|weaker|less)[ ](?:\w+[ ])?than[ ](?:expected|predicted)
        |(?:below|short[ ]of)[ ](?:the[ ])?(?:[\d.]+%?[ ])?(?:target|predict\w*|expect\w*))
    )(?!\w)""",
    re.IGNORECASE | re.VERBOSE,
)
_APART = re.compile(r"[,;+/]|\b(?:and|but|while|whereas)\b", re.IGNORECASE)
_EXCEPT = re.compile(r"\b(?:except(?:ing)?|apart from|save for)\b", re.IGNORECASE)
_INSTEAD = re.compile(r"\binstead\b", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?;])\s+")
_GETS = r"(?:got|actual(?:ly)?|found|observed|measured|saw|instead|achieved|delivered|reached)\b"
_GOES_ON = re.compile(rf"\W*(?:but\s+)?{_GETS}", re.IGNORECASE)
_QUOTES = re.compile(
    r"\W*(?:expected|predicted|(?:expect|predict|prediction|expectation):"
    r"|(?:[\w/-]+\s+){1,3}(?:expected|predicted)\s+(?=[~≈<>≥≤]?\d))\W*",
    re.IGNORECASE,
)
_ANSWER = re.compile(
    rf"\s(?:[—–]|--?)\s|:\s|→|->|[,;.]\s+(?={_GETS})|\s(?=got\b)|\bbut\b|\bvs\.?\s+actual\b",
    re.IGNORECASE,
)
_NAMES = re.compile(
    r"\b(?:predictions?|expectations?|expect|hypothes[ei]s|targets?)\b", re.IGNORECASE
)
_ASIDE = re.compile(
    r"\W*(?:(?:did|had|was|were)(?:\s+not|n't)\s+(?:predict|expect|anticipat)"
    r"|(?:(?!no\b)\w+\s+){0,2}?(?:surpris\w*|unexpected\w*|novel|new|bonus|insight|side effect"
    r"|next)\b)"
    r"|(?!\W*(?:expect|predict)).*\b(?:not|never|un)[\s-]*(?:predicted|anticipated|expected)\b",
    re.IGNORECASE,
)
_FIRST_WORDS = re.compile(r"(?:\S+\s+){0,5}\S*")
_BEGINS = re.compile(r"(?:(?:prediction|expectation|hypothesis|result)s?\W+)?", re.IGNORECASE)


class Verdict(NamedTuple):
    """One outcome, or one for each sub-claim where they differ; or why there is none."""

    outcomes: tuple[str, ...]
    reason: str = ""

    @property
    def outcome(self) -> str:
        return PARTIAL if len(self.outcomes) > 1 else "".join(self.outcomes)


class _Mark(NamedTuple):
    """A word of verdict in a text."""

    outcome: str
    start: int
    end: int
    shouted: bool


def judge(status: str, actual: str = "", diff: str = "") -> Verdict:
    """The verdict on a lane that had an expectation."""
    if not actual and not diff:
        return Verdict((), {"open": OPEN, "abandoned": GIVEN_UP}.get(status, SILENT))
    found = _of_difference(_plain(diff))
    if len(set(found)) <= 1:
        found = [*found[:1], *_of_headline(_plain(actual), alone=not found)]
    if not found:
        return Verdict((), UNTOLD)
    return Verdict(tuple(found) if len(set(found)) > 1 else (found[0],))


def _plain(text: str) -> str:
    """A text in one line; in an older one, all joined by hyphens, `_` is one of them."""
    line = " ".join(text.replace("’", "'").replace("*", "").split())
    return line if " " in line else line.replace("_", "-")


def _of_headline(actual: str, *, alone: bool) -> list[str]:
    """The verdict at the head of a result: among its first words, or right at the beginning."""
    head = _FIRST_WORDS.match(actual)
    for mark in _marks(_MARK, head[0] if head else ""):
        before = actual[: mark.start]
        if mark.shouted and (_BEGINS.fullmatch(before) or (alone and before.endswith(" "))):
            return [mark.outcome]
    return []


def _of_difference(diff: str) -> list[str]:
    told = [each for each in _sentences(diff) if not _ASIDE.match(each)]
    counting, other = list[str](), list[str]()
    for sentence in told:
        expected, answer = _parts(sentence)
        marks = _loudest(_marks(_MARK, answer))
        found = _claims(answer, marks) or _at_the_end(expected) or _otherwise(expected, answer)
        named = expected or _NAMES.search(sentence) or any(mark.shouted for mark in marks)
        (counting if named else other).extend(found)
    faint = (mark.outcome for each in told for mark in _marks(_FAINT, each))
    return counting or other or list(faint)


def _sentences(diff: str) -> Iterator[str]:
    """The sentences, an expectation in one with what was got."""
    held = ""
    for sentence in _SENTENCE.split(diff):
        if _QUOTES.match(held) and _GOES_ON.match(sentence):
            held = f"{held} {sentence}"
            continue
        if held:
            yield held
        held = sentence
    if held:
        yield held


def _parts(sentence: str) -> tuple[str, str]:
    """What a sentence quotes of the expectation, if anything, and what it says of it."""
    quotes = _QUOTES.match(sentence)
    answer = _ANSWER.search(sentence, quotes.end()) if quotes else None
    return (sentence[: answer.start()], sentence[answer.end() :]) if answer else ("", sentence)


def _at_the_end(expected: str) -> list[str]:
    """`Expected a gain confirmed — it is 4%`: the last word of a quotation may be its verdict."""
    marks = list(_marks(_MARK, expected))
    return [mark.outcome for mark in marks[-1:] if not expected[mark.end :].strip(" ,.")]


def _otherwise(expected: str, got: str) -> list[str]:
    """The verdict on a quoted expectation when no word says it."""
    by_numbers = [CONFIRMED if each else FALSIFIED for each in fulfilled(expected, got)]
    return by_numbers or ([FALSIFIED] if expected and _INSTEAD.search(got) else [])


def _marks(pattern: re.Pattern[str], text: str) -> Iterator[_Mark]:
    for found in pattern.finditer(text):
        parts = found.groupdict()
        if parts.get("some"):
            outcome = _of_share(int(found["some"]), int(found["of"]), bool(found["yes"]))
        else:
            outcome = next(name for name in OUTCOMES if parts.get(name))
        yield _Mark(outcome, found.start(), found.end(), found[0].isupper())


def _of_share(some: int, of: int, confirmed: bool) -> str:
    if 0 < some < of:
        return PARTIAL
    return CONFIRMED if confirmed == (some > 0) else FALSIFIED


def _loudest(marks: Iterator[_Mark]) -> list[_Mark]:
    found = list(marks)
    return [mark for mark in found if mark.shouted] or found


def _claims(text: str, marks: list[_Mark]) -> list[str]:
    """The verdict of each sub-claim of a sentence."""
    claims = [{marks[0].outcome}] if marks else []
    for before, mark in pairwise(marks):
        if _APART.search(text, before.end, mark.start):
            claims.append(set())
        claims[-1].add(mark.outcome)
    found = [_of_claim(each) for each in claims]
    excepted = set(found) == {CONFIRMED} and _EXCEPT.search(text)
    return [PARTIAL] if excepted else found


def _of_claim(outcomes: set[str]) -> str:
    if NULL in outcomes:
        return NULL
    return next(iter(outcomes)) if len(outcomes) == 1 else PARTIAL
