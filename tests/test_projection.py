"""A cache that was brought up to date equals one that was made from nothing. Always.

What is done to the repository is done by git and by the file system; what is
compared is everything that a view shows.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from boards import cache_files, dump, everything, found, ids, lesson, rebuilt, told
from conftest import Repository, hermetic
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from swarm import parsed, projection
from swarm.board import Board, open_board
from swarm.records import Surroundings

EXAMPLES = int(os.environ.get("SWARM_EXAMPLES", "12"))

PATHS = [
    "memory/lessons/L-000001-small.md",
    "memory/lessons/L-000001-other.md",
    "memory/lessons/2024-01/L-000002-locks.md",
    "memory/archive/L-000003.md",
    "memory/lessons/no-id.md",
    "beliefs/B-000001-nobody-waits.md",
    "tasks/T-000001-do-it.md",
    "docs/one.md",
    "docs/deep/L-000001-two.md",
    "notes.md",
]
CONTENTS = [
    lesson("L-000001", "Small batches win", "See [[L-000002]] and B-000001."),
    lesson("L-000001", "Large batches win", "See [[L-000003]] and T-000001."),  # as long as that
    lesson("L-000002", "Take the lock first", "[it](../L-000001-small.md) [[small batches win]]"),
    lesson("L-000002", "束は小さく", "ロックを先に取る。"),
    lesson("L-000003", "Small", "word " * 200),
    "---\nid: T-000001\nstatus: open\naliases: [the work, small]\ntests: B-000001\n---\n# Do it\n",
    "# B-000001: Nobody waits\nStatus: enforced | Cites: L-000001, L-zzzzz9\n\nBecause.\n",
    "\ufeff---\r\nid: L-000003\r\n---\r\n# With Windows endings\r\n",
    "---\nid: [not, closed\n---\n# Broken\n",
    "<<<<<<< ours\n# a\n=======\n# b\n>>>>>>> theirs\n",
    "no heading, no head\n",
    "",
]
SETTINGS = [
    '[sources]\npages = ["docs/*.md"]\n',
    '[sources]\npages = ["docs/**/*.md", "notes.md"]\n',
    '[sources]\npages = ["docs/deep/*.md", "memory/**/*.md"]\n',
    "[sources\n",
    "",
]
QUERIES = ["small batches", "L-000001", "束", "lock", "the work", "word"]

path_names = st.sampled_from(PATHS)
contents = st.sampled_from(CONTENTS)
branches = st.sampled_from(["main", "one", "two"])


class AnyLife(RuleBasedStateMachine):
    """Whatever happens to a repository, in whatever order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        root = Path(self.folder.name) / "repo"
        root.mkdir()
        self.repo = Repository(root, hermetic(root.parent))
        self.repo.git("init", "-q", "-b", "main")
        self.limits = projection.BATCH, parsed.SPARE_DOCS

    def teardown(self) -> None:
        """The answer survives the cache."""
        shutil.rmtree(self.repo.root / ".git" / "swarm", ignore_errors=True)
        self.equal()
        projection.BATCH, parsed.SPARE_DOCS = self.limits
        self.folder.cleanup()

    def attempt(self, *arguments: str) -> bool:
        """What git may refuse, as when there is nothing to commit or a conflict."""
        self.repo.when += 60
        date = f"{self.repo.when} +0000"
        done = subprocess.run(
            ["git", *arguments], cwd=self.repo.root, capture_output=True, check=False,
            env=self.repo.environ | {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date},
        )  # fmt: skip
        return done.returncode == 0

    @initialize(batch=st.sampled_from([1, 2, 1000]), spare=st.sampled_from([0, 3, 5000]))
    def begin(self, batch: int, spare: int) -> None:
        projection.BATCH, parsed.SPARE_DOCS = batch, spare
        self.repo.write(PATHS[0], CONTENTS[0])
        self.repo.commit()
        for branch in ("one", "two"):
            self.repo.git("branch", branch)

    @invariant()
    def equal(self) -> None:
        board = self.repo.board()
        other = self.repo.board()
        other.__dict__["view"] = other.cache.rebuilt(other.place)
        try:
            assert everything(board.view) == everything(other.view)
            for query in QUERIES:
                assert found(board, query) == found(other, query)
        finally:
            board.close()
            other.close()

    @rule(path=path_names, text=contents)
    def write(self, path: str, text: str) -> None:
        if not (self.repo.root / path).is_dir():
            self.repo.write(path, text)

    @rule(path=path_names)
    def rewrite_with_size_and_time_kept(self, path: str) -> None:
        file = self.repo.root / path
        if file.is_file():
            info = file.stat()
            file.write_bytes(file.read_bytes().swapcase())
            os.utime(file, ns=(info.st_atime_ns, info.st_mtime_ns))

    @rule(path=path_names, to=path_names)
    def rename(self, path: str, to: str) -> None:
        if (self.repo.root / path).is_file():
            (self.repo.root / to).parent.mkdir(parents=True, exist_ok=True)
            (self.repo.root / path).replace(self.repo.root / to)

    @rule(path=path_names)
    def delete(self, path: str) -> None:
        (self.repo.root / path).unlink(missing_ok=True)

    @rule(path=path_names, mode=st.sampled_from([0o644, 0o755, 0o600]))
    def change_mode(self, path: str, mode: int) -> None:
        if (self.repo.root / path).is_file():
            (self.repo.root / path).chmod(mode)

    @rule(text=st.sampled_from(SETTINGS))
    def change_settings(self, text: str) -> None:
        self.repo.write("swarm.toml", text)

    @rule(how=st.sampled_from([["-a"], ["-a", "--amend"], ["--allow-empty"], ["--", *PATHS[:3]]]))
    def commit(self, how: list[str]) -> None:
        if "--" not in how:
            self.repo.git("add", "-A")
        self.attempt("commit", "-q", "-m", "x", *how)

    @rule(branch=branches, force=st.booleans())
    def switch(self, branch: str, force: bool) -> None:
        self.attempt("checkout", "-q", *(["-f"] if force else []), branch)

    @rule(branch=branches)
    def merge(self, branch: str) -> None:
        if not self.attempt("merge", "-q", "--no-ff", "-m", "x", branch):
            self.equal()
            self.attempt("merge", "--abort")

    @rule(branch=branches)
    def rebase(self, branch: str) -> None:
        if not self.attempt("rebase", "-q", branch):
            self.equal()
            self.attempt("rebase", "--abort")

    @rule(
        how=st.sampled_from(["--hard", "--soft", "--mixed"]),
        to=st.sampled_from(["HEAD~1", "one", "HEAD@{1}"]),
    )
    def reset(self, how: str, to: str) -> None:
        self.attempt("reset", "-q", how, to)

    @rule(how=st.sampled_from([["push", "-q"], ["push", "-q", "-u"], ["pop", "-q"]]))
    def stash(self, how: list[str]) -> None:
        self.attempt("stash", *how)

    @rule(revision=st.sampled_from(["HEAD", "HEAD~1", "one", "two", "main"]))
    def look_back(self, revision: str) -> None:
        if self.attempt("rev-parse", "-q", "--verify", revision):
            assert dump(self.repo, revision) == rebuilt(self.repo, revision)

    @rule()
    def collect_garbage(self) -> None:
        self.attempt("reflog", "expire", "--expire=now", "--all")
        self.attempt("gc", "-q", "--prune=now")


AnyLife.TestCase.settings = settings(
    max_examples=EXAMPLES, stateful_step_count=14, deadline=None,
    derandomize="SWARM_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
test_any_life_of_a_repository_leaves_the_cache_equal_to_a_rebuild = AnyLife.TestCase


# Racy writes


def test_a_write_of_the_same_size_in_the_same_moment_is_seen(repo: Repository) -> None:
    """Written, read, and written again within a tick of the clock, many times."""
    path = repo.write(PATHS[0], CONTENTS[0])
    moment = path.stat().st_mtime_ns
    for number in range(40):
        path.write_text(CONTENTS[number % 2])
        os.utime(path, ns=(moment, moment))
        assert dump(repo) == rebuilt(repo), number


@pytest.mark.parametrize("offset", [-(10**9), -1, 0, 1, 10**9, 10**12, -(10**18)])
def test_no_time_on_a_file_hides_a_write(repo: Repository, offset: int) -> None:
    path = repo.write(PATHS[0], CONTENTS[0])
    moment = time.time_ns() + offset
    os.utime(path, ns=(moment, moment))
    for text in (*CONTENTS[:2], *CONTENTS[:2]):
        path.write_text(text)
        os.utime(path, ns=(moment, moment))
        assert dump(repo) == rebuilt(repo)


def test_a_stamp_that_did_not_change_hides_nothing_when_it_was_fresh(repo: Repository) -> None:
    """As when the clock stood still between the reading and the next write."""
    path = repo.write(PATHS[0], CONTENTS[0])
    dump(repo)
    path.write_text(CONTENTS[1])
    place = repo.board().place
    (file,) = cache_files(repo.root / ".git")
    db = sqlite3.connect(file)
    with db:
        db.execute("UPDATE file SET stamp = ?", (place.listing[0].stamp,))
        db.execute("UPDATE view SET state = ?", (place.state,))
    db.close()
    assert dump(repo) == rebuilt(repo)


def test_a_file_replaced_by_one_of_the_same_size_and_time_is_seen(repo: Repository) -> None:
    path = repo.write(PATHS[0], CONTENTS[0])
    info = path.stat()
    dump(repo)
    other = repo.write("other", CONTENTS[1])
    os.utime(other, ns=(info.st_atime_ns, info.st_mtime_ns))
    other.replace(path)
    assert dump(repo) == rebuilt(repo)


def test_a_clock_that_was_set_back_hides_nothing(repo: Repository) -> None:
    """The index was made by a clock an hour ahead."""
    path = repo.write(PATHS[0], CONTENTS[0])
    ahead = open_board(
        repo.root, None, Surroundings(repo.environ, time.time_ns() + 3_600_000_000_000)
    )
    ahead.view.close()
    for number in range(1, 6):
        path.write_text(CONTENTS[number % 2])
        assert dump(repo) == rebuilt(repo)


def test_once_a_file_has_settled_reading_writes_the_cache_no_more(repo: Repository) -> None:
    repo.write(PATHS[0], CONTENTS[0])
    repo.commit()
    time.sleep(0.1)
    dump(repo)
    (file,) = cache_files(repo.root / ".git")
    before = file.read_bytes()
    for at in (None, None):
        dump(repo, at)
    assert file.read_bytes() == before


# Sizes


def test_more_files_than_one_batch(repo: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projection, "BATCH", 7)
    for number in range(30):
        repo.write(
            f"memory/lessons/L-0000{number:02}.md", lesson(f"L-0000{number:02}", f"N {number}")
        )
    steps: list[tuple[int, int]] = []
    around = Surroundings(repo.environ, time.time_ns())
    board = open_board(repo.root, None, around, lambda done, total: steps.append((done, total)))
    assert len(list(board.view.records())) == 30
    board.close()
    assert steps == [(7, 30), (14, 30), (21, 30), (28, 30), (30, 30)]
    assert dump(repo) == rebuilt(repo)
    for number in range(0, 30, 3):
        (repo.root / f"memory/lessons/L-0000{number:02}.md").unlink()
    for number in range(1, 30, 3):
        repo.write(f"memory/lessons/L-0000{number:02}.md", lesson(f"L-0000{number:02}", "Changed"))
    assert dump(repo) == rebuilt(repo)


def test_an_update_that_was_cut_short_is_taken_up_again(
    repo: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two batches the view shows neither the old nor the new; nobody may believe it."""

    class Cut(Exception):
        pass

    def cut(done: int, total: int) -> None:
        raise Cut

    monkeypatch.setattr(projection, "BATCH", 3)
    for number in range(8):
        repo.write(f"memory/lessons/L-00000{number}.md", lesson(f"L-00000{number}", "Before"))
    dump(repo)
    for number in range(1, 8):
        repo.write(f"memory/lessons/L-00000{number}.md", lesson(f"L-00000{number}", "After"))
    (repo.root / "memory/lessons/L-000000.md").unlink()
    board = open_board(repo.root, None, Surroundings(repo.environ, time.time_ns()), cut)
    with pytest.raises(Cut):
        _ = board.view
    assert dump(repo) == rebuilt(repo)


def test_what_no_view_shows_is_forgotten_in_the_end(
    repo: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parsed, "SPARE_DOCS", 5)
    for number in range(30):
        repo.write(PATHS[0], lesson("L-000001", f"Version {number}", f"See [[L-{number:06}]]."))
        assert dump(repo) == rebuilt(repo)
    (file,) = cache_files(repo.root / ".git")
    db = sqlite3.connect(file)
    counts = [
        db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("doc", "edge")
    ]
    db.close()
    assert max(counts) <= 8


# Proof


def tamper(repo: Repository, *commands: str) -> None:
    """Change the cache behind everybody's back."""
    (file,) = cache_files(repo.root / ".git")
    db = sqlite3.connect(file)
    with db:
        for command in commands:
            assert db.execute(command).rowcount != 0, command
    db.close()


@pytest.fixture
def settled(repo: Repository) -> Repository:
    """A board with every kind of row, indexed and no longer racy."""
    repo.write(PATHS[0], CONTENTS[0].replace("id: L-000001", "id: L-000001\naliases: [tiny]"))
    repo.write(PATHS[2], CONTENTS[2])
    repo.write(PATHS[5], CONTENTS[6])
    repo.write(PATHS[6], CONTENTS[5])
    repo.write("memory/lessons/L-000007.md", b"---\nid: L-000007\nx: y\xff\n---\n# Not UTF-8\n")
    (repo.root / "memory/lessons/L-000008.md").symlink_to("nowhere")
    repo.commit()
    time.sleep(0.1)
    dump(repo)
    return repo


def test_doctor_proves_that_the_cache_equals_a_rebuild(settled: Repository) -> None:
    for at in ([], ["--at", "HEAD"]):
        cache = told(settled, "doctor", "--rebuild", *at, code=1)["data"]["cache"]
        assert cache["state"] == "equals a rebuild"
    assert told(settled, "doctor", code=1)["data"]["cache"]["state"] == "not compared"
    assert "equals a rebuild" in settled.swarm("doctor", "--rebuild").stdout


TAMPERED = {
    "a title": "UPDATE doc SET title = 'evil' WHERE id = 'L-000001'",
    "a body": "UPDATE doc SET body = 'evil' WHERE id = 'L-000001'",
    "a rule": "UPDATE doc SET rule = 'evil' WHERE id = 'L-000001'",
    "a kind": "UPDATE doc SET kind = 'task' WHERE id = 'L-000001'",
    "keys": "UPDATE doc SET keys = '{}' WHERE id = 'L-000001'",
    "aliases": "UPDATE doc SET aliases = 'evil' WHERE id = 'L-000001'",
    "a date": "UPDATE doc SET created = '2020-01-01' WHERE id = 'L-000001'",
    "problems": "UPDATE doc SET problems = '[]'",
    "a problem of a file": "UPDATE file SET problem = NULL WHERE problem IS NOT NULL",
    "whether a file is broken": "UPDATE file SET broken = 1 - broken",
    "a file that is gone": "DELETE FROM file WHERE path = CAST('tasks/T-000001-do-it.md' AS BLOB)",
    "a file too many": "INSERT INTO file SELECT view, x'74', stamp, racy, doc, name, problem, "
    "broken FROM file LIMIT 1",
    "what an edge leads to": "UPDATE edge SET target = 'evil'",
    "the type of an edge": "UPDATE edge SET type = 'supports'",
    "the name an edge is looked up by": "UPDATE edge SET name = 'evil'",
    "the other name of an edge": "UPDATE edge SET other = 'evil'",
    "edges that are gone": "DELETE FROM edge",
    "a name": "UPDATE name SET name = 'evil' WHERE rank = 2",
    "the rank of a name": "UPDATE name SET rank = 3 - rank",
    "names that are gone": "DELETE FROM name",
    "when it was seen": "UPDATE seen SET at = at + 1",
    "when it arrived": "UPDATE seen SET rank = rank + 1",
    "a bound": "UPDATE seen SET bound = 1 - bound",
    "sights that are gone": "DELETE FROM seen",
    "how much leans on it": "UPDATE node SET near = near + 1",
    "how much leans on that": "UPDATE node SET far = far + 1",
    "whether others used it": "UPDATE node SET used = 1 - used",
    "whose it is": "UPDATE node SET voice = 'evil'",
    "how it ended": "UPDATE node SET outcome = 'confirmed'",
    "what showed it": "UPDATE node SET proof = 'evil'",
    "the trail that no posterior counts": "UPDATE node SET use_apart = 1.0",
    "the warnings that none counts": "UPDATE node SET warning_apart = 1.0",
}  # fmt: skip


@pytest.mark.parametrize("what", TAMPERED)
def test_doctor_finds_what_differs_and_mends_it_when_told(settled: Repository, what: str) -> None:
    honest = dump(settled)
    tamper(settled, TAMPERED[what])
    cache = told(settled, "doctor", "--rebuild", code=1)["data"]["cache"]
    assert cache["state"] == "differs"
    assert cache["first"]
    assert cache["remedy"] == "swarm doctor --rebuild --mend"
    told(settled, *cache["remedy"].split()[1:], code=1)
    assert dump(settled) == honest
    after = told(settled, "doctor", "--rebuild", code=1)["data"]["cache"]
    assert after["state"] == "equals a rebuild"


def test_doctor_ends_with_1_when_the_cache_differs_and_with_0_once_it_is_mended(
    repo: Repository,
) -> None:
    """On a board with nothing else wrong with it."""
    repo.write("memory/lessons/L-01cq8d.md", lesson("L-01cq8d", "Take the lock first"))
    repo.commit()
    time.sleep(0.1)
    told(repo, "doctor", "--rebuild")
    tamper(repo, "UPDATE doc SET title = 'Nobody home'")
    done = repo.swarm("doctor", "--rebuild")
    assert done.returncode == 1
    assert "differs" in done.stdout and "Nobody home" in done.stdout
    assert ids(told(repo, "find", "lock")) == ["L-01cq8d"]
    done = repo.swarm("doctor", "--rebuild", "--mend")
    assert (done.returncode, "thrown away" in done.stdout) == (0, True)
    assert told(repo, "list")["data"]["records"][0]["title"] == "Take the lock first"
    told(repo, "doctor", "--rebuild")


def test_find_is_byte_identical_without_the_cache(repo: Repository) -> None:
    """The order in which files came does not show: ties, clashes and links are ordered by name."""
    for number in range(6, 0, -1):
        repo.write(f"memory/lessons/L-00000{number}.md", lesson(f"L-00000{number}", "Same words"))
        dump(repo)
    repo.write("memory/lessons/L-000003.md", lesson("L-000003", "Same words", "and more"))
    asked = [["find", "same words", "--json"], ["find", "words", "-k", "2", "--json"],
             ["list", "--json"], ["doctor", "--json"]]  # fmt: skip
    before = [repo.swarm(*each).stdout for each in asked]
    shutil.rmtree(repo.root / ".git" / "swarm")
    assert [repo.swarm(*each).stdout for each in asked] == before


def test_show_is_byte_identical_without_the_cache(repo: Repository) -> None:
    """Two files with one id link to a third: they are listed in the order of their paths."""
    repo.write("memory/lessons/L-000003.md", lesson("L-000003", "Target"))
    for name, title in (("b", "Came first"), ("c", "Came second"), ("a", "Came last")):
        text = lesson("L-000001", title, "See [[L-000003]].")
        repo.write(f"memory/lessons/L-000001-{name}.md", text)
        dump(repo)
    before = repo.swarm("show", "L-000003", "--json").stdout
    shutil.rmtree(repo.root / ".git" / "swarm")
    assert repo.swarm("show", "L-000003", "--json").stdout == before


# Several views of one repository


def other_place(repo: Repository, folder: str) -> Repository:
    return Repository(repo.root.parent / folder, repo.environ)


def asked(open_one: Callable[[], Board]) -> list[str]:
    board = open_one()
    try:
        return [found(board, query) for query in QUERIES]
    finally:
        board.close()


def test_worktrees_and_revisions_share_a_cache_and_leave_each_others_scores_alone(
    repo: Repository,
) -> None:
    repo.write(PATHS[0], CONTENTS[0])
    repo.write(PATHS[2], CONTENTS[2])
    first = repo.commit()
    alone = asked(repo.board)
    repo.git("worktree", "add", "-q", "-b", "side", "../wt")
    side = other_place(repo, "wt")
    side.write(PATHS[3], CONTENTS[4])
    side.write(PATHS[6], CONTENTS[5])
    (side.root / PATHS[2]).unlink()
    second = side.commit()
    with_side = asked(side.board)
    assert asked(repo.board) == alone
    assert asked(lambda: repo.board(second)) == with_side
    assert asked(lambda: side.board(first)) == alone
    assert asked(side.board) == with_side
    for place in (repo, side):
        assert dump(place) == rebuilt(place)
        proof = told(place, "doctor", "--rebuild", "--at", first)["data"]["cache"]
        assert proof["state"] == "equals a rebuild"
    assert len(cache_files(repo.root / ".git")) == 1
    repo.git("clone", "-q", "-b", "side", ".", "../clone")
    assert asked(other_place(repo, "clone").board) == with_side


def test_a_worktree_that_is_gone_leaves_nothing_in_the_cache(repo: Repository) -> None:
    repo.write(PATHS[0], CONTENTS[0])
    repo.commit()
    for number in range(3):
        repo.git("worktree", "add", "-q", "--detach", f"../wt{number}")
        dump(other_place(repo, f"wt{number}"))
        repo.git("worktree", "remove", f"../wt{number}")
    dump(repo)
    dump(repo, "HEAD")
    (file,) = cache_files(repo.root / ".git")
    db = sqlite3.connect(file)
    keys = {key for (key,) in db.execute("SELECT key FROM view")}
    tables = {
        name
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE name GLOB 'words_*_data'")
    }
    db.close()
    assert keys == {f"worktree:{repo.root}", "commit"}
    assert len(tables) == 2


def test_a_worktree_of_any_name_keeps_its_view(repo: Repository) -> None:
    repo.write(PATHS[0], CONTENTS[0])
    repo.commit()
    repo.git("worktree", "add", "-q", "--detach", "../caf\udce9")
    side = other_place(repo, "caf\udce9")
    dump(side)
    dump(repo)
    (file,) = cache_files(repo.root / ".git")
    db = sqlite3.connect(file)
    (views,) = db.execute("SELECT count(*) FROM view").fetchone()
    db.close()
    assert views == 2


def test_a_repository_that_was_moved_or_copied_is_read_where_it_is(repo: Repository) -> None:
    repo.write(PATHS[0], CONTENTS[0])
    repo.commit()
    dump(repo)
    shutil.copytree(repo.root, repo.root.parent / "copy")
    copy = other_place(repo, "copy")
    copy.write(PATHS[0], CONTENTS[1])
    assert dump(copy) == rebuilt(copy) != dump(repo)
    shutil.rmtree(repo.root)
    copy.root.rename(repo.root)
    assert dump(repo) == rebuilt(repo)
    assert json.loads(found(repo.board(), "large"))["data"]["records"]
