"""The ancestor as questions: a lesson's title, and the lessons that its first version names.

A lesson is a file below `memory/lessons/`, in the archive too: that is what the
product shows as one. What is named counts when it stands in the tree just before;
when an accident had emptied that tree, there is nothing to find and no question.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tools.eval.corpus import Corpus, Query
from tools.eval.repository import Commit, Repository

WARM_UP = 300  # lessons before the first question
HUBS = 10  # one lesson is a truth in half of the late queries

_FILE = re.compile(r"memory/lessons/(?:.+/)?(L-\d+[a-z]?)\.md")
_NAMED = re.compile(rb"\bL-\d+[a-z]?")
_HEAD = re.compile(r"---\s*\n(.*?)\n---\s*(?:\n|$)", re.DOTALL)
_TITLE = re.compile(r"^title:\s*(\S.*?)\s*$", re.MULTILINE)
_NO_TEXT = re.compile(r"<!--.*?-->|^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^#{1,6}\s+(\S.*?)[\s#]*$", re.MULTILINE)
_ID = re.compile(r"\**L-\d+[a-z]?\**(?![A-Za-z0-9])[\s:—–-]*")


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson when it first appeared: in which file, after which commit, beside what."""

    name: str
    blob: str
    commit: str
    parent: str
    beside: frozenset[str]  # the lessons in the tree of the parent


def corpus(repository: Repository) -> Corpus:
    """The lessons from the 301st on that name a lesson there was."""
    told = lessons(repository)
    texts = repository.blobs(lesson.blob for lesson in told)
    earlier = {lesson.name for lesson in told[:WARM_UP]}
    queries, known = [], 0
    for lesson in told[WARM_UP:]:
        title, named = title_of(texts[lesson.blob]), names_in(texts[lesson.blob]) - {lesson.name}
        truths = named & lesson.beside
        known += bool(named & earlier)
        earlier.add(lesson.name)
        if title and truths:
            queries.append(Query(lesson.name, title, lesson.parent, truths))
    note = (
        f"{len(told):,} lessons; from the {WARM_UP + 1}st on {known:,} name a lesson written "
        f"before, {len(queries):,} one that was still in the tree"
    )
    return Corpus("ancestor", repository, tuple(queries), name_of, names_in, note, HUBS)


def lessons(repository: Repository) -> tuple[Lesson, ...]:
    """Every lesson in the order of the commits that first added it."""
    tree: dict[str, str] = {}
    seen: set[str] = set()
    found: list[Lesson] = []
    for commit in repository.commits():
        beside = frozenset(filter(None, map(name_of, tree)))
        found += _first_seen(commit, beside, seen)
        for change in commit.changes:
            tree[change.path] = change.blob
            if not change.blob:
                del tree[change.path]
    return tuple(found)


def name_of(path: str) -> str | None:
    """The id in the name of a lesson's file."""
    found = _FILE.fullmatch(path)
    return found[1] if found else None


def names_in(raw: bytes) -> frozenset[str]:
    """The ids of lessons in a text, its head included."""
    return frozenset(found.decode() for found in _NAMED.findall(raw))


def title_of(raw: bytes) -> str:
    """The title that the head states, else the first heading that is one, without its id."""
    text = raw.decode("utf-8", "replace").removeprefix("\ufeff").replace("\r\n", "\n")
    head = _HEAD.match(text)
    stated = _TITLE.search(head[1]) if head else None
    if stated:
        return _ID.sub("", stated[1].strip("\"'"), count=1)
    headings = _HEADING.findall(_NO_TEXT.sub("", text[head.end() :] if head else text))
    titles = (
        _ID.sub("", heading, count=1) if _ID.match(heading) else heading for heading in headings
    )
    return next(filter(None, titles), "")


def _first_seen(commit: Commit, beside: frozenset[str], seen: set[str]) -> Iterator[Lesson]:
    """The lessons that nobody had seen before this commit, in the order of their numbers."""
    new: dict[str, str] = {}
    for change in commit.changes:
        name = name_of(change.path)
        if name and change.blob and name not in seen:
            new.setdefault(name, change.blob)
    seen.update(new)
    for name in sorted(new, key=lambda name: (int("".join(filter(str.isdigit, name))), name)):
        yield Lesson(name, new[name], commit.id, commit.parent, beside)
