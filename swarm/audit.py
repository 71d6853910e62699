"""The questions that only a doctor asks: each looks at all of a view, so none is on a hot path."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from shlex import quote

from swarm.records import FOLDERS, Problem, id_in_name, is_native
from swarm.view import View


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A name that is linked to and that nothing bears yet."""

    target: str
    path: str
    line: int


def placeholders(view: View) -> list[Placeholder]:
    """Links to what does not exist yet. Words that only look like ids are not links.

    An F-16 is an aeroplane, unless this board has numbered frontiers.
    """
    ids = view.rows(
        "SELECT DISTINCT d.id FROM file f JOIN doc d ON d.doc = f.doc "
        "WHERE f.view = ? AND d.id IS NOT NULL",
        view.number,
    )
    numbered = {each[0] for (each,) in ids if not is_native(each)}
    there = "SELECT 1 FROM name n JOIN file g ON g.view = f.view AND g.doc = n.doc WHERE n.name ="
    rows = view.rows(
        "SELECT e.target, e.form, d.path, e.line FROM file f "
        "JOIN edge e ON e.doc = f.doc JOIN doc d ON d.doc = f.doc "
        f"WHERE f.view = ? AND NOT EXISTS ({there} e.name) "
        f"AND (e.other IS NULL OR NOT EXISTS ({there} e.other)) ORDER BY d.path, e.line",
        view.number,
    )
    return [
        Placeholder(target, path, line)
        for target, form, path, line in rows
        if _surely_a_link(target, form, numbered)
    ]


def clashes(view: View) -> list[Problem]:
    """Ids that more than one file bears."""
    rows = view.rows(
        "SELECT n.name, d.id, d.path FROM name n JOIN file f ON f.doc = n.doc AND f.view = ? "
        "JOIN doc d ON d.doc = n.doc WHERE n.rank = 0 ORDER BY n.name, d.path",
        view.number,
    )
    problems = []
    for (name, _, first), (other, record_id, path) in pairwise(rows):
        if name == other:
            what = f"the id {record_id} is also that of {first}"
            problems.append(Problem(path, 1, what, f"give {quote(path)} another id, or delete it"))
    return problems


def misspelled(view: View) -> list[Problem]:
    """Links that find their record only because letter case is ignored."""
    rows = view.rows(
        "SELECT e.target, t.id, d.path, e.line FROM file f JOIN edge e ON e.doc = f.doc "
        "JOIN doc d ON d.doc = f.doc JOIN name n ON n.name = e.name AND n.rank = 0 "
        "JOIN file g ON g.view = f.view AND g.doc = n.doc JOIN doc t ON t.doc = n.doc "
        "WHERE f.view = ? AND e.form <> 'path' AND e.target <> t.id ORDER BY d.path, e.line",
        view.number,
    )
    problems = []
    for target, record_id, path, line in rows:
        what = f"`{target}` is `{record_id}` in another letter case"
        problems.append(Problem(path, line, what, f"write {record_id} in line {line}", "warning"))
    return problems


def cut_history(view: View) -> int:
    """How many first-seen times are only bounds, since history is shallow."""
    ask = "SELECT count(*) FROM seen WHERE view = ? AND bound = 1"
    return int(view.rows(ask, view.number)[0][0])


def dump(view: View) -> Iterator[str]:
    """Every row that a view shows, as lines that do not depend on how it came about."""
    files = view.rows(
        "SELECT f.path, f.name, f.broken, s.at, s.rank, s.bound, s.commit_id, "
        "coalesce('[' || f.problem || ']', d.problems), f.doc FROM file f "
        "LEFT JOIN doc d ON d.doc = f.doc "
        "LEFT JOIN seen s ON s.view = f.view AND s.name = f.name WHERE f.view = ? ORDER BY f.path",
        view.number,
    )
    for *told, doc in files:
        yield repr(told)
        for columns, table in _PARSED:
            for row in view.rows(f"SELECT {columns} FROM {table} WHERE doc = ? ORDER BY 1, 2", doc):
                yield json.dumps(row)
        yield from _left_on(view, doc)
    yield from _vocabulary(view)


# What was parsed of a file, but for the numbers it happened to get.
_PARSED = (
    (
        "oid, path, id, kind, title, aliases, head, rule, body, created, keys, broken",
        "(SELECT * FROM doc WHERE id IS NOT NULL)",
    ),
    ("line, type, target, form, name, other", "edge"),
    ("rank, name", "name"),
)


def _left_on(view: View, doc: int) -> Iterator[str]:
    """Its place, what was left on it, what leans on it, and what it leads to."""
    columns = (
        "kind, status, domain, place, trail, warning, touched, marks, use_apart, warning_apart, "
        "voice, near, far, used, outcome, proof"
    )
    ask = f"SELECT {columns} FROM node WHERE view = ? AND doc = ?"
    yield from map(repr, view.rows(ask, view.number, doc))
    links = (
        "SELECT l.type, d.path, e.line, e.target FROM link l JOIN doc d ON d.doc = l.target "
        "JOIN edge e ON e.rowid = l.edge WHERE l.view = ? AND l.source = ? ORDER BY 1, 2, 3, 4"
    )
    yield from map(repr, view.rows(links, view.number, doc))


def _vocabulary(view: View) -> Iterator[str]:
    """Every searchable word: in which column, in how many records, how often."""
    table, words = f"temp.vocabulary_{view.number}", f"words_{view.number}"
    view.rows(f"CREATE VIRTUAL TABLE IF NOT EXISTS {table} USING fts5vocab(main, {words}, col)")
    for row in view.rows(f"SELECT term, col, doc, cnt FROM {table} ORDER BY term, col"):
        yield repr(row)


def _surely_a_link(target: str, form: str, numbered: set[str]) -> bool:
    if form == "path":
        return target.split("/", 1)[0] in FOLDERS
    if form != "bare":
        return True
    if "-" not in target or not any(char.isdigit() for char in target):
        return False
    return is_native(target) or (id_in_name(target) == target and target[0] in numbered)
