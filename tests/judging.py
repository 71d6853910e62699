"""A small good blackboard, and what the oracle says of a write upon it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from conftest import Repository

from swarm import git, guards, hearing, oracle, trust
from swarm.closure import Verdict
from swarm.hearing import Blob, Finding, Touched

Writes = Mapping[str, Any]  # a path → its text, bytes, a Blob, or nothing: it goes

MISSION = """\
---
invariants: [B-nvr111]
bounds: {trail: [0.5, 2.0], dispatch.gain: [0, 3]}
---
# What this board is for

## Invariants

B-keep01 is one, too: nothing is deleted. Verified by tests/test_kept.py::test_kept,
and by `./tools/kept --all`.

## Value

Fewer surprises.
"""
SETTINGS = """\
[retrieval]
trail = 1.5

[oracle]
duplicate = "error"
"""


def head(record_id: str, title: str, keys: Mapping[str, Any], body: str = "") -> str:
    """A record; a key that is None is left out."""
    lines = [f"{key}: {value}\n" for key, value in keys.items() if value is not None]
    return f"---\nid: {record_id}\n{''.join(lines)}---\n# {title}\n\n{body}\n"


def belief(record_id: str = "B-new001", title: str = "Readers never wait", **keys: Any) -> str:
    """A belief to which the oracle has nothing to say, but for what is changed in it."""
    body = keys.pop("body", "")
    stated = {
        "status": "aspirational",
        "evidence": "480 reads in the harness",
        "falsified_if": "one reader is seen waiting for more than a second",
    }
    return head(record_id, title, stated | keys, body)


def principle(record_id: str = "P-new001", title: str = "Lock before you look", **keys: Any) -> str:
    body = keys.pop("body", "")
    return head(
        record_id, title, {"confidence": "observed", "derived_from": "[L-meas01]"} | keys, body
    )


def challenge(record_id: str = "C-new001", title: str = "A reader waited", **keys: Any) -> str:
    return head(record_id, title, {"status": "open", "contradicts": "[B-sma111]"} | keys)


def signal(record_id: str = "S-new001", title: str = "A reader was lost", **keys: Any) -> str:
    stated = {"status": "open", "class": "invariant", "cites": "[B-sma111]"}
    return head(record_id, title, stated | keys)


def lesson(record_id: str = "L-new001", title: str = "Locks are taken first", **keys: Any) -> str:
    body = keys.pop("body", "446 of 480 failed without.")
    return head(record_id, title, {"confidence": "observed"} | keys, body)


def task(record_id: str = "T-new001", title: str = "Count the readers", **keys: Any) -> str:
    return head(record_id, title, {"status": "open"} | keys)


def outcome(record_id: str, came: str, tests: str, concluded: str) -> str:
    keys = {"status": "closed", "outcome": came, "concluded": concluded, "tests": tests}
    return task(record_id, f"It was {came} as {record_id}", source="tasks/LANES.md:1", **keys)


TWIN = "Whoever writes a record takes the lock first, and then reads what he is about to change."

GOOD: dict[str, str] = {
    "swarm.toml": SETTINGS,
    "beliefs/MISSION.md": MISSION,
    "memory/lessons/L-meas01-a.md": lesson("L-meas01", "A", confidence="measured", n=480),
    "memory/lessons/L-the011-b.md": lesson("L-the011", "Perhaps", confidence="theorized"),
    "memory/lessons/L-rare01-c.md": lesson("L-rare01", "Rare words win", aliases="[rarity]"),
    "memory/principles/P-sma111-p.md": principle("P-sma111", "Small batches win", body=TWIN),
    "beliefs/B-sma111-plain.md": belief("B-sma111", "Batches stay small"),
    "beliefs/B-hed111-found.md": belief("B-hed111", "Locks hold", depends_on="[B-sma111]"),
    "beliefs/B-enf111-enforced.md": belief(
        "B-enf111", "Reads are counted", status="enforced", enforced_by="tests/test_reads.py"
    ),
    "beliefs/B-grd111-guarded.md": belief(
        "B-grd111", "Names are short", status="enforced", enforced_by="[tools/guards/names]"
    ),
    "beliefs/B-nvr111-invariant.md": belief("B-nvr111", "Reading writes nothing"),
    "beliefs/B-keep01-kept.md": belief("B-keep01", "Nothing is deleted"),
    "beliefs/B-spr111-over.md": belief("B-spr111", "Locks were free", status="superseded"),
    "beliefs/B-fse111-wrong.md": belief("B-fse111", "Locks cost nothing", status="falsified"),
    "beliefs/challenges/C-gd0111-c.md": challenge("C-gd0111", "It was seen once"),
    "beliefs/challenges/C-ph1111-c.md": challenge("C-ph1111", "It was upheld", status="upheld"),
    "beliefs/challenges/C-dsm111-c.md": challenge(
        "C-dsm111", "It was dismissed", status="dismissed"
    ),
    "beliefs/signals/S-1nv111-s.md": signal("S-1nv111", "Two batches grew"),
    "tasks/T-tests1-t.md": task("T-tests1", "Test the counted reads", tests="[B-enf111]"),
    "beliefs/B-tst111-wrong.md": belief("B-tst111", "Tested as B-tst111"),
    "beliefs/B-tst222-right.md": belief("B-tst222", "Tested as B-tst222"),
    "tasks/T-nce111-t.md": outcome("T-nce111", "confirmed", "[B-tst111]", "2026-01-01"),
    "tasks/T-nce222-t.md": outcome("T-nce222", "falsified", "[B-tst111, B-tst222]", "2026-02-01"),
    "tasks/T-nce333-t.md": outcome("T-nce333", "confirmed", "[b-TST222]", "2026-03-01"),
    "tests/test_reads.py": "def test_reads() -> None: ...\n",
    "tests/test_kept.py": "def test_kept() -> None: ...\n",
    "tests/test_empty.py": " \n",
    "kept": "no test\n",
    "tools/kept.sh": "no test\n",
    "tools/guards/README.md": "# Guards\n",
    "tools/guards/lib/more.sh": "exit 1\n",
    "tools/notes.txt": "no test\n",
    "docs/adr.md": "# A decision\n",
}


GUARD = "tools/guards/names"
OFF = "#!/bin/sh\nexit 0\n"
REFUSES = "#!/bin/sh\nif grep -q Unspeakable; then echo call it something else; exit 1; fi\n"


def board(repo: Repository) -> Repository:
    """The good blackboard, committed, and its guard allowed."""
    for path, text in GOOD.items():
        repo.write(path, text)
    for path in (GUARD, "tools/kept"):
        repo.write(path, REFUSES).chmod(0o755)
    repo.commit()
    trusted(repo, GUARD)
    return repo


def trusted(repo: Repository, guard: str) -> None:
    """Have somebody allow a guard here."""
    place = git.locate(repo.root, repo.environ)
    trust.allow_guard(guards.committed(place, repo.root, guard))


def judge(
    repo: Repository,
    writes: Writes,
    message: str | None = "by hand",
    verdicts: Mapping[str, Verdict] | None = None,
    *,
    past: bool = False,
) -> list[Finding]:
    """What the oracle says of a write upon the last commit; or of one that was made long ago."""
    opened = git.locate(repo.root, repo.environ)
    base = opened.head or opened.no_files
    laid = {path: _blob(content) for path, content in writes.items()}
    stood = {
        each.path.decode(): Blob(each.mode, each.oid) for each in opened.tree_files(base, ["."])
    }
    touched = [Touched(path, stood.get(path), blob) for path, blob in laid.items()]
    with hearing.Objects(opened) as store:
        write = hearing.Write(touched, base, base, message, laid, None if past else verdicts or {})
        return hearing.hear(store, write)


class _Nowhere:
    """A place in which there is nothing."""

    def raw(self, path: str) -> None: ...
    def mode(self, path: str) -> str:
        return ""

    def bearing(self, record_id: str) -> list[str]:
        return []

    ending = below = titled = bearing

    def holding(self, texts: Sequence[str], folders: Sequence[str]) -> list[str]:
        return []

    def otherwise(self) -> list[str]:
        return []


def alone(path: str, raw: bytes, message: str, verdicts: Mapping[str, Verdict]) -> list[Finding]:
    """What the oracle says of a new file on a board where there is nothing else."""
    file = oracle.File(path, "100644", lambda: raw)
    tree, base = oracle.Tree(_Nowhere(), [file]), oracle.Tree(_Nowhere(), [])
    return oracle.judge(
        oracle.Case([], [oracle.Change(path, None, file)], tree, base, message, verdicts)
    )


def _blob(content: Any) -> Blob | None:
    if content is None or isinstance(content, Blob):
        return content
    return Blob("100644", raw=content if isinstance(content, bytes) else content.encode())


def told(found: list[Finding], level: str = "error") -> dict[str, list[str]]:
    """The rules that speak at a level, each with what it says."""
    rules: dict[str, list[str]] = {}
    for each in found:
        if each.problem.level == level:
            rules.setdefault(each.rule, []).append(each.problem.what)
    return rules
