"""What open signals of an invariant stop, until a person answers.

They count as the last commit has them, too: what was only taken out of the work tree
was answered by nobody.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from swarm.records import first_word, fold, id_in_name, kind_of_id

if TYPE_CHECKING:
    from swarm.board import Board
    from swarm.records import Record

_SIGNALS = (
    "SELECT n.doc, d.id, d.keys FROM node n INDEXED BY node_of JOIN doc d ON d.doc = n.doc "
    "WHERE n.view = ? AND n.kind = 'signal' AND n.status IN ('open', '') ORDER BY n.place"
)
_TOUCHED = (
    "SELECT source, target FROM link WHERE view = ? AND source IN ({}) "
    "AND type IN ('cites', 'contradicts')"
)
_NEXT_TO = (
    "SELECT l.source, l.target FROM link l JOIN node n ON n.view = l.view AND n.doc = l.source "
    "AND n.kind IN ('task', 'frontier') WHERE l.view = ? AND l.target IN ({}) "
    "AND l.type IN ('tests', 'depends_on')"
)
_STATING = (
    "SELECT n.doc, d.keys FROM node n INDEXED BY node_of JOIN doc d ON d.doc = n.doc "
    "WHERE n.view = ? AND n.kind IN ('task', 'frontier') AND n.status IN ('open', '') "
    "AND d.keys LIKE '%\"invariant\"%'"
)
_NAMING = (
    "SELECT DISTINCT e.doc FROM edge e JOIN node n ON n.view = ? AND n.doc = e.doc WHERE e.name = ?"
)
_FOLDERS = ("beliefs", "memory/archive")  # where a signal may lie
_TOUCHES = ("cites", "contradicts")


def stopped_by(board: Board) -> dict[int, list[str]]:
    """What open signals of an invariant touch, each with their ids.

    That is what they cite or contradict, and whatever names the invariant that they name;
    then, one step further and no more, the work that tests or depends on any of these.
    """
    view = board.view
    lying = {
        doc: (record_id, keys)
        for doc, record_id, told in view.rows(_SIGNALS, view.number)
        if _is_of_invariant(keys := json.loads(told))
    }
    committed = [] if board.place.key == "commit" else list(_committed(board))
    if not lying and not committed:
        return {}
    found: dict[int, list[str]] = {}
    for doc, target in view.rows(_TOUCHED.format(_these(lying)), view.number):
        found.setdefault(target, []).append(lying[doc][0])
    for record in committed:
        for edge in record.edges:
            for target in view.called(edge.target) if edge.type in _TOUCHES else ():
                found.setdefault(target, []).append(record.id)
    named: dict[str, list[str]] = {}
    for record_id, keys in (*lying.values(), *((each.id, each.keys) for each in committed)):
        for name in _names(keys.get("invariant")):
            named.setdefault(name, []).append(record_id)
    for name, ids in named.items():
        for (doc,) in view.rows(_NAMING, view.number, name):
            found.setdefault(doc, []).extend(ids)
    for doc, told in view.rows(_STATING, view.number) if named else ():
        for name in _names(json.loads(told).get("invariant")):
            found.setdefault(doc, []).extend(named.get(name, ()))
    reached = {doc: list(names) for doc, names in found.items()}
    for doc, target in view.rows(_NEXT_TO.format(_these(found)), view.number):
        reached.setdefault(doc, []).extend(found[target])
    return {doc: list(dict.fromkeys(names)) for doc, names in reached.items()}


def _committed(board: Board) -> Iterator[Record]:
    """The open signals of an invariant that the last commit has."""
    repo = board.place.repo
    entries = repo.tree_files(repo.head, _FOLDERS) if repo.head else []
    paths = {os.fsdecode(each.path): each.oid for each in entries if each.mode.startswith("100")}
    wanted = {path: oid for path, oid in paths.items() if _is_signal(path)}
    if not wanted:
        return
    from swarm import markdown  # most boards have no signal

    for path, raw in zip(wanted, repo.blobs(wanted.values()), strict=True):
        record = markdown.skim(raw, path)[0]
        if record and record.kind == "signal" and _is_of_invariant(record.keys):
            status = first_word(record.keys.get("status") or "")
            if status in ("open", ""):
                yield record


def _is_signal(path: str) -> bool:
    return kind_of_id(id_in_name(PurePosixPath(path).stem) or "") == "signal"


def _is_of_invariant(keys: Mapping[str, Any]) -> bool:
    return first_word(keys.get("class") or "") == "invariant"


def _names(value: object) -> list[str]:
    """The ids in a key, as names are compared."""
    listed = value if isinstance(value, list) else re.split(r"[,\s]+", str(value or ""))
    return [fold(str(each)) for each in listed if each]


def _these(docs: Iterable[int]) -> str:
    return ", ".join(str(int(doc)) for doc in docs)
