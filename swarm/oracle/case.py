"""What a rule is shown: a write as a whole, each of its files before and after, and the rest.

Everything is read when it is asked for, and once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from swarm import markdown, saying, settings
from swarm.records import MAX_BYTES, PAGE, Problem, Record, fold, id_in_name, is_id, is_record_path

if TYPE_CHECKING:
    from swarm.closure import Verdict
    from swarm.git import Repo
    from swarm.objects import Touched

# Compiled when they are needed, which for most writes is never.
_PERSON = r"[^\W\d_][^<>@]*<[^<>@\s]+@[^<>@\s]+>|@[A-Za-z][\w-]*"
_MACHINE = (  # where a word begins, after a digit and inside of CamelCase, too
    r"(?i)(?<![^\W\d_])(?:agents?|(?:depend|renovate)?bots?|robots?|assistants?|swarm|llm|"
    r"claude|(?:chat)?gpt|copilot|codex|gemini|anthropic|openai|(?:no|do-?not)-?reply)(?![^\W\d_])"
)
_BROUGHT = r"\S.*:\d+(@[0-9a-f]{7,64})?"  # as an import says where a record stood


class File:
    """A file on one side of a change, or beside it."""

    def __init__(self, path: str, mode: str, fetch: Callable[[], bytes]) -> None:
        self.path = path
        self.mode = mode
        self._fetch = fetch

    @cached_property
    def raw(self) -> bytes:
        return self._fetch()

    @cached_property
    def text(self) -> str:
        """What it says; nothing when that is more than anybody may write."""
        return self.raw.decode("utf-8", "replace") if len(self.raw) <= MAX_BYTES else ""

    @property
    def is_plain(self) -> bool:
        """Whether it is a file at all, and no link or other repository."""
        return self.mode.startswith("100")

    @cached_property
    def _read(self) -> tuple[Record | None, tuple[Problem, ...]]:
        return markdown.skim(self.raw, self.path) if self.is_plain else (None, ())

    @property
    def record(self) -> Record | None:
        """What it holds, but for the links in its text."""
        return self._read[0]

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self._read[1]

    @property
    def kind(self) -> str:
        return self.record.kind if self.record else PAGE

    @property
    def id(self) -> str:
        return self.record.id if self.record else ""

    @property
    def title(self) -> str:
        return self.record.title if self.record else ""

    @property
    def body(self) -> str:
        return self.record.body if self.record else ""

    @property
    def keys(self) -> Mapping[str, Any]:
        return self.record.keys if self.record else {}

    def targets(self, edge_type: str) -> list[str]:
        """The names that a key of links holds."""
        edges = self.record.edges if self.record else ()
        return [each.target for each in edges if each.type == edge_type]

    def stated(self, key: str) -> list[str]:
        """The names in a key as they are written, its own included."""
        return markdown.listed(self.keys.get(key))

    def line(self, key: str) -> int:
        """Where a key stands, however it is spelled."""
        spelled = re.escape(key).replace("_", "[ _-]")
        found = re.search(rf"^[\W_]*{spelled}[*\s]*:", self.text, re.MULTILINE | re.IGNORECASE)
        return self.text.count("\n", 0, found.end()) + 1 if found else 1

    def matches(self, pattern: str) -> Iterator[tuple[int, re.Match[str]]]:
        """Where its text matches a pattern, each with its line."""
        line, at = 1, 0
        for found in re.finditer(pattern, self.text):
            line, at = line + self.text.count("\n", at, found.start()), found.start()
            yield line, found

    @cached_property
    def names(self) -> set[str]:
        """All that it may be called by, as names are compared."""
        told = (*self.record.names(), self.path) if self.record else ()
        return set(map(fold, told))


class Source(Protocol):
    """Where files are looked for."""

    @property
    def repo(self) -> Repo: ...
    def entries(self, folder: str) -> dict[str, str]: ...
    def raw(self, path: str) -> bytes | None: ...
    def mode(self, path: str) -> str: ...
    def bearing(self, record_id: str) -> list[str]: ...
    def ending(self, name: str) -> list[str]: ...
    def below(self, folder: str) -> list[str]: ...
    def holding(self, texts: Sequence[str], folders: Sequence[str]) -> list[str]: ...
    def titled(self, name: str) -> list[str]: ...
    def otherwise(self) -> list[str]: ...


class Tree:
    """All files as they were, or as they would be; `written` are those that the write concerns."""

    def __init__(self, place: Source, written: Sequence[File]) -> None:
        self.place = place
        self.written = written
        self.paths = {file.path for file in written}
        self._files: dict[str, File | None] = {file.path: file for file in written}
        self._named: dict[str, list[File]] = {}
        self._kept: dict[str, Any] = {}

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """What a rule works out for all records together."""
        if name not in self._kept:
            self._kept[name] = make()
        return self._kept[name]

    def file(self, path: str) -> File | None:
        """The file in a place."""
        if path not in self._files:
            raw = self.place.raw(path)
            self._files[path] = None if raw is None else File(path, "100644", lambda: raw)
        return self._files[path]

    def files(self, paths: Sequence[str]) -> Iterator[File]:
        """The records in some places."""
        found = (self.file(path) for path in paths if is_record_path(path))
        yield from (each for each in found if each and each.record)

    def bearers(self, record_id: str) -> list[File]:
        """The records that have an id: one that is made like an id stands in the file's name."""
        wanted = fold(record_id)
        found = [
            each for each in self.files(self.place.bearing(record_id)) if fold(each.id) == wanted
        ]
        if not found and id_in_name(record_id) != record_id:
            found = [each for each in self._called.get(wanted, ()) if fold(each.id) == wanted]
        return found

    def named(self, name: str) -> list[File]:
        """The records that a link may mean: by id, path, alias or title. The cheap way first."""
        if name not in self._named:
            self._named[name] = self._find(name)
        return self._named[name]

    def _find(self, name: str) -> list[File]:
        there = self.file(name) if name.endswith(".md") else None
        found = [there] if there else self.bearers(name)
        found = found or self._called.get(fold(name), [])
        if not found and _may_be_title(name):
            near = self.files(self.place.titled(name))
            found = [each for each in near if fold(name) in each.names]
        return found

    @cached_property
    def _called(self) -> dict[str, list[File]]:
        """Records by the names that their file names do not tell."""
        found: dict[str, list[File]] = {}
        for file in self.files(self.place.otherwise()):
            for name in file.names:
                found.setdefault(name, []).append(file)
        return found


def _may_be_title(name: str) -> bool:
    """Ids of any board hold digits, and a path is none."""
    return not name.endswith(".md") and not (is_id(name) and any(map(str.isdigit, name)))


class Change(NamedTuple):
    """A file of the board before a write, and after it; none where there is none."""

    path: str
    before: File | None
    after: File | None


class Case:
    """A whole write."""

    def __init__(
        self,
        touched: Sequence[Touched],
        changes: Sequence[Change],
        tree: Tree,
        base: Tree,
        message: str | None,
        verdicts: Mapping[str, Verdict] | None,
        agent: str = "",
    ) -> None:
        self.touched = touched  # every path, the board's or not
        self.changes = changes  # the board's
        self.tree = tree
        self.base = base
        self.message = message  # none while nobody knows it
        self.verdicts = verdicts  # by path; none for what lies in the past, and cannot be run again
        self.agent = agent  # what whoever writes is called; empty when nobody says

    def sides(self, path: str) -> list[File]:
        """What is written in a place: before it, and after it; where it moved, from where."""
        return self._sides.get(path, [])

    @cached_property
    def _sides(self) -> dict[str, list[File]]:
        return {path: [side for side in sides if side] for path, *sides in self.changes}

    @cached_property
    def settings(self) -> settings.Settings:
        """Those that stood before: no change is judged by what it brings along."""
        return settings.read(self.base.place.raw(settings.FILE))

    def trailers(self, name: str) -> list[str]:
        """What the message says under that name; a squash says what each of its commits did."""
        return saying.named(saying.everywhere(self.message or ""), name)

    @property
    def verb(self) -> str:
        """In which verb's name it is written; nothing when it is by hand."""
        told = self.trailers("Swarm-Verb")
        return "close" if "close" in told else "".join(told[-1:])

    @property
    def is_escalated(self) -> bool:
        """Whether a person who can be asked stands in for it; granted while nobody can know."""
        if self.message is None:
            return True
        said = saying.named(saying.trailers(self.message), "Escalation")
        agents = {fold(each) for each in (self.agent, *self.trailers("Swarm-Agent"))}
        return any(_is_person(each, agents) for each in said)

    def is_brought(self, change: Change) -> bool:
        """Whether a record comes from an older board: what it lacks, it lacked there."""
        source = change.after.keys.get("source") if change.after else None
        said = isinstance(source, str) and re.fullmatch(_BROUGHT, source) is not None
        return change.before is None and said and self.verb in ("", "import")


def _is_person(told: str, agents: set[str]) -> bool:
    """Whether `Name <address>` or `@name` is somebody who can be asked, and none of some agents."""
    name, _, address = told.partition("<")
    bare = name.strip().removeprefix("@")
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", f"{bare} {address.partition('@')[0]}")
    is_one = re.fullmatch(_PERSON, told) and not re.search(_MACHINE, words)
    return bool(is_one) and fold(bare) not in agents
