"""When a record was first seen, and when it arrived on this branch: read off real histories.

Time is the smallest author date of a commit that added the record, whatever its
file was called then; rank is the place of the commit that brought it on the
first-parent chain. Reading on from a watermark equals reading it all.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from boards import created, dump, lesson, rebuilt
from conftest import Maker, Repository
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from swarm import history
from swarm.history import Seen
from swarm.records import lasting_name

START = 1_700_000_000
EXAMPLES = int(os.environ.get("SWARM_EXAMPLES", "25"))


def seen(repo: Repository, at: str | None = None) -> dict[str, Seen]:
    """What all history says, but for which commits said so."""
    return sights(history.read(repo.board(at).place, {}).seen)


def sights(told: Mapping[str, Seen]) -> dict[str, Seen]:
    return {name: each._replace(commit="") for name, each in told.items()}


def put(repo: Repository, record_id: str, slug: str = "x", folder: str = "memory/lessons") -> str:
    path = f"{folder}/{record_id}-{slug}.md"
    repo.write(path, lesson(record_id, slug))
    return path


def date(when: int) -> dict[str, str]:
    return {"GIT_AUTHOR_DATE": f"@{when} +0000", "GIT_COMMITTER_DATE": f"@{when} +0000"}


# Names


NAMES = [
    (b"memory/lessons/L-7k3qfa-small-batches.md", "l-7k3qfa"),
    (b"memory/archive/2024-01/L-7k3qfa.md", "l-7k3qfa"),
    (b"memory/lessons/l-7k3qfa-lower.md", "memory/lessons/l-7k3qfa-lower.md"),
    (b"memory/lessons/L-601.md", "l-601"),
    (b"tasks/F-META1-what-now.md", "f-meta1"),
    (b"memory/lessons/no-id.md", "memory/lessons/no-id.md"),
    (b"memory/lessons/caf\xe9.md", "memory/lessons/caf\\xe9.md"),
]


@pytest.mark.parametrize(("path", "name"), NAMES)
def test_a_record_is_known_through_renames_by_the_id_in_its_name(path: bytes, name: str) -> None:
    assert lasting_name(path) == name


# Time


def test_renames_slugs_and_the_archive_change_nothing(repo: Repository) -> None:
    path = put(repo, "L-7k3qfa", "small")
    first = repo.commit(when=START)
    for number, move in enumerate(
        ["memory/lessons/L-7k3qfa-tiny.md", "memory/archive/L-7k3qfa-tiny.md",
         "memory/lessons/2024-01/L-7k3qfa.md"], 1
    ):  # fmt: skip
        (repo.root / move).parent.mkdir(exist_ok=True)
        repo.git("mv", path, move)
        repo.write(move, lesson("L-7k3qfa", f"All of it rewritten, {number}", "word " * 50))
        repo.commit(when=START + number)
        path = move
        assert created(repo) == {"L-7k3qfa": "2023-11-14T22:13:20Z"}
        assert seen(repo) == {"l-7k3qfa": Seen(START, 0)}
    assert seen(repo, first) == {"l-7k3qfa": Seen(START, 0)}


def test_what_was_deleted_and_restored_is_as_old_as_it_was(repo: Repository) -> None:
    path = put(repo, "L-7k3qfa")
    repo.commit(when=START)
    (repo.root / path).unlink()
    repo.commit(when=START + 10)
    assert created(repo) == {}
    put(repo, "L-7k3qfa", "again")
    assert created(repo) == {"L-7k3qfa": "2023-11-14T22:13:20Z"}
    repo.commit(when=START + 20)
    assert seen(repo) == {"l-7k3qfa": Seen(START, 0)}
    assert dump(repo) == rebuilt(repo)


def test_its_own_word_for_when_it_was_made_comes_first(repo: Repository) -> None:
    repo.lesson("L-7k3qfa", "Dated", created="2020-02-02T00:00:00Z")
    repo.commit()
    assert created(repo) == {"L-7k3qfa": "2020-02-02T00:00:00Z"}


def test_the_author_date_counts_and_not_the_committer_date(repo: Repository) -> None:
    put(repo, "L-7k3qfa")
    repo.git("add", "-A")
    repo.git(
        "commit", "-q", "-m", "x",
        GIT_AUTHOR_DATE=f"@{START} +1400", GIT_COMMITTER_DATE=f"@{START + 10**6} -1200",
    )  # fmt: skip
    assert seen(repo) == {"l-7k3qfa": Seen(START, 0)}


def test_the_smallest_date_counts_when_commits_are_older_than_their_parents(
    repo: Repository,
) -> None:
    path = put(repo, "L-7k3qfa")
    repo.commit(when=START)
    (repo.root / path).unlink()
    put(repo, "L-01cq8d")
    repo.commit(when=START - 5000)
    put(repo, "L-7k3qfa", "again")
    assert created(repo)["L-7k3qfa"] == "2023-11-14T22:13:20Z"
    repo.commit(when=START - 9000)
    assert seen(repo) == {"l-7k3qfa": Seen(START - 9000, 0), "l-01cq8d": Seen(START - 5000, 1)}
    assert dump(repo) == rebuilt(repo)


DATES = {
    "Ada <a@b> 0 +0000": "1970-01-01T00:00:00Z",
    "Ada <a@b> 1 -1200": "1970-01-01T00:00:01Z",
    "Ada <a@b> 253402300799 +0000": "9999-12-31T23:59:59Z",
    "Ada <a@b> 253402300800 +0000": "9999-12-31T23:59:59Z",
    "Ada <a@b> 9223372036854775807 +0000": "9999-12-31T23:59:59Z",
    "Ada <a@b> 9223372036854775808 +0000": None,
    "Ada <a@b> 99999999999999999999999999 +0000": None,
    "Ada <a@b> -1 +0000": None,
    "Ada <a@b> 1700000000": "2023-11-14T22:13:20Z",
    "Ada <a@b> 1700000000 +999999": "2023-11-14T22:13:20Z",
    "Ada <a@b> yesterday": None,
    "Ada <a@b>": None,
    "Ada": None,
    "": None,
}


@pytest.mark.parametrize("author", DATES)
def test_no_date_in_a_commit_is_too_odd_to_be_read(repo: Repository, author: str) -> None:
    """Imports from other systems and broken clocks leave such commits; git shows them."""
    put(repo, "L-7k3qfa")
    repo.git("add", "-A")
    tree = repo.git("write-tree").strip()
    raw = f"tree {tree}\nauthor {author}\ncommitter Ada <a@b> 1700000000 +0000\n\nx\n".encode()
    commit = repo.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", stdin=raw)
    repo.git("update-ref", "HEAD", commit.strip())
    (when,) = created(repo).values()
    assert DATES[author] in (when, None)
    assert dump(repo) == rebuilt(repo) == dump(repo, "HEAD")
    put(repo, "L-01cq8d")
    repo.commit(when=START)
    assert created(repo)["L-01cq8d"] == "2023-11-14T22:13:20Z"
    assert dump(repo) == rebuilt(repo)


# Merges and rank


@pytest.fixture
def forked(repo: Repository) -> Repository:
    """main with L-0000aa at 0 and L-0000bb at 2; a branch `side` from 0 with L-0000cc, L-0000dd."""
    put(repo, "L-0000aa")
    repo.commit(when=START)
    repo.git("checkout", "-q", "-b", "side")
    put(repo, "L-0000cc")
    repo.commit(when=START + 100)
    put(repo, "L-0000dd")
    repo.commit(when=START + 200)
    repo.git("checkout", "-q", "main")
    repo.write("README.md", "no record\n")
    repo.commit(when=START + 300)
    put(repo, "L-0000bb")
    repo.commit(when=START + 400)
    return repo


def test_what_a_branch_made_arrives_with_its_merge(forked: Repository) -> None:
    forked.git("merge", "-q", "--no-ff", "-m", "x", "side", **date(START + 500))
    expected = {
        "l-0000aa": Seen(START, 0),
        "l-0000bb": Seen(START + 400, 2),
        "l-0000cc": Seen(START + 100, 3),
        "l-0000dd": Seen(START + 200, 3),
    }
    assert seen(forked) == expected


def test_a_merge_arrives_even_when_no_record_changed_on_this_side(repo: Repository) -> None:
    repo.write("README.md", "x\n")
    repo.commit(when=START)
    repo.git("checkout", "-q", "-b", "side")
    put(repo, "L-0000cc")
    repo.commit(when=START + 100)
    repo.git("checkout", "-q", "main")
    repo.write("README.md", "y\n")
    repo.commit(when=START + 200)
    dump(repo)
    repo.git("merge", "-q", "--no-ff", "-m", "x", "side", **date(START + 300))
    assert seen(repo) == {"l-0000cc": Seen(START + 100, 2)}
    assert dump(repo) == rebuilt(repo)


def test_the_side_of_the_merge_one_stands_on_decides_the_rank(forked: Repository) -> None:
    forked.git("checkout", "-q", "side")
    forked.git("merge", "-q", "--no-ff", "-m", "x", "main", **date(START + 500))
    ranks = {name: each.rank for name, each in seen(forked).items()}
    assert ranks == {"l-0000aa": 0, "l-0000cc": 1, "l-0000dd": 2, "l-0000bb": 3}


def test_a_fast_forward_is_no_merge(forked: Repository) -> None:
    forked.git("checkout", "-q", "-b", "behind", "side~1")
    assert {name: each.rank for name, each in seen(forked).items()} == {
        "l-0000aa": 0,
        "l-0000cc": 1,
    }
    dump(forked)
    forked.git("merge", "-q", "--ff-only", "side")
    assert seen(forked)["l-0000dd"] == Seen(START + 200, 2)
    assert dump(forked) == rebuilt(forked)


def test_a_file_that_only_the_merge_brought_is_seen_there(forked: Repository) -> None:
    dump(forked)
    forked.git("merge", "-q", "--no-ff", "--no-commit", "side")
    put(forked, "L-0000ee", "evil")
    forked.git("add", "-A")
    forked.git("commit", "-q", "-m", "evil", **date(START + 500))
    assert seen(forked)["l-0000ee"] == Seen(START + 500, 3)
    assert created(forked)["L-0000ee"] == "2023-11-14T22:21:40Z"
    assert dump(forked) == rebuilt(forked)


def test_a_file_renamed_in_the_merge_keeps_its_time(forked: Repository) -> None:
    forked.git("merge", "-q", "--no-ff", "--no-commit", "side")
    forked.git("mv", "memory/lessons/L-0000cc-x.md", "memory/lessons/L-0000cc-other.md")
    forked.git("commit", "-q", "-m", "evil", **date(START + 500))
    assert seen(forked)["l-0000cc"] == Seen(START + 100, 3)


def test_an_octopus_brings_them_all_at_once(repo: Repository) -> None:
    put(repo, "L-0000aa")
    repo.commit(when=START)
    for number, name in enumerate(("one", "two", "three"), 1):
        repo.git("checkout", "-q", "-b", name, "main")
        put(repo, f"L-00000{number}")
        repo.commit(when=START + number)
    repo.git("checkout", "-q", "main")
    put(repo, "L-0000bb")
    repo.commit(when=START + 400)
    dump(repo)
    repo.git("merge", "-q", "-m", "octopus", "one", "two", "three", **date(START + 500))
    assert len(repo.git("rev-parse", "HEAD^@").split()) == 4
    ranks = {name: each.rank for name, each in seen(repo).items()}
    assert ranks == {"l-0000aa": 0, "l-0000bb": 1, "l-000001": 2, "l-000002": 2, "l-000003": 2}
    assert dump(repo) == rebuilt(repo)


def test_histories_with_nothing_in_common_can_be_merged(
    repo: Repository, make_repository: Maker
) -> None:
    put(repo, "L-0000aa")
    repo.commit(when=START + 1000)
    other = make_repository("other")
    put(other, "L-0000bb")
    other.commit(when=START)
    dump(repo)
    repo.git("fetch", "-q", "../other", "main")
    repo.git("merge", "-q", "--allow-unrelated-histories", "-m", "x", "FETCH_HEAD", **date(START))
    assert seen(repo) == {"l-0000aa": Seen(START + 1000, 0), "l-0000bb": Seen(START, 1)}
    assert dump(repo) == rebuilt(repo)


# Histories that are rewritten


def test_a_rebased_branch_keeps_its_times_and_gets_new_ranks(forked: Repository) -> None:
    forked.git("checkout", "-q", "side")
    dump(forked)
    forked.git("rebase", "-q", "main", **date(START + 9000))
    assert seen(forked) == {
        "l-0000aa": Seen(START, 0),
        "l-0000bb": Seen(START + 400, 2),
        "l-0000cc": Seen(START + 100, 3),
        "l-0000dd": Seen(START + 200, 4),
    }
    assert dump(forked) == rebuilt(forked)


def test_an_amended_commit_is_forgotten(forked: Repository) -> None:
    dump(forked)
    forked.git("commit", "-q", "--amend", "-m", "x", f"--date=@{START + 450} +0000")
    assert seen(forked)["l-0000bb"] == Seen(START + 450, 2)
    assert created(forked)["L-0000bb"] == "2023-11-14T22:20:50Z"
    assert dump(forked) == rebuilt(forked)


def test_what_was_reset_away_was_never_seen(forked: Repository) -> None:
    dump(forked)
    forked.git("reset", "-q", "--soft", "HEAD~2")
    assert created(forked)["L-0000bb"] == ""
    assert dump(forked) == rebuilt(forked)
    forked.git("reset", "-q", "HEAD@{1}")
    assert created(forked)["L-0000bb"] == "2023-11-14T22:20:00Z"
    assert dump(forked) == rebuilt(forked)


def test_a_squashed_branch_is_as_old_as_the_squash(forked: Repository) -> None:
    forked.git("merge", "-q", "--squash", "side")
    forked.git("commit", "-q", "-m", "squash", **date(START + 500))
    assert seen(forked)["l-0000cc"] == Seen(START + 500, 3)


def test_a_cherry_pick_keeps_the_time_of_its_author(forked: Repository) -> None:
    forked.git("cherry-pick", "side~1", **{"GIT_COMMITTER_DATE": f"@{START + 500} +0000"})
    assert seen(forked)["l-0000cc"] == Seen(START + 100, 3)


def test_history_that_was_collected_as_garbage_is_read_afresh(forked: Repository) -> None:
    dump(forked)
    forked.git("commit", "-q", "--amend", "-m", "x", f"--date=@{START + 450} +0000")
    forked.git("reflog", "expire", "--expire=now", "--all")
    forked.git("gc", "-q", "--prune=now")
    assert dump(forked) == rebuilt(forked)


def test_a_shallow_clone_knows_only_bounds(forked: Repository) -> None:
    forked.git("clone", "-q", "--depth=2", f"file://{forked.root}", "../clone")
    clone = Repository(forked.root.parent / "clone", forked.environ)
    assert seen(clone) == {"l-0000aa": Seen(START + 300, 0, True), "l-0000bb": Seen(START + 400, 1)}


def test_new_pages_bring_their_own_past(repo: Repository) -> None:
    """The folders that history is read for are part of the watermark."""
    repo.write("docs/a.md", "# A page\n")
    put(repo, "L-0000aa")
    repo.commit(when=START)
    put(repo, "L-0000bb")
    repo.commit(when=START + 1)
    dump(repo)
    repo.write("swarm.toml", '[sources]\npages = ["docs/*.md"]\n')
    assert created(repo)["docs/a.md"] == "2023-11-14T22:13:20Z"
    assert dump(repo) == rebuilt(repo)
    (repo.root / "swarm.toml").unlink()
    assert dump(repo) == rebuilt(repo)


# Any history at all


@dataclass(frozen=True)
class Made:
    """A commit as the test made it."""

    parents: tuple[int, ...]
    files: frozenset[str]
    when: int
    committed: int = START  # git walks by this clock, which may be wrong


@dataclass
class Past:
    """A random history, and what should be seen in it."""

    commits: list[Made] = field(default_factory=list)

    def stream(self) -> bytes:
        """The history as `git fast-import` reads it."""
        out = []
        for number, each in enumerate(self.commits):
            out.append(
                f"commit refs/heads/c{number}\nmark :{number + 1}\n"
                f"author A <a@b> {each.when} +0000\n"
                f"committer A <a@b> {each.committed} +0000\ndata 0\n"
            )
            links = [f":{parent + 1}" for parent in each.parents]
            out += [f"from {link}\n" for link in links[:1]] + [
                f"merge {link}\n" for link in links[1:]
            ]
            out.append("deleteall\nM 100644 inline README.md\ndata 0\n")
            for path in sorted(each.files):
                text = lesson(path.split("/")[-1][:8], "x")
                out.append(f"M 100644 inline {path}\ndata {len(text)}\n{text}")
            out.append("\n")
        return "".join(out).encode()

    def reaches(self, number: int) -> set[int]:
        found, ahead = set(), [number]
        while ahead:
            here = ahead.pop()
            if here not in found:
                found.add(here)
                ahead += self.commits[here].parents
        return found

    def chain(self, number: int) -> list[int]:
        """The first parents, oldest first."""
        found = [number]
        while self.commits[found[-1]].parents:
            found.append(self.commits[found[-1]].parents[0])
        return found[::-1]

    def seen(self, number: int) -> dict[str, Seen]:
        """The definition, word by word."""
        ranks = {commit: rank for rank, commit in enumerate(self.chain(number))}
        found: dict[str, Seen] = {}
        for commit in self.reaches(number):
            made = self.commits[commit]
            before = self.commits[made.parents[0]].files if made.parents else frozenset()
            for path in made.files - before:
                name = lasting_name(path.encode())
                here = Seen(made.when, ranks.get(commit))
                found[name] = history.earlier(found[name], here) if name in found else here
        return found


PATHS = [
    f"{folder}/L-00000{number}{slug}.md"
    for folder in ("memory/lessons", "memory/archive")
    for number in (1, 2, 3)
    for slug in ("", "-a")
]


@st.composite
def pasts(draw: st.DrawFn) -> Past:
    past = Past()
    for number in range(draw(st.integers(2, 10))):
        parents: list[int] = []
        if number and draw(st.integers(0, 9)):
            count = draw(st.sampled_from([1, 1, 1, 2, 2, 3]))
            parents = draw(
                st.lists(st.integers(0, number - 1), min_size=1, max_size=count, unique=True)
            )
        files = (
            set().union(*(past.commits[parent].files for parent in parents)) if parents else set()
        )
        for path in draw(st.lists(st.sampled_from(PATHS), max_size=2)):
            files ^= {path}
        when = START + draw(st.integers(-20, 20))
        committed = START + draw(st.sampled_from([number, number, 0, -(10**6), 10**6]))
        past.commits.append(Made(tuple(parents), frozenset(files), when, committed))
    return past


def imported(repo: Repository, past: Past) -> list[str]:
    """The history as real commits, in a repository that may hold others."""
    repo.git("fast-import", "--quiet", "--force", "--date-format=raw", stdin=past.stream())
    names = [f"refs/heads/c{number}" for number in range(len(past.commits))]
    return repo.git("rev-parse", *names).split()


QUICK = settings(
    max_examples=EXAMPLES, deadline=None, derandomize="SWARM_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip


@QUICK
@given(past=pasts())
def test_all_history_says_what_the_definition_says(repo: Repository, past: Past) -> None:
    for number, commit in enumerate(imported(repo, past)):
        assert seen(repo, commit) == past.seen(number), number


def test_a_merge_older_than_what_it_merges_counts_when_reading_on_too(repo: Repository) -> None:
    """Seen from the watermark, git leaves such a merge out: its first parent is old news."""
    files = frozenset({"memory/lessons/L-000001.md"})
    past = Past(
        [
            Made((), frozenset(), START),
            Made((0,), frozenset(), START + 1),  # the watermark
            Made((0,), files, START + 9),
            Made((0, 2), files, START + 5),
            Made((1, 3), files, START + 10),
        ]
    )
    commits = imported(repo, past)
    dump(repo, commits[1])
    assert dump(repo, commits[4]) == rebuilt(repo, commits[4])
    assert past.seen(4) == {"l-000001": Seen(START + 5, 2)}
    assert seen(repo, commits[4]) == past.seen(4)


@QUICK
@given(past=pasts(), data=st.data())
def test_reading_on_from_a_watermark_equals_reading_all(
    repo: Repository, past: Past, data: st.DataObject
) -> None:
    """Forwards, backwards and sideways: the view of a commit is brought from one to the next."""
    commits = imported(repo, past)
    walk = data.draw(st.lists(st.integers(0, len(commits) - 1), min_size=2, max_size=5))
    repo.board(commits[0]).cache.discard()
    for number in walk:
        assert dump(repo, commits[number]) == rebuilt(repo, commits[number]), walk


@QUICK
@given(past=pasts())
def test_one_commit_at_a_time_equals_all_at_once(repo: Repository, past: Past) -> None:
    commits = imported(repo, past)
    known: dict[str, Seen] = {}
    mark: dict[str, object] = {}
    for number in past.chain(len(commits) - 1):
        read = history.read(repo.board(commits[number]).place, mark)
        known = {} if read.whole else known
        for name, here in read.seen.items():
            known[name] = history.earlier(known[name], here) if name in known else here
        mark = dict(read.mark)
        assert sights(known) == past.seen(number)
