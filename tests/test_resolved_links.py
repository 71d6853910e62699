"""Where edges lead, in which order records came, and what they left on each other.

Everything is worked out once more here, the slow way, from the records themselves
and from git: whatever happens to a repository, and however it is cut into batches,
the projection says the same.
"""

from __future__ import annotations

import itertools
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from boards import dump, everything, rebuilt, told
from conftest import Maker, Repository, hermetic
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from swarm import parsed, projection
from swarm.records import Edge, Record, id_in_name
from swarm.store import Snapshot

EXAMPLES = int(os.environ.get("SWARM_EXAMPLES", "12"))

# What the projection says


@dataclass(frozen=True)
class Node:
    """A row of the projection, by the path of its record."""

    path: str
    place: int
    trail: float | None
    warning: float | None
    touched: int
    marks: str
    status: str
    use_apart: float | None = None
    warning_apart: float | None = None
    voice: str = ""
    near: int = 0
    far: int = 0
    used: int = 0
    outcome: str = ""
    proven: bool = False


Link = tuple[str, str, str, str]  # from path, type, as it was written, to path


@contextmanager
def opened(repo: Repository, at: str | None = None) -> Iterator[Snapshot]:
    board = repo.board(at)
    try:
        yield board.view
    finally:
        board.close()


def nodes_of(view: Snapshot) -> list[Node]:
    """Every node in the order of arrival."""
    return [
        Node(*row)
        for row in view.rows(
            "SELECT d.path, n.place, n.trail, n.warning, n.touched, n.marks, n.status, "
            "n.use_apart, n.warning_apart, n.voice, n.near, n.far, n.used, n.outcome, "
            "n.proof <> '' "
            "FROM node n JOIN doc d ON d.doc = n.doc WHERE n.view = ? ORDER BY n.place",
            view.number,
        )
    ]


def links_of(view: Snapshot) -> list[Link]:
    return sorted(
        tuple(row)
        for row in view.rows(
            "SELECT s.path, l.type, e.target, t.path FROM link l JOIN edge e ON e.rowid = l.edge "
            "JOIN doc s ON s.doc = l.source JOIN doc t ON t.doc = l.target WHERE l.view = ?",
            view.number,
        )
    )


def nodes(repo: Repository, at: str | None = None) -> dict[str, Node]:
    with opened(repo, at) as view:
        return {each.path: each for each in nodes_of(view)}


def links(repo: Repository, at: str | None = None) -> list[Link]:
    with opened(repo, at) as view:
        return links_of(view)


def order(repo: Repository, at: str | None = None) -> list[str]:
    """The ids of all records in the order of their arrival."""
    with opened(repo, at) as view:
        by_path = {each.path: each.id for each in view.records()}
        found = nodes_of(view)
        assert [each.place for each in found] == list(range(len(by_path)))
        return [by_path[each.path] for each in found]


def unchanged(repo: Repository, at: str | None = None) -> None:
    """What was brought up to date equals what is read from nothing."""
    assert dump(repo, at) == rebuilt(repo, at)


# What it should say


def called(records: list[Record], name: str) -> Record | None:
    """The record that bears a name most strongly: id, path, alias, title; then by path."""

    def same(text: str) -> bool:
        return " ".join(text.split()).casefold() == " ".join(name.split()).casefold()

    def rank(record: Record) -> int | None:
        record_id, *aliases, title = record.names()
        ranked = [(record_id,), (record.path,), tuple(aliases), (title,)]
        return next((at for at, names in enumerate(ranked) if any(map(same, names))), None)

    ranked = [(rank(each), each.path.encode(), each) for each in records]
    bearers = [(at, path, each) for at, path, each in ranked if at is not None]
    return min(bearers, key=lambda one: one[:2])[2] if bearers else None


def leads_to(records: list[Record], edge: Edge) -> Record | None:
    found = called(records, edge.target)
    if found is None and edge.form == "path":
        renamed = id_in_name(edge.target.rpartition("/")[2])
        found = called(records, renamed) if renamed else None
    return found


def expected_links(records: list[Record]) -> list[Link]:
    found = []
    for each in records:
        for edge in each.edges:
            target = leads_to(records, edge)
            if target and target.path != each.path:
                found.append((each.path, edge.type, edge.target, target.path))
    return sorted(found)


def expected_nodes(
    records: list[Record], linked: list[Link], places: Mapping[str, int], half_life: float
) -> dict[str, Node]:
    by_path = {each.path: each for each in records}
    voices = {each.path: voice_of(each) for each in records}
    leans = {(by, to) for by, type_, _, to in linked if type_ in LEANING}
    return {
        path: _node(
            record,
            [(places[by], type_, by_path[by]) for by, type_, _, to in linked if to == path],
            places[path],
            half_life,
            _leaning(path, leans, voices, places),
        )
        for path, record in by_path.items()
    }


LEANING = {"cites", "supports", "extends", "depends_on", "derived_from", "mentions"}


def voice_of(record: Record) -> tuple[str, str]:
    """Author and run; two empty names when a record says neither. A list is nobody's name."""
    keys = record.keys
    names = keys.get("by") or keys.get("author") or keys.get("agent") or "", keys.get("session")
    plain = ("" if each is None or isinstance(each, list) else str(each) for each in names)
    first, second = (" ".join(each.split()).casefold() for each in plain)
    return first, second


def _leaning(
    path: str,
    leans: set[tuple[str, str]],
    voices: Mapping[str, tuple[str, str]],
    places: Mapping[str, int],
) -> tuple[int, int, int]:
    """Walk from every record: one hop, two hops; three of a voice; was it of use later?"""
    near, far = [], []
    for each in places:
        if each == path:
            continue
        hops = {to for by, to in leans if by == each}
        if path in hops:
            near.append(each)
        elif any((between, path) in leans for between in hops):
            far.append(each)

    def fairly(found: list[str]) -> int:
        counts = [sum(voices[each] == one for each in found) for one in set(voices.values())]
        return sum(min(3, count) for count in counts)

    used = [each for each in near + far
            if voices[each] != voices[path] and places[each] > places[path]]  # fmt: skip
    return fairly(near), fairly(far), int(bool(used))


def said(value: object) -> str:
    """A value's first word, in small letters: people explain themselves behind it."""
    letters = itertools.takewhile(lambda char: "a" <= char <= "z", str(value or "").strip().lower())
    return "".join(letters)


def ended(record: Record) -> tuple[str, bool]:
    """How a task ended, and whether a check said so."""
    told = said(record.keys.get("outcome"))
    closed = record.kind == "task" and said(record.keys.get("status")) == "closed"
    if not closed or told not in ("confirmed", "falsified", "null", "partial"):
        return "", False
    return told, said(record.keys.get("found_by")) == "check"


def _node(
    record: Record,
    cited: list[tuple[int, str, Record]],
    place: int,
    half_life: float,
    leaning: tuple[int, int, int],
) -> Node:
    left: dict[int, tuple[bool, float]] = {}
    marks = set()
    counted = set()  # places of what a posterior counts, or nobody yet
    for at, type_, by in cited:
        outcome, status = said(by.keys.get("outcome")), said(by.keys.get("status"))
        void = by.kind == "challenge" and status == "dismissed"
        if type_ == "supersedes":
            marks.add("superseded")
        if type_ == "contradicts" and not void:
            marks.add("contradicted")
        if type_ == "contradicts" and by.kind == "challenge" and status in ("", "open"):
            counted.add(at)
        if type_ == "tests" and ended(by)[1] and ended(by)[0] != "null":
            counted.add(at)
        if type_ == "tests" and by.kind == "task" and status in ("", "open"):
            counted.add(at)  # planned, and nothing came of it yet
        if at <= place or type_ == "supersedes" or (type_ == "contradicts" and void):
            continue
        tested = type_ == "tests" and by.kind == "task"
        failed = tested and (outcome == "falsified" or status == "abandoned")
        succeeded = tested and ended(by) == ("confirmed", True)
        made = type_ == "contradicts" or failed, 2.0 if succeeded and not failed else 1.0
        left[at] = max(left.get(at, made), made)
    told = said(record.keys.get("status"))
    marks |= {"contradicted"} if told == "falsified" else set()
    marks |= {"superseded"} if told == "superseded" else set()
    if told == "archived" or "archive" in Path(record.path).parent.parts:
        marks.add("archived")
    unsure = said(record.keys.get("confidence")) == "theorized"
    if (record.kind in ("lesson", "principle") and unsure) or (
        record.kind == "belief" and told == "aspirational"
    ):
        marks.add("unverified")
    listed = " ".join(
        each for each in ("contradicted", "superseded", "archived", "unverified") if each in marks
    )
    apart = {at: made for at, made in left.items() if at not in counted}
    return Node(
        record.path, place, _level(left, False, half_life), _level(left, True, half_life),
        max([place, *left]), listed, told,
        _level(apart, False, half_life), _level(apart, True, half_life),
        "\n".join(voice_of(record)) if any(voice_of(record)) else "", *leaning, *ended(record),
    )  # fmt: skip


def _level(left: Mapping[int, tuple[bool, float]], warning: bool, half_life: float) -> float | None:
    grown = [weight * 2 ** (at / half_life) for at, (warns, weight) in left.items()
             if warns == warning]  # fmt: skip
    return math.log(math.fsum(grown)) if grown else None


def nearly(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


def proven(view: Snapshot, half_life: float) -> None:
    """A view says what its own records say, worked out the slow way."""
    records = list(view.records())
    found = nodes_of(view)
    assert [each.place for each in found] == list(range(len(records)))
    linked = links_of(view)
    assert linked == expected_links(records)
    for each in records:
        for edge in each.edges:
            target, slow = view.target(edge), leads_to(records, edge)
            assert (target and target.path) == (slow and slow.path)
    places = {node.path: node.place for node in found}
    expected = expected_nodes(records, linked, places, half_life)
    for node in found:
        slowly = expected[node.path]
        for level in ("trail", "warning", "use_apart", "warning_apart"):
            assert nearly(getattr(node, level), getattr(slowly, level)), (node.path, level)
        for told_of in ("touched", "marks", "status", "voice", "near", "far", "used", "outcome",
                        "proven"):  # fmt: skip
            assert getattr(node, told_of) == getattr(slowly, told_of), (node.path, told_of)


# Whatever happens

PATHS = [
    "memory/lessons/L-000001-small.md",
    "memory/lessons/L-000001-SMALL.md",
    "memory/lessons/2024-01/L-000002-locks.md",
    "memory/archive/L-000003.md",
    "beliefs/B-000001-nobody-waits.md",
    "beliefs/challenges/C-000001.md",
    "tasks/T-000001-do-it.md",
    "docs/eip-1.md",
    "docs/eip-2.md",
]
NAMES = ["L-000001", "l-000001", "L-000002", "B-000001", "T-000001", "C-000001", "Small", "Eip-1"]
TARGETS = [
    *NAMES,
    "../../memory/lessons/L-000001-small.md",
    "../lessons/L-000001-gone.md",
    "/memory/archive/L-000003.md",
    "/beliefs/B-000001-was-called-so.md",
    "/docs/eip-1.md",
    "memory/archive/l-000003.md",
    "L-0abs00",
]
STATUSES = ["open", "closed", "abandoned", "dismissed", "falsified", "superseded", "enforced",
            "aspirational", "archived", ""]  # fmt: skip
TYPES = ["cites", "contradicts", "supersedes", "tests", "requires", "depends_on", "read_next"]

heads = st.fixed_dictionaries(
    {},
    optional={
        "id": st.sampled_from(NAMES[:6]),
        "title": st.sampled_from(["Small", "small", "Large", "L-000002", "eip-1"]),
        "aliases": st.lists(st.sampled_from([*NAMES, "docs/eip-1.md"]), max_size=2).map(
            lambda listed: f"[{', '.join(listed)}]"
        ),
        "status": st.sampled_from(STATUSES),
        "outcome": st.sampled_from(["confirmed", "falsified", '"null"', "partial", "odd"]),
        "found_by": st.sampled_from(["check", "agent"]),
        "by": st.sampled_from(["ada", "Ada", "ben", "[ada]", "7"]),
        "session": st.sampled_from(["S1", "S2"]),
        "confidence": st.sampled_from(["measured", "theorized"]),
        "created": st.sampled_from(
            ["2024-01-01", "2020-05-05T05:05:05Z", "9999-12-31", "2024-13-45", "soon"]
        ),
        "kind": st.sampled_from(["task", "challenge", "lesson"]),
    },
)
edges = st.lists(st.tuples(st.sampled_from(TYPES), st.sampled_from(TARGETS)), max_size=3)
mentions = st.lists(st.sampled_from(TARGETS), max_size=3)
branches = st.sampled_from(["main", "one", "two"])
TOML = '[sources]\npages = ["docs/*.md"]\n[retrieval]\nhalf_life = {}\n'


def page(head: Mapping[str, str], keyed: list[tuple[str, str]], said: list[str]) -> str:
    """A record that says this much in its head, and links to these."""
    lines = [f"{key}: {value}" for key, value in head.items() if value]
    typed: dict[str, list[str]] = {}
    for type_, target in keyed:
        typed.setdefault(type_, []).append(target)
    lines += [f"{type_}: [{', '.join(targets)}]" for type_, targets in typed.items()]
    body = " ".join(f"[it]({each})" if each.endswith(".md") else f"[[{each}]]" for each in said)
    return "---\n" + "".join(line + "\n" for line in lines) + f"---\n\n{body}\n"


class LinkedLife(RuleBasedStateMachine):
    """Records that name each other in every way, and change while they are looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        root = Path(self.folder.name) / "repo"
        root.mkdir()
        self.repo = Repository(root, hermetic(root.parent))
        self.repo.git("init", "-q", "-b", "main")
        self.limits = projection.BATCH, parsed.SPARE_DOCS

    def teardown(self) -> None:
        projection.BATCH, parsed.SPARE_DOCS = self.limits
        self.folder.cleanup()

    def attempt(self, *arguments: str) -> bool:
        """What git may refuse."""
        self.repo.when += 60
        date = f"{self.repo.when} +0000"
        done = subprocess.run(
            ["git", *arguments], cwd=self.repo.root, capture_output=True, check=False,
            env=self.repo.environ | {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date},
        )  # fmt: skip
        return done.returncode == 0

    @initialize(batch=st.sampled_from([1, 2, 3]), spare=st.sampled_from([0, 5000]))
    def begin(self, batch: int, spare: int) -> None:
        projection.BATCH, parsed.SPARE_DOCS = batch, spare
        self.repo.write("swarm.toml", TOML.format(30))
        for at, path in enumerate(PATHS[:7]):
            self.repo.write(path, page({}, [("cites", NAMES[at])], [PATHS[-at]]))
        self.repo.commit()
        for branch in ("one", "two"):
            self.repo.git("branch", branch)

    @invariant()
    def equal(self) -> None:
        board = self.repo.board()
        again = board.cache.rebuilt(board.place)
        try:
            assert everything(board.view) == everything(again)
            proven(board.view, board.place.half_life)
        finally:
            board.close()
            again.close()

    @rule(path=st.sampled_from(PATHS), head=heads, keyed=edges, said=mentions)
    def write(
        self, path: str, head: dict[str, str], keyed: list[tuple[str, str]], said: list[str]
    ) -> None:
        self.repo.write(path, page(head, keyed, said))

    @rule(
        paths=st.lists(st.sampled_from(PATHS), min_size=2, max_size=5, unique=True),
        head=heads, keyed=edges, said=mentions,
    )  # fmt: skip
    def write_some(
        self,
        paths: list[str],
        head: dict[str, str],
        keyed: list[tuple[str, str]],
        said: list[str],
    ) -> None:
        """Some at once, so that they fall into several batches."""
        for path in paths:
            self.repo.write(path, page(head, keyed, said))

    @rule(path=st.sampled_from(PATHS), key=st.sampled_from(["id", "aliases", "title", "status"]),
          name=st.sampled_from([*NAMES, *STATUSES]))  # fmt: skip
    def call(self, path: str, key: str, name: str) -> None:
        """Change one key, and leave the rest."""
        file = self.repo.root / path
        if file.is_file():
            lines = [
                line for line in file.read_text().splitlines() if not line.startswith(f"{key}:")
            ]
            file.write_text("\n".join([lines[0], f"{key}: {name}", *lines[1:]]) + "\n")

    @rule(
        outcome=st.sampled_from(["confirmed", "falsified", "partial"]),
        keyed=edges, by=st.sampled_from(["ada", "ben"]), tree=st.sampled_from(["3f9a", "41c0"]),
    )  # fmt: skip
    def close(self, outcome: str, keyed: list[tuple[str, str]], by: str, tree: str) -> None:
        """End a task by its command, which is what a posterior counts."""
        head = {"id": "T-000001", "status": "closed", "found_by": "check", "by": by}
        head |= {"outcome": outcome, "verify": "make test", "checked": tree}
        tests = ("tests", "B-000001")
        self.repo.write("tasks/T-000001-do-it.md", page(head, [tests, *keyed], ["B-000001"]))

    @rule(path=st.sampled_from(PATHS))
    def delete(self, path: str) -> None:
        (self.repo.root / path).unlink(missing_ok=True)

    @rule(path=st.sampled_from(PATHS), to=st.sampled_from(PATHS))
    def rename(self, path: str, to: str) -> None:
        if (self.repo.root / path).is_file():
            (self.repo.root / to).parent.mkdir(parents=True, exist_ok=True)
            (self.repo.root / path).replace(self.repo.root / to)

    @rule(half_life=st.sampled_from(["1", "30", "7.5", "nan", "0"]))
    def change_half_life(self, half_life: str) -> None:
        self.repo.write("swarm.toml", TOML.format(half_life))

    @rule(how=st.sampled_from([[], ["--amend"], ["--", *PATHS[:3]]]))
    def commit(self, how: list[str]) -> None:
        self.repo.git("add", "-A")
        self.attempt("commit", "-q", "--allow-empty", "-m", "x", *how)

    @rule(branch=branches, how=st.sampled_from([["checkout", "-q", "-f"], ["merge", "-q"]]))
    def move(self, branch: str, how: list[str]) -> None:
        if not self.attempt(*how, branch):
            self.attempt("merge", "--abort")

    @rule(revision=st.sampled_from(["HEAD", "HEAD~1", "one", "main"]))
    def look_back(self, revision: str) -> None:
        if self.attempt("rev-parse", "-q", "--verify", revision):
            unchanged(self.repo, revision)
            board = self.repo.board(revision)
            proven(board.view, board.place.half_life)
            board.close()


LinkedLife.TestCase.settings = settings(
    max_examples=EXAMPLES, stateful_step_count=12, deadline=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
TestLinkedLife = LinkedLife.TestCase


# One name, several bearers

WINNERS = {
    "an id before a path": (
        {"memory/lessons/a.md": "id: docs/b.md", "docs/b.md": ""}, "docs/b.md", "docs/b.md",
    ),
    "an id before an alias": (
        {"memory/lessons/a.md": "aliases: [L-000002]", "memory/lessons/b.md": "id: L-000002"},
        "L-000002", "memory/lessons/b.md",
    ),
    "an alias before a title": (
        {"memory/lessons/a.md": "title: Small", "memory/lessons/b.md": "aliases: [small]"},
        "Small", "memory/lessons/b.md",
    ),
    "a path before an alias": (
        {"docs/a.md": "aliases: [docs/b.md]", "docs/b.md": ""}, "docs/b.md", "docs/b.md",
    ),
    "of two ids that of the first path": (
        {"memory/lessons/b.md": "id: L-000002", "memory/lessons/a.md": "id: L-000002"},
        "l-000002", "memory/lessons/a.md",
    ),
    "of two paths but for letter case the first": (
        {"docs/B.md": "", "docs/b.md": ""}, "docs/b.md", "docs/B.md",
    ),
    "a number of a key": (
        {"memory/lessons/a.md": "aliases: [601]"}, "601", "memory/lessons/a.md",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", WINNERS)
def test_a_link_leads_to(repo: Repository, what: str) -> None:
    files, name, winner = WINNERS[what]
    repo.write("swarm.toml", TOML.format(30))
    repo.write("tasks/T-000009.md", f"---\nid: T-000009\n---\n# Ask\n\n[[{name}]]\n")
    for path, head in files.items():
        repo.write(path, f"---\nkind: lesson\n{head}\n---\nNothing.\n")
        unchanged(repo)
    assert links(repo) == [("tasks/T-000009.md", "mentions", name, winner)]
    (repo.root / winner).unlink()
    assert winner not in [to for *_, to in links(repo)]
    unchanged(repo)


def test_a_link_follows_its_target_through_a_life_of_renames(
    repo: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One file an update, and the file that links is never the one that changes."""
    monkeypatch.setattr(projection, "BATCH", 1)
    asks = repo.write(
        "memory/lessons/L-000001.md",
        "---\nid: L-000001\ncites: [../../beliefs/B-000002-old.md]\n---\n# Asks\n",
    )
    info = asks.stat()

    def led() -> str | None:
        unchanged(repo)
        found = links(repo)
        assert len(found) < 2
        return found[0][-1] if found else None

    assert led() is None
    old = repo.write("beliefs/B-000002-old.md", "---\nid: B-000002\n---\n# It holds\n")
    assert led() == "beliefs/B-000002-old.md"
    other = repo.write("beliefs/deep/other.md", "---\nid: B-000002\n---\n# A copy\n")
    assert led() == "beliefs/B-000002-old.md"
    new = old.rename(repo.root / "beliefs/new.md")
    assert led() == "beliefs/deep/other.md"  # by the id in the old name; ties by path
    other.unlink()
    assert led() == "beliefs/new.md"
    new.write_text("---\nid: B-000003\naliases: [b-000002]\n---\n# It holds\n")
    assert led() == "beliefs/new.md"
    new.write_text("---\nid: B-000003\n---\n# B-000002\n")
    assert led() == "beliefs/new.md"
    new.write_text("---\nid: B-000003\n---\n# It holds\n")
    assert led() is None
    assert asks.stat().st_mtime_ns == info.st_mtime_ns


def test_branches_are_switched_and_revisions_looked_at_without_a_trace(
    repo: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projection, "BATCH", 2)
    repo.lesson("L-000001", "Target")
    for number in range(2, 6):
        repo.lesson(f"L-00000{number}", "Citing", f"[[L-00000{number - 1}]] [[L-000001]]")
        repo.commit()
    repo.git("checkout", "-q", "-b", "side", "HEAD~2")
    repo.lesson("L-000009", "Aside", "[[L-000001]] and [[L-000005]]")
    repo.commit()
    seen: dict[str, list[str]] = {}
    for revision in ("main", "side", "main~3", "side", "main", "side~1", "main~3"):
        shown = dump(repo, revision)
        assert seen.setdefault(revision, shown) == shown == rebuilt(repo, revision)
    for branch in ("main", "side", "main", "side"):
        repo.git("checkout", "-q", branch)
        unchanged(repo)
        with opened(repo) as view:
            proven(view, 30)


KILLED_AT = (
    "import os, signal, sys, time; from pathlib import Path;"
    "from swarm import projection; from swarm.board import open_board;"
    "from swarm.records import Surroundings;"
    "projection.BATCH = 3; limit = int(sys.argv[1]);"
    "kill = lambda done, total: done >= limit and os.kill(os.getpid(), signal.SIGKILL);"
    "open_board(Path(), None, Surroundings(os.environ, time.time_ns()), kill).view"
)


@pytest.mark.parametrize("limit", [3, 9, 15])
def test_an_update_that_is_killed_between_two_batches_spoils_no_link(
    repo: Repository, limit: int
) -> None:
    """Half of the records are new, with targets in batches of before and after; one is gone."""
    for number in range(17):
        repo.lesson(f"L-0000{number:02}", "Before", f"[[L-0000{(number * 7) % 17:02}]] [[Before]]")
    repo.commit()
    for _ in range(2):
        dump(repo)
        for number in range(1, 17):
            body = f"[[L-0000{(number * 5) % 17:02}]] [[Before]] [[After]]"
            path = f"memory/lessons/L-0000{number:02}-before.md"
            repo.write(path, f"---\nid: L-0000{(number + 1) % 17:02}\n---\n# After\n\n{body}\n")
        (repo.root / "memory/lessons/L-000000-before.md").unlink(missing_ok=True)
        done = subprocess.run(
            [sys.executable, "-c", KILLED_AT, str(limit)], cwd=repo.root, env=repo.environ,
            capture_output=True, check=False,
        )  # fmt: skip
        assert done.returncode == -9, done.stderr.decode()
        unchanged(repo)
        with opened(repo) as view:
            proven(view, 30)
        repo.git("checkout", "-q", ".")


# The order of arrival


def test_records_arrive_with_the_commits_that_brought_them(repo: Repository) -> None:
    """What no commit holds comes last, whatever it says of itself."""
    repo.lesson("L-000003", "First")
    repo.commit()
    repo.lesson("L-000002", "Second", created="2001-01-01")
    repo.commit()
    repo.lesson("L-000009", "Not committed", created="1999-01-01")
    repo.lesson("L-000001", "Not committed and not dated")
    assert order(repo) == ["L-000003", "L-000002", "L-000001", "L-000009"]
    assert order(repo, "HEAD") == ["L-000003", "L-000002"]
    repo.commit()
    assert order(repo)[:2] == ["L-000003", "L-000002"]
    unchanged(repo)


TOGETHER: dict[str, tuple[dict[str, str], list[str]]] = {
    "their own dates": (
        {"L-1": "created: 2024-03-01", "L-2": "created: 2023-03-01", "L-3": "date: 2023-12-01"},
        ["L-2", "L-3", "L-1"],
    ),
    "hours and offsets": (
        {"L-1": "created: 2020-01-01T12:00:00Z", "L-2": "created: 2020-01-01T12:00:00+02:00"},
        ["L-2", "L-1"],
    ),
    "ids as people count": (
        {"L-155": "", "L-20": "", "L-3": "", "L-1559": ""}, ["L-3", "L-20", "L-155", "L-1559"],
    ),
    "ids with several numbers": (
        {"L-S2-10": "", "L-S2-9": "", "L-S10-1": ""}, ["L-S2-9", "L-S2-10", "L-S10-1"],
    ),
    "an id that begins another": ({"F-META1": "", "F-META": ""}, ["F-META", "F-META1"]),
    "numbers beyond all numbers": (
        {"L-" + "9" * 100: "", "L-1" + "0" * 100: "", "L-2": ""},
        ["L-2", "L-" + "9" * 100, "L-1" + "0" * 100],
    ),
    # the commit's own time, 2023-11-14, stands for what is no date
    "a date that is none": (
        {"L-1": "created: soon", "L-2": "created: 2023-13-45", "L-3": "created: 2000-01-01"},
        ["L-3", "L-1", "L-2"],
    ),
    "dates before and after all others": (
        {"L-1": "created: 9999-12-31T23:59:59Z", "L-2": "", "L-3": "created: 0001-01-01"},
        ["L-3", "L-2", "L-1"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", TOGETHER)
@pytest.mark.parametrize("backwards", [False, True])
def test_of_what_one_commit_brought_the_first_is_told_by(
    repo: Repository, what: str, backwards: bool
) -> None:
    heads_of, expected = TOGETHER[what]
    for record_id, head in sorted(heads_of.items(), reverse=backwards):
        repo.write(f"memory/lessons/{record_id}.md", f"---\nid: {record_id}\n{head}\n---\n# One\n")
        dump(repo)
    repo.commit()
    assert order(repo) == expected
    unchanged(repo)


def test_a_merge_brings_what_its_side_branch_holds(repo: Repository) -> None:
    """All of it at the merge's own place, however old its commits are."""
    repo.lesson("L-000001", "Base")
    repo.commit()
    repo.git("checkout", "-q", "-b", "side")
    for number in (8, 7):
        repo.lesson(f"L-00000{number}", "Aside", "[[L-000001]]")
        repo.commit()
    repo.git("checkout", "-q", "main")
    for number in (6, 5):
        repo.lesson(f"L-00000{number}", "On main", "[[L-000001]]")
        repo.commit(when=repo.when + 100_000)
    assert order(repo) == ["L-000001", "L-000006", "L-000005"]
    repo.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    assert order(repo) == ["L-000001", "L-000006", "L-000005", "L-000008", "L-000007"]
    repo.lesson("L-000004", "After")
    repo.commit()
    assert order(repo)[-1] == "L-000004"
    assert order(repo, "side") == ["L-000001", "L-000008", "L-000007"]
    unchanged(repo)
    with opened(repo) as view:
        proven(view, 30)


@pytest.mark.parametrize("times", [(0, 4_102_444_800), (4_102_444_800, 0), (1, 0, 2)], ids=str)
def test_commits_from_1970_and_2100_arrive_in_the_order_of_the_branch(
    repo: Repository, times: tuple[int, ...]
) -> None:
    ids = [f"L-00000{9 - number}" for number in range(len(times))]
    for record_id, when in zip(ids, times, strict=True):
        repo.lesson(record_id, "Odd clock")
        date = f"@{when} +0000"
        repo.git("add", "-A")
        repo.git("commit", "-q", "-m", "x", GIT_AUTHOR_DATE=date, GIT_COMMITTER_DATE=date)
        assert order(repo) == ids[: ids.index(record_id) + 1]
    unchanged(repo)


def test_history_that_was_rewritten_is_read_anew(repo: Repository) -> None:
    for number in (3, 1, 2):
        repo.lesson(f"L-00000{number}", "One", "[[L-000003]]")
        repo.commit()
    assert order(repo) == ["L-000003", "L-000001", "L-000002"]
    repo.git("reset", "-q", "--soft", "HEAD~2")
    repo.commit()  # two records in one commit now
    assert order(repo) == ["L-000003", "L-000001", "L-000002"]
    unchanged(repo)
    repo.lesson("L-000000", "Amended in")
    repo.git("add", "-A")
    repo.git("commit", "-q", "--amend", "-m", "amended")
    assert order(repo) == ["L-000003", "L-000000", "L-000001", "L-000002"]
    unchanged(repo)
    repo.git("checkout", "-q", "--orphan", "new")
    repo.commit()  # all at once, so by their ids
    assert order(repo) == ["L-000000", "L-000001", "L-000002", "L-000003"]
    unchanged(repo)
    repo.git("checkout", "-q", "main")
    assert order(repo) == ["L-000003", "L-000000", "L-000001", "L-000002"]
    unchanged(repo)


def test_a_shallow_clone_has_an_order_and_deepening_mends_it(
    repo: Repository, make_repository: Maker
) -> None:
    for number in (5, 4, 3, 2):
        repo.lesson(f"L-00000{number}", "One", "[[L-000005]]")
        repo.commit()
    clone = make_repository("clone")
    clone.git("fetch", "-q", "--depth", "2", f"file://{repo.root}", "main")
    clone.git("checkout", "-q", "-b", "work", "FETCH_HEAD")
    assert order(clone) == ["L-000003", "L-000004", "L-000005", "L-000002"]
    unchanged(clone)
    clone.git("fetch", "-q", "--unshallow", f"file://{repo.root}", "main")
    assert order(clone) == order(repo)
    unchanged(clone)


# Settings

ODD = {
    "half_life = nan": "not between 1 and 1000",
    "half_life = inf": "not between 1 and 1000",
    "half_life = -inf": "not between 1 and 1000",
    "half_life = 0": "not between 1 and 1000",
    "half_life = 0.999": "not between 1 and 1000",
    "half_life = -30": "not between 1 and 1000",
    "half_life = 1001": "not between 1 and 1000",
    "half_life = 1e400": "not between 1 and 1000",
    f"half_life = 1{'0' * 400}": "not between 1 and 1000",
    "half_life = true": "not between 1 and 1000",
    'half_life = "30"': "not between 1 and 1000",
    "half_life = [30]": "not between 1 and 1000",
    "half_life = 2026-11-20": "not between 1 and 1000",
    "half_life.of = 3": "not between 1 and 1000",
    "trail = -0.1": "not between 0 and 1000",
    "trail = nan": "not between 0 and 1000",
    "words = false": "not between 0 and 1000",
    "halflife = 30": "is no weight",
    '"" = 30': "is no weight",
    '"half_life\\n" = 30': "is no weight",
}


@pytest.mark.parametrize("line", ODD, ids=lambda line: str(line)[:30])
def test_a_weight_that_cannot_be_one_is_warned_of_and_the_default_stands(
    repo: Repository, line: str
) -> None:
    repo.lesson("L-000001", "One")
    repo.lesson("L-000002", "Two", "[[L-000001]]")
    before = nodes(repo)
    repo.write("swarm.toml", f"[retrieval]\n{line}\nrecency = 0.25\n")
    board = repo.board()
    try:
        (problem,) = board.place.problems
        assert (problem.level, problem.path) == ("warning", "swarm.toml")
        assert ODD[line] in problem.what
        assert board.place.half_life == 30.0
        assert board.place.settings.weights.recency == 0.25  # what is right is heard
    finally:
        board.close()
    assert nodes(repo) == before
    told(repo, "list")
    unchanged(repo)


def test_every_wrong_weight_is_told_of(repo: Repository) -> None:
    repo.write("swarm.toml", "[retrieval]\nhalf_life = nan\nnope = 1\ntrail = -1\n")
    assert len(repo.board().place.problems) == 3
    for table in ("retrieval = 3", "retrieval = nan", "[[retrieval]]\ntrail = 1"):
        repo.write("swarm.toml", table)
        (problem,) = repo.board().place.problems
        assert "no table" in problem.what


def test_a_changed_half_life_folds_every_trail_anew(repo: Repository) -> None:
    for number in range(1, 8):
        cited = " ".join(f"[[L-00000{before}]]" for before in range(1, number))
        repo.lesson(f"L-00000{number}", "One", cited)
        repo.commit()
    first = nodes(repo)
    for half_life in ("1", "1000", "7.5", "30"):
        repo.write("swarm.toml", f"[retrieval]\nhalf_life = {half_life}\n")
        unchanged(repo)
        with opened(repo) as view:
            proven(view, float(half_life))
        assert (nodes(repo) == first) == (half_life == "30")
        unchanged(repo, "HEAD")
        with opened(repo, "HEAD") as view:
            proven(view, 30)  # the settings of the commit, not those beside it


# Pages


def pages(repo: Repository, **files: str) -> list[tuple[str, str, str]]:
    """The links between pages in docs/, by the stems of their names."""
    repo.write("swarm.toml", '[sources]\npages = ["docs/**/*.md"]\n')
    for name, text in files.items():
        repo.write(f"docs/{name.replace('_', '-')}.md", text)
    unchanged(repo)
    return [(Path(by).stem, type_, Path(to).stem) for by, type_, _, to in links(repo)]


EIPS = {f"eip_{number}": f"---\neip: {number}\n---\n# Number {number}\n" for number in (20, 155)}

LEADS: dict[str, list[tuple[str, str]]] = {
    "---\nrequires: 20\n---\n": [("depends_on", "eip-20")],
    "---\nrequires: 155, 20\n---\n": [("depends_on", "eip-155"), ("depends_on", "eip-20")],
    "---\nrequires: [155, 20]\n---\n": [("depends_on", "eip-155"), ("depends_on", "eip-20")],
    "---\nrequires:\n  - 155\n---\n": [("depends_on", "eip-155")],
    "---\nRequires: 20\n---\n": [("depends_on", "eip-20")],
    "---\nreplaces: 20\n---\n": [("supersedes", "eip-20")],
    "---\nobsoletes: EIP-20\n---\n": [("supersedes", "eip-20")],
    "---\nupdates: eip-20.md\n---\n": [("extends", "eip-20")],
    "---\nrelated: [./eip-20.md, /docs/eip-155.md]\n---\n": [
        ("cites", "eip-155"), ("cites", "eip-20"),
    ],
    "---\nsee-also: 20\n---\n": [("cites", "eip-20")],
    # in the text
    "# One\n\nAs in [[eip-20]].\n": [("mentions", "eip-20")],
    "# One\n\nAs in [[EIP-20|that]] and EIP-155.\n": [
        ("mentions", "eip-155"), ("mentions", "eip-20"),
    ],
    "# One\n\nAs in [it](./eip-20.md).\n": [("mentions", "eip-20")],
    "# One\n\n`EIP-20` and eip-20 and 155\n": [],
    # what leads nowhere
    "---\nrequires: 9999\n---\n": [],
    "---\nrequires: 1\n---\n": [],  # itself
    "---\nrequires: -20\n---\n": [],
    "---\nrequires: 20.0\n---\n": [],
    "---\nrequires: true\n---\n": [],
    "---\nrequires: ~\n---\n": [],
    "---\nrequires: {a: 20}\n---\n": [],
    "---\nrequires: [[20]]\n---\n": [],
    f"---\nrequires: {'1' * 5000}\n---\n": [],
    "---\nrequires: ../../../etc/passwd.md\n---\n": [],
    "---\nrequires: \"\\0\\ud800 '; DROP TABLE link\"\n---\n": [],
    "---\ntitle: requires 20\n---\n": [],
}  # fmt: skip


@pytest.mark.parametrize("text", LEADS, ids=lambda text: ascii(text)[:50])
def test_a_page_leads_to_the_pages_beside_it(repo: Repository, text: str) -> None:
    found = pages(repo, **EIPS, eip_1=text)
    assert [(type_, to) for by, type_, to in found if by == "eip-1"] == LEADS[text]


def test_what_a_lesson_requires_is_no_link(repo: Repository) -> None:
    """Only documents that were not written for swarm speak so."""
    pages(repo, **EIPS)
    repo.write("memory/lessons/L-000001.md", "---\nid: L-000001\nrequires: L-000002\n---\n# A\n")
    repo.write("memory/lessons/L-000002.md", "---\nid: L-000002\nrequires: [eip-20]\n---\n# B\n")
    assert links(repo) == []
    unchanged(repo)


def test_a_lesson_finds_a_page_by_its_stem_and_no_lesson_by_its_own(repo: Repository) -> None:
    pages(repo, **EIPS)
    repo.lesson("L-000001", "Locks", "[[eip-20]] [[L-000002-batches]]")
    repo.lesson("L-000002", "Batches")
    assert [to for *_, to in links(repo)] == ["docs/eip-20.md"]
    (repo.root / "docs/eip-20.md").rename(repo.root / "docs/eip-21.md")
    assert links(repo) == []
    repo.write("docs/deep/eip-20.md", "# Moved\n")
    assert [to for *_, to in links(repo)] == ["docs/deep/eip-20.md"]
    unchanged(repo)


# Large


def test_a_hub_that_ten_thousand_links_lead_to_is_folded_the_same_twice(repo: Repository) -> None:
    """Two hundred records, each with fifty ways to say so; and one that cites everything."""
    repo.lesson("L-000000", "Hub", aliases=f"[{', '.join(f'hub{at}' for at in range(50))}]")
    cited = " ".join(f"[[hub{at}]]" for at in range(50))
    for number in range(1, 201):
        repo.lesson(f"L-{number:06}", "Citing", cited)
    everything_else = " ".join(f"[[L-{number:06}]]" for number in range(10_000))
    repo.lesson("L-999999", "Survey", f"[[L-000000]]\n\n{everything_else}")
    with opened(repo) as view:
        found = nodes_of(view)
        assert len(links_of(view)) == 200 * 50 + 201
    hub = next(each for each in found if each.path.endswith("L-000000-hub.md"))
    assert hub.place == 0 and hub.touched == 201
    ratio = 2 ** (1 / 30)
    naive = ratio * (ratio**201 - 1) / (ratio - 1)  # one deposit a record, not one a link
    assert hub.trail is not None and math.isclose(hub.trail, math.log(naive), rel_tol=1e-9)
    unchanged(repo)
    (repo.root / "memory/lessons/L-000000-hub.md").unlink()
    with opened(repo) as view:
        assert len(links_of(view)) == 200
    unchanged(repo)


def test_records_that_cite_each_other_in_a_circle_have_an_order_all_the_same(
    repo: Repository,
) -> None:
    for number in range(60):
        after, before = (number + 1) % 60, (number - 1) % 60
        repo.lesson(
            f"L-0000{number:02}", "Round", f"[[L-0000{after:02}]] [[L-0000{before:02}]]",
            supersedes=f"L-0000{before:02}", contradicts=f"L-0000{after:02}",
        )  # fmt: skip
    found = list(nodes(repo).values())
    assert {each.marks for each in found} == {"contradicted superseded"}
    assert all(level is None or math.isfinite(level)
               for each in found for level in (each.trail, each.warning))  # fmt: skip
    unchanged(repo)
    with opened(repo) as view:
        proven(view, 30)


# Marks


def head_of(record_id: str, *lines: str) -> str:
    return "---\n" + "\n".join([f"id: {record_id}", *lines]) + "\n---\n# One\n"


MARKED: dict[str, tuple[str, str, list[str], str]] = {
    # name → path, its head, the heads of what names it, its marks
    "nothing": ("memory/lessons/L-1.md", "confidence: measured", [], ""),
    "a guess": ("memory/lessons/L-1.md", "confidence: theorized", [], "unverified"),
    "a guess with words": (
        "memory/lessons/L-1.md", "confidence: Theorized (n=1)", [], "unverified",
    ),
    "a principle that is a guess": (
        "memory/principles/P-1.md", "id: P-1\nconfidence: theorized", [], "unverified",
    ),
    "a task that is a guess": ("tasks/T-1.md", "id: T-1\nconfidence: theorized", [], ""),
    "a hope": ("beliefs/B-1.md", "id: B-1\nstatus: aspirational", [], "unverified"),
    "a belief that is enforced": ("beliefs/B-1.md", "id: B-1\nstatus: enforced", [], ""),
    "a falsified belief": ("beliefs/B-1.md", "id: B-1\nstatus: falsified", [], "contradicted"),
    "a replaced belief": ("beliefs/B-1.md", "id: B-1\nstatus: Superseded", [], "superseded"),
    "in the archive": ("memory/archive/L-1.md", "", [], "archived"),
    "deep in the archive": ("memory/archive/2024/L-1.md", "", [], "archived"),
    "only called archive": ("memory/lessons/archive.md", "", [], ""),
    "beside the archive": ("memory/archived/L-1.md", "", [], ""),
    "archived by its own word": ("memory/lessons/L-1.md", "status: archived", [], "archived"),
    "cited": ("memory/lessons/L-1.md", "", ["cites: L-1"], ""),
    "replaced": ("memory/lessons/L-1.md", "", ["supersedes: L-1"], "superseded"),
    "contradicted": ("memory/lessons/L-1.md", "", ["contradicts: L-1"], "contradicted"),
    "challenged": (
        "memory/lessons/L-1.md", "", ["kind: challenge\nstatus: open\ncontradicts: L-1"],
        "contradicted",
    ),
    "challenged in vain": (
        "memory/lessons/L-1.md", "", ["kind: challenge\nstatus: dismissed\ncontradicts: L-1"], "",
    ),
    "challenged in vain and then in earnest": (
        "memory/lessons/L-1.md", "",
        ["kind: challenge\nstatus: dismissed\ncontradicts: L-1", "contradicts: L-1"],
        "contradicted",
    ),
    "all of it": (
        "memory/archive/L-1.md", "confidence: theorized",
        ["supersedes: L-1", "contradicts: L-1"], "contradicted superseded archived unverified",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", MARKED)
def test_a_record_is_marked(repo: Repository, what: str) -> None:
    """Whether what marks it came before it or after, and no longer than that stands."""
    path, head, named_by, marks = MARKED[what]
    stated = head if head.startswith("id:") else f"id: L-1\n{head}"
    by = [
        (f"memory/lessons/L-0{at}.md", f"---\nid: L-0{at}\n{line}\n---\n# By\n")
        for at, line in enumerate(named_by)
    ]
    for each in by[:1]:
        repo.write(*each)
    repo.commit()
    repo.write(path, f"---\n{stated}\n---\n# One\n")
    for each in by[1:]:
        repo.write(*each)
    assert nodes(repo)[path].marks == marks
    unchanged(repo)
    for name, _ in by:
        (repo.root / name).unlink()
    alone = nodes(repo)[path].marks
    assert alone == " ".join(each for each in marks.split() if not named_by or each not in (
        "contradicted", "superseded"))  # fmt: skip
    unchanged(repo)


# Known to be wrong: each loses its mark when it is mended

SPELLED = {
    "a challenge that was Dismissed": (
        "beliefs/challenges/C-1.md", "id: C-1\nstatus: Dismissed\ncontradicts: B-1", "", None, None,
    ),
    "a task that was Closed": (
        "tasks/T-1.md",
        "id: T-1\nstatus: Closed\noutcome: confirmed\nfound_by: Check\ntests: B-1", "", 2.0, None,
    ),
    "an outcome that explains itself": (
        "tasks/T-1.md",
        "id: T-1\nstatus: closed\noutcome: Confirmed (n=48)\nfound_by: check\ntests: B-1",
        "", 2.0, None,
    ),
    "a task that was Abandoned": (
        "tasks/T-1.md", "id: T-1\nstatus: Abandoned\ntests: B-1", "", None, 1.0,
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", SPELLED)
def test_letter_case_does_not_change_what_is_left(repo: Repository, what: str) -> None:
    """As marks, and `kinds`, read it: people write `Dismissed` and `Measured (n=48)`."""
    path, head, marks, trail, warning = SPELLED[what]
    repo.write("beliefs/B-1.md", "---\nid: B-1\nstatus: enforced\n---\n# It holds\n")
    repo.commit()
    repo.write(path, f"---\n{head}\n---\n# By\n")
    belief = nodes(repo)["beliefs/B-1.md"]
    grown = [math.log(each) + math.log(2) / 30 if each else None for each in (trail, warning)]
    assert belief.marks == marks
    assert nearly(belief.trail, grown[0]) and nearly(belief.warning, grown[1])


def test_a_number_means_the_file_beside_the_page_and_not_one_elsewhere(repo: Repository) -> None:
    found = pages(repo, **{"a/eip_3": "# A\n", "b/eip_3": "# B\n", "b/eip_4": "requires: 3\n"})
    assert found == []
    repo.write("docs/b/eip-4.md", "---\nrequires: 3\n---\n# Four\n")
    assert [to for *_, to in links(repo)] == ["docs/b/eip-3.md"]


def test_a_name_that_is_no_utf8_and_one_that_spells_it_out_are_two_files(
    repo: Repository,
) -> None:
    text = "---\nid: L-000001\n---\n# One\n"
    repo.write("memory/lessons/x\\xe9.md", text)
    Path(os.fsdecode(os.fsencode(repo.root) + b"/memory/lessons/x\xe9.md")).write_text(text)
    told(repo, "list")
    unchanged(repo)
