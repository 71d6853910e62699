"""The nouns: what a blackboard is made of. Frozen, and free of git and sqlite.

A kind is named by a word whose initial is the letter of its ids: a lesson is
`L-7k3qfa`. Ids written by hand or by older boards (`L-601`, `F-META1`, `B16`)
are read as they stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from pathlib import Path

KINDS: Final = (
    "lesson", "principle", "belief", "task", "frontier", "challenge", "handoff", "signal",
)  # fmt: skip
PAGE: Final = "page"  # markdown from [sources]: read, linked, never checked as a record
KNOWLEDGE: Final = ("lesson", "principle", "belief", PAGE)  # the rest is work, or talk about it

FOLDERS: Final = ("memory", "beliefs", "tasks")
KIND_OF_FOLDER: Final = {
    "memory/lessons": "lesson",
    "memory/principles": "principle",
    "memory/handoffs": "handoff",
    "beliefs/challenges": "challenge",
    "beliefs/signals": "signal",
    "beliefs": "belief",
    "tasks": "task",
}

SETTINGS: Final = "swarm.toml"
MISSION: Final = "beliefs/MISSION.md"  # what the board is for, and what nobody moves on the way
SIGNAL_CLASSES: Final = ("tactical", "target", "invariant")  # what a surprise puts in doubt

CONFIDENCES: Final = ("measured", "observed", "theorized")  # the surest first

EDGE_TYPES: Final = (
    "cites",
    "supports",
    "contradicts",
    "extends",
    "supersedes",
    "depends_on",
    "derived_from",
    "tests",
    "read_next",
    "isomorphic",
)

# Keys of which people write sentences: they are searched like the body.
_IN_WORDS = ("description", "summary", "evidence", "falsified_if", "expect", "observed", "debt")

# Older boards number their sessions S1, S2: only an id that swarm has made is one of a signal.
_LETTERS = "".join(kind[0].upper() for kind in KINDS if kind != "signal")
_CROCKFORD = "0-9a-hjkmnp-tv-z"
_RANDOM = rf"(?:[{_CROCKFORD}]{{8}}|[{_CROCKFORD}]{{6}})(?![A-Za-z0-9])"
_SIGNAL = rf"S-(?=[a-z]*\d){_RANDOM}"
_KIND_OF_LETTER = {kind[0].upper(): kind for kind in KINDS}
_ID = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:[-.][A-Za-z0-9_]+)*")
_KIND_LETTER = re.compile(rf"(?i:[{_LETTERS}](?=-|\d))|{_SIGNAL}")
_EMPHASIS = re.compile(r"\*\*|__|^\s*[-*+]\s+", re.MULTILINE)
_LEADING = re.compile(r"(\S+?)(?:\s*[:—–]\s*|\s+-\s+)(?=\S)")
_NATIVE = re.compile(rf"[{_LETTERS}]-{_RANDOM}|{_SIGNAL}")
_FOREIGN = re.compile(
    rf"(?:[{_LETTERS}]-?\d+[a-z]?|[{_LETTERS}](?:-[A-Z][A-Z0-9]*)+[a-z]?)(?![A-Za-z0-9])"
)


def is_id(text: str) -> bool:
    """Whether `text` can be an id: also a file name and part of a ref."""
    return len(text) <= 120 and _ID.fullmatch(text) is not None


def kind_of_id(record_id: str) -> str | None:
    """The kind that an id's letter names, if it names one."""
    found = _KIND_LETTER.match(record_id)
    return _KIND_OF_LETTER[found[0][0].upper()] if found else None


def id_in_name(stem: str) -> str | None:
    """The id a file name begins with: `L-7k3qfa-small-batches` → `L-7k3qfa`."""
    found = _NATIVE.match(stem) or _FOREIGN.match(stem)
    return found[0] if found else None


def is_native(record_id: str) -> bool:
    """Whether an id is one that swarm makes, rather than an older board's."""
    return _NATIVE.fullmatch(record_id) is not None


def split_heading(heading: str) -> tuple[str, str]:
    """The id that a heading begins with, as in `L-601: still true`, and its bare title."""
    found = _LEADING.match(heading)
    leading = found[1].strip("*") if found else ""
    if found and leading and id_in_name(leading) == leading:
        return leading, heading[found.end() :]
    return "", heading


def is_record_path(path: str) -> bool:
    """Whether a path is one where a record lies: markdown below the folders, nothing hidden."""
    inside = path.split("/", 1)[0] in FOLDERS and "/." not in path
    return inside and path.endswith(".md")


def fold(name: str) -> str:
    """How names are compared: ids, titles and aliases ignore letter case."""
    return " ".join(name.split()).casefold()


def shown(path: bytes) -> str:
    """A path as text, the same wherever it is told: what is no UTF-8 in it is spelled out."""
    return path.decode("utf-8", "backslashreplace")


def lasting_name(path: bytes) -> str:
    """What a file is called through renames: the id in its name, else its path."""
    text = shown(path)
    found = id_in_name(text.rsplit("/", 1)[-1])
    return fold(found) if found else text


def first_word(value: Any) -> str:
    """What a value says before it explains itself: people write `Measured (n=48)`."""
    found = re.match(r"[a-z]+", str(value).strip().lower())
    return found[0] if found else ""


Level = Literal["error", "warning", "note"]
LEVELS: Final = ("error", "warning", "note")  # the worst first


class Problem(NamedTuple):
    """What could not be read, or reads badly: where, and how to mend it."""

    path: str
    line: int
    what: str
    remedy: str
    level: Level = "error"

    def as_json(self) -> dict[str, Any]:
        return self._asdict()


MAX_BYTES: Final = 2 * 1024 * 1024


def too_large(path: str, size: int) -> Problem:
    what = f"{size / 1e6:.0f} MB is more than the {MAX_BYTES // 2**20} MiB that a record may have"
    return Problem(path, 1, what, f"move it out of {path.split('/', maxsplit=1)[0]}/, or split it")


EdgeForm = Literal["key", "wiki", "path", "bare"]


class Edge(NamedTuple):
    """One typed link, as it was written; what it leads to depends on the board."""

    type: str
    target: str
    form: EdgeForm
    line: int


def domains(keys: Mapping[str, Any]) -> list[str]:
    """What a record says it is about."""
    stated = keys.get("domain")
    listed = stated if isinstance(stated, list) else [stated]
    return [str(each).strip() for each in listed if each]


def voice(keys: Mapping[str, Any]) -> str:
    """Author and run of a record, as it says: one voice. All that is unsigned is one, too."""
    stated = next((keys[key] for key in ("by", "author", "agent") if keys.get(key)), None)
    told = [
        fold(str(each)) if isinstance(each, (str, int, float)) else ""
        for each in (stated, keys.get("session"))
    ]
    return "\n".join(told) if any(told) else ""


class Record(NamedTuple):
    """One markdown file, read. `keys` holds every key of its head, known or not."""

    id: str
    kind: str
    title: str
    path: str
    keys: Mapping[str, Any]
    body: str
    rule: str = ""
    edges: tuple[Edge, ...] = ()
    problems: tuple[Problem, ...] = ()
    created: str = ""  # its own key, else the commit that first held it

    def names(self) -> tuple[str, ...]:
        """The names a link may call it by, the strongest first."""
        aliases = self.keys.get("aliases")
        listed = aliases if isinstance(aliases, list) else [aliases]
        known = [str(each) for each in listed if isinstance(each, (str, int))]
        if self.kind == PAGE:  # as editors of notes do: `[[eip-1559]]` is docs/eip-1559.md
            known.append(self.path.rsplit("/", 1)[-1].removesuffix(".md"))
        return (self.id, *(alias for alias in known if alias.strip()), self.title)

    def head(self) -> str:
        """What its keys say in words, such as a belief's evidence."""
        return "\n".join(str(self.keys[key]) for key in _IN_WORDS if self.keys.get(key))

    @property
    def author(self) -> str:
        """Who says so, by the record's own word; nothing when it does not say."""
        for key in ("by", "author", "agent", "session"):
            if isinstance(self.keys.get(key), (str, int)):
                return str(self.keys[key])
        return ""

    def gist(self) -> str:
        """The sentence to act on, in one line: its rule, else its summary, else how it begins."""
        told = self.keys.get("description") or self.keys.get("summary")
        summary = told if isinstance(told, str) else ""
        text = self.rule or summary or _opening(self.body)
        return " ".join(_EMPHASIS.sub("", text).split())

    def brief(self) -> dict[str, Any]:
        return {"id": self.id, "kind": self.kind, "title": self.title, "path": self.path}


def _opening(body: str) -> str:
    """The first paragraph that is one: no heading, no list of keys, no rule under a title."""
    for paragraph in re.split(r"\n\s*\n", body[:20_000]):
        lines = [line.strip() for line in paragraph.split("\n")]
        said = [line for line in lines if line and not line.startswith(("#", "<!--", "---", "```"))]
        if said:
            return " ".join(said)
    return ""


class Listed(NamedTuple):
    """A record in a list: what it is and what its head says, without its text."""

    id: str
    kind: str
    title: str
    path: str
    created: str
    keys: Mapping[str, Any]


class Found(NamedTuple):
    """A markdown file, or what stands in the place of one and cannot be read.

    `stamp` changes whenever the content may have; `touched` is when it last
    did, in nanoseconds, or 0 when the stamp is proof enough.
    """

    path: bytes
    stamp: bytes
    touched: int = 0
    oid: str = ""
    problem: Problem | None = None


class Loaded(NamedTuple):
    """An entry with its blob id; `raw` when the content had to be read to know it."""

    found: Found
    oid: str
    raw: bytes | None = None
    problem: Problem | None = None


class Addition(NamedTuple):
    """A commit and the paths it added, seen from its first parent."""

    commit: str
    when: int
    paths: tuple[bytes, ...]


class RefUpdate(NamedTuple):
    """A ref, where it is to stand, and where it must stand now (empty: nowhere)."""

    ref: str
    new: str
    old: str


class Tree(Protocol):
    """A place and a time to read a blackboard from: files, and the history behind them."""

    @property
    def key(self) -> str: ...
    @property
    def head(self) -> str: ...
    @property
    def grafts(self) -> str: ...
    @property
    def shallow(self) -> frozenset[str]: ...
    @property
    def folders(self) -> list[str]: ...
    @property
    def problems(self) -> tuple[Problem, ...]: ...
    @property
    def listing(self) -> tuple[Found, ...]: ...
    @property
    def state(self) -> str: ...
    @property
    def half_life(self) -> float: ...
    def load(self, entries: Iterable[Found]) -> Iterator[Loaded]: ...
    def blobs(self, oids: Iterable[str]) -> Iterator[bytes]: ...
    def additions(self, since: str) -> Iterator[Addition]: ...
    def first_parents(self, since: str) -> list[tuple[str, str]]: ...
    def holds(self, commit: str) -> bool: ...


def given_name(environ: Mapping[str, str]) -> str:
    """What SWARM_AGENT says, in one line and not too long; the same wherever it is told."""
    stated = environ.get("SWARM_AGENT", "")
    printable = "".join(each if each.isprintable() else " " for each in stated[:1_000])
    return " ".join(printable.split())[:200].rstrip()


class Surroundings(NamedTuple):
    """Where and when a command runs: read once, at the edge, and passed inwards."""

    environ: Mapping[str, str]
    now_ns: int

    @property
    def agent(self) -> str:
        """The name that this run was given, in one line; empty when it was given none."""
        return given_name(self.environ)

    @property
    def moment(self) -> str:
        """Now, as records write it."""
        from datetime import UTC, datetime  # only writers pay for it

        return datetime.fromtimestamp(self.now_ns // 10**9, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Place(NamedTuple):
    """Where a verb is called that opens no board; `chosen` by -C, not by where one stands."""

    start: Path
    environ: Mapping[str, str]
    chosen: bool


Span = tuple[str, str]  # text, and the part it plays
Line = str | Sequence[Span]  # what a verb says, before it is made safe to print


class Answer(NamedTuple):
    """What a verb returns: the payload, and what went wrong on the way."""

    data: Mapping[str, Any]
    problems: tuple[Problem, ...] = ()
    exit_code: int = 0
    notes: tuple[str, ...] = ()
    telling: Mapping[str, Any] = {}  # what only its text depends on, such as the hour
