"""A belief says how it is known, and what would be seen if it were wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from swarm.oracle.rule import standing
from swarm.records import Problem

if TYPE_CHECKING:
    from swarm.oracle.case import File, Tree

# Words that say nothing of the world: fillers, and all that only says "if it is wrong".
_EMPTY = frozenset(
    """a an and any anybody anyone are at be been being but by can could do does ever for found from
    had has have how i if in is it its later may might must no nobody not of off on one or our
    should so somebody someday someone something somehow than that the their them then there these
    they this those to turns turn out under was we were what when where which who will with would
    you your n/a na nil none null tbd tba todo fixme unknown unclear pending various yet etc
    believe believed belief claim claims hold holds statement assumption idea theory
    contradicted contradicting contradicts contrary counter counterexample disproof disproved
    disproven evidence exists false falsified incorrect invalid invalidated longer opposite
    otherwise proof prove proved proven proves disproves falsifies refutes
    refuted shown shows true truth untrue wrong
    never nothing impossible obvious obviously always trust me us see above below""".split()
)


@standing("belief-testable", "a belief that nothing could show wrong teaches nothing")
def look(file: File, tree: Tree) -> Iterator[Problem]:
    if file.kind != "belief":
        return
    said = {key: file.keys.get(key) for key in ("evidence", "falsified_if")}
    if said["evidence"] not in (None, "", []) and not _says(said["evidence"]):
        remedy = "say what was seen, where, how often: a record, a command, a figure"
        what = f"`evidence` says nothing: {said['evidence']}"
        yield Problem(file.path, file.line("evidence"), what, remedy)
    if said["falsified_if"] not in (None, "", []) and not _says(said["falsified_if"]):
        what = f"`falsified_if` names nothing that could be seen: {said['falsified_if']}"
        remedy = 'name what would be seen, such as "two readers of one file get different bytes"'
        yield Problem(file.path, file.line("falsified_if"), what, remedy)


def _says(value: object) -> bool:
    """Whether a text holds a word that is about something."""
    words = re.findall(r"[^\W_]+(?:[-/'’][^\W_]+)*", str(value).lower())
    return any(set(re.split(r"[-'’]", word)) - _EMPTY for word in words if word not in _EMPTY)
