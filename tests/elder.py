"""A tiny blackboard of the older shape, about a bakery, with the mishaps of its kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from conftest import Repository, tree_bytes

from swarm import markdown
from swarm.importing import Imported, import_board
from swarm.records import Record

FIRST = 1_600_000_000
HOUR = 3600


def at(hour: int) -> str:
    """When the commit of an hour was made, as a record tells it."""
    return f"{datetime.fromtimestamp(FIRST + hour * HOUR, tz=UTC):%Y-%m-%dT%H:%M:%SZ}"


WARM = """# L-001: Dough rises faster in a warm room
Date: 2020-09-13 | Session: S1 | Domain: baking/yeast | Confidence: Measured (n=12, one oven)
Cites: L-002, P-001, B1 (see notes.md)
Frontier: F-OVEN1 | Sharpe: 8 | Level: L2 — pattern

## Finding
Twelve loaves, `28 C`: half the time | same crumb.

## Rule
Warm the room first.
"""
COLD = """<!-- lesson: L-002 | session: S2 | domain: storage -->
# L-002: Cold dough keeps — for a day
Confidence: guessed at
**Mood**: cheerful

It keeps.
"""
SPLIT = """# L-003: Salt goes in last
Session: S3
<<<<<<< HEAD
Cites: L-001
=======
Cites: L-002
>>>>>>> other

Salt slows yeast.
"""
STALE = "# L-004: Old flour smells\nConfidence: Observed\n\nIt does.\n"
PRINCIPLES = """# Principles
Last scan: S9 (+1 P-777 crumb)

## Ovens (and rooms)
**Heat**: P-001 preheat: a cold stone makes a flat loaf; wait (L-001, MEASURED n=3) | P-002 \
vent the steam
<<<<<<< HEAD
**Time**: P-003 wait longer than you like
=======
**Time**: P-003 wait
>>>>>>> other
"""
BELIEFS = """# Beliefs

```
B1 (warmth) ──→ B2
```

### B1: Warmth is what bread wants
- **Evidence**: observed (L-001)
- **Depends on**: none
- **Falsified if**: a cold loaf wins, OR nobody tells them apart
- **Last tested**: S4 (CONFIRMED — 12 loaves) | **Domain**: baking

### B2: Time is cheaper than yeast
- **Evidence**: theorized
- **Depends on**: B1 (weakly)
- **Falsified if**: yeast costs nothing

---

## Superseded
- **~~B3~~**: Sugar helps.
"""
CHALLENGES = """# Challenges
Format: `[S] | target | challenge`

| Session | Target | Challenge | Evidence | Proposed | Status |
|---|---|---|---|---|---|
| S4 | B-1 (warmth) | A cold loaf won. Twice. | L-002 | Retest with rye | OPEN |
| S5 | P-001 | Stones differ | L-001 `a | b` | Say which stone | CONFIRMED (S6) — challenge valid |
| S5 | P-002 | Steam is fine | none | none | CONFIRMED (S6) — twelve loaves agree |
| S6 | B2 | too short |
"""
FRONTIERS = """# Frontier

## Open
- **F1**: How hot is too hot? S2 PARTIAL: 250 C burns.
  Open: rye. Related: L-001.
- **S3 update**: 240 C is well.

- ~~**F-OLD1**~~: Moved to Resolved (S4).
- **BAKE-H1** (HYPOTHESIS): moonlight matters.

## Notes
F1 is everyone's favourite.
"""
RESOLVED = """# Resolved

| ID | Answer | Session | Date |
|----|--------|---------|------|
| F-OLD1 | ABANDONED (S4) — nobody asked | S4 | 2020-09-14 |
| F2 | YES — a | b both work | 7 | 2020-09-15 |
"""
OVEN = """# Oven Frontiers

## F-OVEN1: Does the oven drift?
**Status**: OPEN | S2

- **F-OVEN2** (was F-X): Does the door leak?
- **F-OLD1**: Is an old oven better?

## Resolved
| ID | Answer | Session | Date |
|----|--------|---------|------|
| F-OVEN2 | CONFIRMED: it leaks | S5 | 2020-09-16 |
| None | - | - | - |
"""
HEAD = (
    "# Lanes\n| Date | Lane | Session | Agent | Branch | PR | Model | Platform | Scope-Key | Etc "
    f"| Status | Notes |\n|{' --- |' * 12}\n"
)
OLD_LANE = (
    "| 2020-09-14 | BAKE-RYE-S4 | 4 | agent-a | local | - | m1 | cli | domains/rye/x.md | "
    "setup=wsl, focus=domains/rye, frontier=F1/F-OVEN1, expect=rye-is-slower, progress=queued "
    "| ACTIVE | Started rye. |\n"
)
NEW_LANE = (
    "| 2020-09-15 | BAKE-RYE-S4 | S5 | agent-b | main | - | m1 | close.py | tools/x.py | "
    "setup=active; intent=time the rye dough; actual=Slower by 2x, n=12; rho=0.9 at 24 C; see "
    "L-001.; diff=TBD; level=L3, progress=closed, next_step=none | MERGED | Rye took two days. |\n"
)
OPEN_LANE = (
    "| 2020-09-16 | L-S6-SCORE | S6 | agent-a | - | - | m1 | cli | - | mood=fine; "
    "verify=by eye; expect=Gain, if any, is small: a=1; b=2 at most.; slot=2 | READY | "
    "Score with `a|b` blades. |\n"
)
PAIR_LANE = (
    "| 2020-09-16 | BAKE-A | S6 | a | - | - | m | p | s | focus=global | MERGED | One. "
    "| 2020-09-16 | BAKE-B | S6 | a | - | - | m | p | s | focus=global | SUPERSEDED | Two. |\n"
)
SHORT_LANE = "| 2020-09-16 | BAKE-SHORT | S6 | a | - | - | m | p | nothing else |\n"


def build(repo: Repository) -> str:
    """Its history, an hour a commit, and the commit it ends with."""
    repo.write("memory/lessons/L-001.md", WARM)
    repo.write("memory/PRINCIPLES.md", "## Ovens\n**Heat**: P-001 preheat\n")
    repo.write("tasks/SWARM-LANES.md", HEAD + OLD_LANE)
    repo.commit("first", when=FIRST)
    repo.write("memory/lessons/L-002.md", COLD)
    repo.write("memory/lessons/L-004.md", STALE)
    repo.write("beliefs/DEPS.md", BELIEFS)
    repo.write("beliefs/CHALLENGES.md", CHALLENGES.replace("(S6) — twelve", "(S6) — eleven"))
    repo.write("tasks/FRONTIER.md", FRONTIERS)
    repo.commit("second", when=FIRST + HOUR)
    (repo.root / "memory/lessons/L-001.md").unlink()
    repo.git("rm", "-q", "memory/lessons/L-004.md")
    repo.write("memory/lessons/archive/L-004.md", STALE)
    repo.write("memory/PRINCIPLES.md", PRINCIPLES)
    repo.write("tasks/SWARM-LANES-ARCHIVE.md", OLD_LANE)
    repo.write("tasks/SWARM-LANES.md", HEAD + OPEN_LANE)
    repo.commit("an accident", when=FIRST + 2 * HOUR)
    repo.write("memory/lessons/L-001.md", WARM)
    repo.write("memory/lessons/L-003.md", SPLIT)
    repo.write("memory/lessons/TEMPLATE.md", "# L-{NNN}: Title\n")
    repo.write("beliefs/CHALLENGES.md", CHALLENGES)
    repo.write("tasks/FRONTIER-ARCHIVE.md", RESOLVED)
    repo.write("domains/oven/tasks/FRONTIER.md", OVEN)
    lanes = HEAD + NEW_LANE + OPEN_LANE + PAIR_LANE + SHORT_LANE
    repo.write("tasks/SWARM-LANES.md", lanes)
    return repo.commit("restored", when=FIRST + 3 * HOUR)


@dataclass(frozen=True)
class Board:
    """A source and the board it was imported into."""

    source: Repository
    target: Path
    head: str
    first: Imported

    def again(self) -> Imported:
        return import_board(self.source.root, self.target, self.source.environ)

    def record(self, record_id: str) -> Record:
        return records(self.target)[record_id]

    def why(self, path: str, line: int) -> list[str]:
        """What is reported of a row."""
        return [p.what for _, p in self.first.reported if (p.path, p.line) == (path, line)]


def records(target: Path) -> Mapping[str, Record]:
    """Every record of a board, by id."""
    read = [markdown.parse(raw, path)[0] for path, raw in tree_bytes(target).items()]
    return {record.id: record for record in read if record}


def imported(repo: Repository, target: Path) -> Board:
    """The bakery, imported into a new folder."""
    head = build(repo)
    target.mkdir()
    return Board(repo, target, head, import_board(repo.root, target, repo.environ))
