"""How sure a record is fits what it is sure by."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from swarm import kinds
from swarm.oracle.rule import standing
from swarm.records import Problem, first_word

if TYPE_CHECKING:
    from swarm.oracle.case import File, Tree

_SOURCES = ("evidence", "source", "verify", "observed")
_LINKS = ("cites", "derived_from", "tests", "supports", "extends")


@standing("confidence-fits", "measured is a figure that somebody can look up, or it is a feeling")
def look(file: File, tree: Tree) -> Iterator[Problem]:
    stated = first_word(file.keys.get("confidence") or "")
    if stated not in kinds.CONFIDENCES:
        return
    line = file.line("confidence")
    if stated == "measured" and not _counted(file):
        remedy = "add `n:`, how often it was seen; else it is observed, or theorized"
        yield Problem(file.path, line, "it is measured, and has no `n`", remedy)
    if stated == "measured" and not _sourced(file):
        remedy = "add `evidence:` or `cites:`, or say in its text what was measured"
        yield Problem(file.path, line, "it is measured, and says nowhere by what", remedy)
    weaker = _strongest(file, tree)
    if weaker and kinds.CONFIDENCES.index(stated) < kinds.CONFIDENCES.index(weaker):
        what = f"it is {stated}, and what it derives from is {weaker} at most"
        yield Problem(file.path, line, what, f"make it {weaker}, or name what makes it {stated}")


def _counted(file: File) -> bool:
    told = str(file.keys.get("n") or "")
    if re.fullmatch(r"\d+", told):
        return int(told) > 0
    stated = str(file.keys["confidence"])  # older boards write `Measured (n=48)`
    return re.search(r"\bn\s*[=≈~≥>]+\s*\d", stated, re.IGNORECASE) is not None


def _sourced(file: File) -> bool:
    stated = any(file.keys.get(key) for key in _SOURCES)
    said = file.record is not None and bool(file.record.body.strip())
    return stated or said or any(file.targets(link) for link in _LINKS)


def _strongest(file: File, tree: Tree) -> str:
    """The best that it derives from; nothing when any of that does not say how sure it is."""
    stated = [
        first_word(other.keys.get("confidence") or "")
        for target in file.targets("derived_from")
        for other in tree.named(target)
    ]
    if not stated or not set(stated) <= set(kinds.CONFIDENCES):
        return ""
    return min(stated, key=kinds.CONFIDENCES.index)
