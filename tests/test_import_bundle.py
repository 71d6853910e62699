"""Import of a real history, when it is there: nothing of it is lost, and all of it is counted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Maker, Repository, tree_bytes

from swarm import markdown
from swarm.importing import Imported, import_board
from swarm.records import Record

BUNDLE = Path(__file__).parents[2] / "shared" / "corpora" / "ancestor.bundle"
pytestmark = pytest.mark.skipif(not BUNDLE.exists(), reason="the corpus is not here")

# Counted apart from the program: what a person would search for to find the rows.
PRINCIPLE = re.compile(r"(?:^|\| |\*\*: ?)(P-\d+[a-z]?) ", re.MULTILINE)
BELIEF = re.compile(r"^(?:### B(?:-[A-Z]+)?\d+:|- \*\*~~B\d+~~)", re.MULTILINE)
CHALLENGE = re.compile(r"^\| S\d+ \|", re.MULTILINE)
FRONTIER = re.compile(
    r"^\s*(?:(?:[-*] (?:\[.\] )?|#+ )?[~*]*(?:F-?[A-Z]*\d[\w-]*|[A-Z]{2,}-[A-Z]*\d+)(?:[*~]|:| —)"
    r"|(?:- )[*~]*F[\w-]+ \(|\| *[A-Z][A-Z-]*\d)",
    re.MULTILINE,
)
LANE = re.compile(r"\| 20\d\d-\d\d-\d\d \| \S+ \| S?\d+ \|")


@pytest.fixture
def ancestor(make_repository: Maker) -> Repository:
    repo = make_repository("ancestor")
    repo.git("fetch", "-q", str(BUNDLE), "main:main", "--update-head-ok")
    repo.git("reset", "-q", "--hard", "main")
    return repo


def texts(root: Path, *globs: str) -> Iterator[str]:
    for glob in globs:
        for path in sorted(root.glob(glob)):
            yield path.read_text("utf-8", "surrogateescape")


def counted(root: Path) -> dict[str, int]:
    """How many rows of each kind the source holds, by searching for them."""

    def matches(pattern: re.Pattern[str], *globs: str) -> int:
        return sum(len(pattern.findall(text)) for text in texts(root, *globs))

    return {
        "lesson": len(list((root / "memory/lessons").rglob("L-*.md"))),
        "principle": matches(PRINCIPLE, "memory/PRINCIPLES.md"),
        "belief": matches(BELIEF, "beliefs/DEPS.md"),
        "challenge": matches(CHALLENGE, "beliefs/CHALLENGES.md"),
        "frontier": matches(FRONTIER, "tasks/FRONTIER*.md", "domains/*/tasks/FRONTIER*.md"),
        "task": matches(LANE, "tasks/SWARM-LANES*.md"),
    }


def read_back(target: Path) -> Iterator[Record]:
    for path, raw in tree_bytes(target).items():
        record, problems = markdown.parse(raw, path)
        assert record and not [each for each in problems if each.level == "error"], path
        yield record


def test_every_row_of_a_real_history_is_imported_or_reported(
    ancestor: Repository, tmp_path: Path
) -> None:
    target = tmp_path / "target"
    target.mkdir()
    done = import_board(ancestor.root, target, ancestor.environ)
    assert {each.kind: each.found for each in done.kinds} == counted(ancestor.root)
    for each in done.kinds:
        assert each.found == each.imported + each.reported
    assert Counter(kind for kind, _ in done.reported) == {
        each.kind: each.reported for each in done.kinds if each.reported
    }
    assert all(problem.what and problem.remedy for _, problem in done.reported)
    found = list(read_back(target))
    assert Counter(record.kind for record in found) == {
        each.kind: each.imported for each in done.kinds
    }
    assert len({record.id for record in found}) == len(found)
    assert all(record.created for record in found)
    assert_told_where_they_stand(ancestor, done, found)
    before = tree_bytes(target)
    again = import_board(ancestor.root, target, ancestor.environ)
    assert (again.kinds, again.reported, again.written) == (done.kinds, done.reported, ())
    assert tree_bytes(target) == before
    assert ancestor.git("status", "--porcelain") == ""


def assert_told_where_they_stand(repo: Repository, done: Imported, found: list[Record]) -> None:
    """Each record's source line, and each report's, names the row that it is about."""
    for record in found:
        place, commit = record.keys["source"].split("@")
        path, line = place.rsplit(":", 1)
        assert commit == done.commit[:12]
        text = (repo.root / path).read_text("utf-8", "surrogateescape").split("\n")
        named = record.keys.get("source_id", record.id)
        assert record.kind in ("lesson", "challenge") or named in text[int(line) - 1], record.id
    assert all((repo.root / problem.path).is_file() for _, problem in done.reported)
