"""Bytes → record. Pure: no git, no clock, no disk.

Whatever a file holds, reading it gives a record and a list of Problems, or no
record and one Problem that says why.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from shlex import quote
from typing import TYPE_CHECKING, Any

from swarm import document
from swarm.records import (
    EDGE_TYPES,
    FOLDERS,
    KIND_OF_FOLDER,
    KINDS,
    PAGE,
    Edge,
    EdgeForm,
    Problem,
    Record,
    fold,
    id_in_name,
    is_id,
    kind_of_id,
    split_heading,
)

if TYPE_CHECKING:
    from swarm.prose import Prose

NOT_RECORDS = frozenset({"README.md", "MISSION.md", "TEMPLATE.md", "INDEX.md"})

_NAME = re.compile(r"\[\[([^\[\]|#]++)[^\[\]]*+\]\]|([^\s,;()\[\]`*\"']++)")
_SURROGATES = re.compile("[\ud800-\udfff]")


def parse(raw: bytes, path: str) -> tuple[Record | None, tuple[Problem, ...]]:
    """The record a file holds, with everything that is wrong with it."""
    from swarm import prose  # whoever reads heads alone need not know what links look like

    return _read(raw, path, prose.read)


def skim(raw: bytes, path: str) -> tuple[Record | None, tuple[Problem, ...]]:
    """The same without what only the text below the head says: its links and its rule."""
    return _read(raw, path, None)


def _read(
    raw: bytes, path: str, read: Callable[[str, int], Prose] | None
) -> tuple[Record | None, tuple[Problem, ...]]:
    refused = document.refuse(raw, path)
    if refused:
        return None, (refused,)
    page = document.read(raw, path)
    problems = [*page.problems, *_odd_name(path)]
    keys = {key: _clean(value) for key, value in page.keys().items()}
    record_id, title, found = _identity(page, keys, path)
    problems += found
    said = read(_clean(page.body), page.body_line) if read else None
    kind = _kind(record_id, keys, path)
    stated = [*_key_edges(page), *(_page_edges(page, path) if kind == PAGE else ())]
    edges = tuple(_distinct(list(_at(path, [*stated, *(said.edges if said else ())]))))
    own = {fold(record_id), fold(path)}
    problems += _self_edges(own, edges, path)
    if said and said.cut:
        what = f"a paragraph of more than {said.most // 1024} KiB: links further on are not read"
        problems.append(Problem(path, said.cut, what, f"break it at line {said.cut}", "note"))
    record = Record(
        id=record_id,
        kind=kind,
        title=title,
        path=path,
        keys=keys,
        body=_clean(page.body),
        rule=said.rule if said else "",
        edges=tuple(each for each in edges if fold(each.target) not in own),
        problems=tuple(problems),
        created=_created(keys),
    )
    return record, record.problems


def in_folders(path: str) -> bool:
    """Whether a path lies where records live; anything else is a page."""
    return path.split("/", 1)[0] in FOLDERS


def _odd_name(path: str) -> list[Problem]:
    """Names that survive here and break in a shell."""
    name = path.rsplit("/", 1)[-1]
    if name.isprintable() and not name.startswith("-"):
        return []
    what = (
        "the file name begins with a dash"
        if name[0] == "-"
        else "control characters in the file name"
    )
    return [Problem(path, 1, what, "rename it: git mv -- OLD NEW", "warning")]


def _clean(value: Any) -> Any:
    """Text that sqlite and JSON can hold; undecodable bytes become the sign for that."""
    if isinstance(value, str):
        return _SURROGATES.sub("\ufffd", value)
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {_clean(key): _clean(item) for key, item in value.items()}
    return value


def _identity(
    page: document.Document, keys: dict[str, Any], path: str
) -> tuple[str, str, list[Problem]]:
    """Its id, from the head, else the title, else the file name; and its bare title."""
    stem = posixpath.basename(path).rsplit(".", 1)[0]
    named = id_in_name(stem) or ""
    heading = _clean(page.title)
    titled, bare = split_heading(heading)
    stated = str(keys.get("id") or "").strip()
    record_id = stated if is_id(stated) else titled or named
    title = str(keys.get("title") or "").strip()
    title = title or bare.strip()
    title = title or stem.removeprefix(named).replace("-", " ").strip() or stem
    if not in_folders(path) or (not record_id and posixpath.basename(path) in NOT_RECORDS):
        return record_id or path, title, []
    return (
        record_id or path,
        title,
        _id_problems(record_id, stated, stem, page.line_of("id"), path),
    )


def _id_problems(record_id: str, stated: str, stem: str, line: int, path: str) -> list[Problem]:
    if stated and not is_id(stated):
        what = f"`{stated}` cannot be an id"
        return [Problem(path, line, what, "use letters, digits and hyphens, such as L-7k3qfa")]
    if not record_id:
        name = quote(f"L-7k3qfa-{stem}.md")
        remedy = f"add a line `id:` to its head, or put an id before its name: {name}"
        return [Problem(path, 1, "a record without an id", remedy, "warning")]
    if record_id[0].islower() and kind_of_id(record_id):
        what = f"the id `{record_id}` is in another letter case: a kind's letter is a capital"
        remedy = f"write `{record_id[0].upper()}{record_id[1:]}` in line {line}"
        return [Problem(path, line, what, remedy, "warning")]
    named = id_in_name(stem)
    if not named or (stem.startswith(record_id) and not stem[len(record_id) :][:1].isalnum()):
        return []
    what = f"the id is `{record_id}` here and `{named}` in the file name"
    if fold(named) == fold(record_id):
        what += ": another letter case"
    return [Problem(path, line, what, "rename the file, or mend the id", "warning")]


def _kind(record_id: str, keys: dict[str, Any], path: str) -> str:
    """What it says it is; else what its id's letter, else its folder says."""
    if not in_folders(path):
        return PAGE
    stated = str(keys.get("kind") or "").strip().lower()
    if stated in KINDS:
        return stated
    if record_id == path:
        return PAGE
    folders = path.split("/")
    by_folder = KIND_OF_FOLDER.get("/".join(folders[:2])) or KIND_OF_FOLDER.get(folders[0])
    return kind_of_id(record_id) or by_folder or PAGE


def _key_edges(page: document.Document) -> Iterator[Edge]:
    for each in page.fields:
        if each.key in EDGE_TYPES:
            for target in listed(each.value):
                form: EdgeForm = "path" if target.endswith(".md") else "key"
                yield Edge(each.key, _clean(target), form, each.line)


# What documents that were not written for swarm call their links.
_KEYS_OF_PAGES = {
    "requires": "depends_on",
    "replaces": "supersedes",
    "obsoletes": "supersedes",
    "updates": "extends",
    "related": "cites",
    "see-also": "cites",
}
_NUMBERED = re.compile(r"(.*?)\d+", re.DOTALL)


def _page_edges(page: document.Document, path: str) -> Iterator[Edge]:
    """Links in a page's own keys. A bare number means the file beside it that has that number."""
    numbered = _NUMBERED.fullmatch(posixpath.basename(path).rsplit(".", 1)[0])
    for each in page.fields:
        edge_type = _KEYS_OF_PAGES.get(each.key.lower())
        if not edge_type:
            continue
        items = each.value if isinstance(each.value, list) else re.split(r"[,\s]+", str(each.value))
        for item in items:
            target = str(item).strip()
            if target.isdecimal() and numbered:
                yield Edge(edge_type, f"{_clean(numbered[1])}{target}.md", "path", each.line)
            elif target.endswith(".md"):
                yield Edge(edge_type, _clean(target), "path", each.line)
            elif _looks_like_id(target):
                yield Edge(edge_type, _clean(target), "key", each.line)


def listed(value: Any) -> list[str]:
    """The names in a value: items of a list as they stand, or the ids in a line of text."""
    if isinstance(value, (list, tuple)):
        return [name for item in value for name in _listed_item(item)]
    return _names_in(value) if isinstance(value, str) else []


def _listed_item(item: Any) -> list[str]:
    if isinstance(item, list):  # `[[L-1]]` without quotes is a list in a list
        return listed(item)
    if item is None or isinstance(item, (bool, dict)):
        return []
    text = str(item).strip()
    return _names_in(text)[:1] or ([text] if text else [])


def _names_in(text: str) -> list[str]:
    named = ((linked.strip(), word.rstrip(".:")) for linked, word in _NAME.findall(text))
    return [
        linked or word
        for linked, word in named
        if linked or word.endswith(".md") or _looks_like_id(word)
    ]


def _looks_like_id(word: str) -> bool:
    named = "-" in word and any(c.isdigit() for c in word) and is_id(word)
    return named or id_in_name(word) == word


def _at(path: str, edges: list[Edge]) -> Iterator[Edge]:
    """Links to files, as paths from the repository's root. None leads out of it."""
    for each in edges:
        if each.form != "path":
            yield each
            continue
        folder = "" if each.target.startswith("/") else posixpath.dirname(path)
        target = posixpath.normpath(posixpath.join(folder, each.target.lstrip("/")))
        if not target.startswith(".."):
            yield Edge(each.type, target, "path", each.line)


def _distinct(edges: list[Edge]) -> Iterator[Edge]:
    """One edge a target and type; a mention of what is linked by type adds nothing."""
    typed = {fold(each.target) for each in edges if each.type != "mentions"}
    seen = set()
    for each in edges:
        key = each.type, fold(each.target)
        if key in seen or (each.type == "mentions" and key[1] in typed):
            continue
        seen.add(key)
        yield each


def _self_edges(own: set[str], edges: tuple[Edge, ...], path: str) -> list[Problem]:
    """A record that names itself in passing is no trouble; one that builds on itself is."""
    typed = [each for each in edges if each.type != "mentions" and fold(each.target) in own]
    return [
        Problem(path, each.line, f"`{each.type}` names the record itself",
                f"delete the name from line {each.line}", "warning")
        for each in typed[:1]
    ]  # fmt: skip


def _created(keys: dict[str, Any]) -> str:
    """Its own word for when it was made, when that is a date."""
    for name in ("created", "date"):
        stated = str(keys.get(name) or "")
        if re.match(r"\d{4}-\d\d-\d\d", stated):
            return stated
    return ""
