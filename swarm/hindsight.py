"""Whether a prediction was made before its outcome, as far as history shows. Pure.

The prediction is what `expect`, `p` and `verify` say. It is late when any of them
first stands in the version that bears the outcome, or after it, or is given up
or changed at all once it stands; adding one that was missing, while nothing is
decided, changes nothing. What decides is every version in the history behind a
commit, not their order in time: a clock can be wrong, and branches have no order.

A file that arrives closed, as imported ones do, shows nothing: then its own
`predicted` and `concluded` decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

from swarm import moments
from swarm.records import first_word, fold

PREDICTION: Final = ("expect", "p", "verify")
CLOSED: Final = "closed"

_LONGEST_P, _SHOWN_P = 20, 5

_SURROGATES = re.compile("[\\ud800-\\udfff]")  # half characters, which the index cannot keep


class Version(NamedTuple):
    """What one version of a task says of its prediction, and whether it is decided."""

    id: str
    prediction: tuple[str, str, str]
    concluded: bool

    def lacks(self, part: int) -> bool:
        return not self.prediction[part]

    @property
    def predicts(self) -> bool:
        """Whether it says what will happen, or how surely. A command alone says neither."""
        return any(self.prediction[:2])


class Step(NamedTuple):
    """A change of a task: the blobs it came from, none when it was new, and the one it became."""

    before: tuple[str, ...]
    after: str
    cut: bool = False  # history ends here, though the task may be older

    @property
    def blobs(self) -> tuple[str, ...]:
        return (*self.before, self.after)


class _Move(NamedTuple):
    """A step with what the versions say."""

    before: tuple[Version, ...]
    after: Version
    cut: bool


class Timing(NamedTuple):
    """When a prediction was made, and how that is known."""

    word: Literal["in time", "late", "unknown"]
    why: str = ""
    arrived: bool = False  # closed already, so that nothing here shows a check
    predicted: bool = True  # by any version: what was taken away was said once


def version(keys: Mapping[str, Any]) -> Version:
    """What a head says."""
    decided = any(keys.get(key) for key in ("outcome", "outcomes"))
    closed = first_word(keys.get("status")) == CLOSED
    expect, p, verify = (_spelled(keys.get(key)) for key in PREDICTION)
    stated = str(keys.get("id") or "").strip()
    return Version(fold(stated), (expect, _number(p), verify), closed or decided)


def parse(raw: bytes) -> Version:
    """What an older version of a file says; nothing when it is no text."""
    from swarm import document  # only a task that has a history pays for the parser

    return version({} if document.refuse(raw) else document.read(raw).keys())


def judge(
    keys: Mapping[str, Any], steps: Sequence[Step], versions: Mapping[str, Version]
) -> Timing:
    """Whether the prediction in a closed task's head was made in time.

    `steps` are its changes, older ones first; the last one leads to that head.
    """
    own = version(keys)
    line = [each for each in _line(steps, versions) if _is_one(each.after, own)]
    told = _told(keys, own, line)
    arrived = line[0].after.concluded and not line[0].cut
    predicted = any(each.after.predicts for each in line)
    return told._replace(arrived=arrived, predicted=predicted)


def _told(keys: Mapping[str, Any], own: Version, line: Sequence[_Move]) -> Timing:
    late = "; ".join(_late(own, line))
    if late:
        return Timing("late", late)
    if any(each.cut for each in line):
        return Timing("unknown", "history is cut before it, as in a shallow clone")
    return _by_its_own_times(keys) if line[0].after.concluded else Timing("in time")


def _line(steps: Sequence[Step], versions: Mapping[str, Version]) -> Iterator[_Move]:
    """The moves in their order. A file that was renamed, or comes back, goes on from the last."""
    last: tuple[Version, ...] = ()
    for step in steps:
        after = versions[step.after]
        before = tuple(versions[blob] for blob in step.before) or (() if step.cut else last)
        yield _Move(before, after, step.cut)
        last = (after,)


def _is_one(version: Version, own: Version) -> bool:
    """Whether it is of the same task: two foreign ids can make one file name."""
    return version.id in ("", own.id) or not own.id


def _late(own: Version, line: Sequence[_Move]) -> Iterator[str]:
    """Every way in which a prediction is late."""
    for part, name in enumerate(PREDICTION):
        said = dict.fromkeys(each.after.prediction[part] for each in line)
        values = [value for value in said if value]
        if len(values) > 1:
            told = " → ".join(value[:_LONGEST_P] for value in values[:_SHOWN_P])
            yield f"`{name}` was changed" + (f": {told}" if name == "p" else "")
        elif values and own.lacks(part):
            yield f"`{name}` was taken away"
        elif values and any(each.after.concluded and each.after.lacks(part) for each in line):
            yield f"`{name}` was added after the outcome"
        elif values and any(_came_with_the_outcome(each, part) for each in line):
            yield f"`{name}` came with the outcome"


def _came_with_the_outcome(move: _Move, part: int) -> bool:
    """Of what was new, or is cut off from what was before, nobody can say so."""
    fresh = bool(move.before) and all(each.lacks(part) for each in move.before)
    return move.after.concluded and fresh


def _by_its_own_times(keys: Mapping[str, Any]) -> Timing:
    """It arrived closed: what it says itself is all there is."""
    told = [str(keys.get(key) or "") for key in ("predicted", "concluded")]
    predicted, concluded = map(moments.read, told)
    if predicted is None or concluded is None:
        missing = "predicted" if predicted is None else "concluded"
        return Timing("late", f"it arrived closed, and does not say when it was {missing}")
    if predicted < concluded:
        return Timing("in time", "it arrived closed, and its own times say so")
    when = "as" if predicted == concluded else "after"
    return Timing("late", f"it arrived closed, and was predicted {when} it was concluded")


def _spelled(value: Any) -> str:
    text = "" if value is None else " ".join(str(value).split())
    return _SURROGATES.sub("\ufffd", text)


def _number(text: str) -> str:
    """0.80 and .8 are one probability."""
    try:
        return repr(float(text))
    except ValueError:
        return text
