"""A write commits its own paths and nothing else, and loses nothing, whoever works beside it."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest
from conftest import PINNED, Maker, Repository, hermetic, tree_bytes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lab import crashes, writers

from swarm import checkout, commit, crash, draft, gate, index, landing, write
from swarm.git import locate

PATH = "memory/lessons/L-000001-one.md"
OTHER = "memory/lessons/L-000002-two.md"
RAW = b"---\nid: L-000001\n---\n# One\n"
MESSAGE = commit.Message("swarm: new L-000001 \u2014 One", "new", "agent-1")
NOW = 1_700_000_000 * 10**9
NOBODY = {name: "" for name in PINNED if name.startswith(("GIT_AUTHOR", "GIT_COMMITTER"))}


@pytest.fixture(scope="session")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `shared` is a copy of."""
    repo = Repository(tmp_path_factory.mktemp("stock") / "repo", hermetic(Path(os.devnull)))
    repo.root.mkdir()
    repo.git("init", "-q", "-b", "main")
    for name in ("staged", "edited", "both"):
        repo.write(f"{name}.txt", "one\n")
    repo.commit()
    repo.write("staged.txt", "two\n")
    repo.write("both.txt", "two\n")
    repo.write("added.txt", "new\n")
    repo.git("add", "staged.txt", "both.txt", "added.txt")
    repo.write("edited.txt", "two\n")
    repo.write("both.txt", "three\n")
    repo.write("untracked.txt", "mine\n")
    return repo.root


@pytest.fixture
def shared(stock: Path, tmp_path: Path) -> Repository:
    """A repository with a commit, in which somebody has staged one thing and edited another."""
    repo = Repository(Path(shutil.copytree(stock, tmp_path / "repo")), hermetic(tmp_path))
    repo.git("update-index", "-q", "--refresh")  # a copy has other inodes
    return repo


def save(repo: Repository, changes: dict[str, bytes | None] | None = None, **options: Any) -> Any:
    """One write, in this process."""
    environ = {**repo.environ, **options.pop("environ", {})}
    place = locate(repo.root, environ)
    given = changes or {PATH: RAW}
    return commit.commit(place, repo.root, given, MESSAGE, environ, NOW, **options)


def others(repo: Repository) -> tuple[str, dict[str, bytes]]:
    """Everybody's entries and files but ours."""
    rows = repo.git("ls-files", "-v", "--stage", "-t").splitlines()
    entries = "\n".join(row for row in rows if "memory/" not in row)
    files = {path: raw for path, raw in tree_bytes(repo.root).items() if "memory/" not in path}
    return entries, files


def head_has(repo: Repository, path: str = PATH, raw: bytes = RAW) -> bool:
    return repo.git("show", f"HEAD:{path}").encode() == raw


def left_alone(repo: Repository, told: Any, *words: str) -> None:
    """The file is there, in no commit and not staged, and why is told."""
    assert told.commit == ""
    for word in words:
        assert word in told.why
    assert (repo.root / PATH).read_bytes() == RAW
    assert repo.git("ls-files", "--", PATH) == ""


# What is committed


def test_a_write_commits_its_own_path_and_leaves_what_others_staged_and_edited(
    shared: Repository,
) -> None:
    before = others(shared)
    told = save(shared)
    assert told == (shared.git("rev-parse", "HEAD").strip(), "")
    assert shared.git("show", "--format=", "--name-status", "HEAD") == f"A\t{PATH}\n"
    assert head_has(shared)
    assert others(shared) == before
    assert "memory" not in shared.git("status", "--porcelain")
    assert shared.git("diff-files", "--name-only") == "both.txt\nedited.txt\n"  # stat is known


def test_the_message_has_a_subject_and_trailers_that_git_reads(shared: Repository) -> None:
    message = commit.Message("swarm: close  T-1 \u2014 a\nb\x1b[1m", "close", "a b", "T-1", "17")
    place = locate(shared.root, shared.environ)
    commit.commit(place, shared.root, {PATH: RAW}, message, shared.environ, NOW)
    assert shared.git("log", "-1", "--format=%s") == "swarm: close T-1 \u2014 a b [1m\n"
    trailers = shared.git("log", "-1", "--format=%(trailers:only)").split("\n")
    assert trailers[:4] == [
        "Swarm-Verb: close", "Swarm-Agent: a b", "Swarm-Task: T-1", "Swarm-Token: 17",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("config", "author"),
    [
        ({}, "swarm <swarm@localhost>"),
        ({"user.name": "Eve"}, "Eve <swarm@localhost>"),
        ({"user.name": "Eve", "user.email": "e@x"}, "Eve <e@x>"),
        ({"user.name": "Eve", "user.email": "e@x", "author.name": "Pen"}, "Pen <e@x>"),
    ],
)
def test_the_author_is_the_user_if_there_is_one(
    shared: Repository, config: dict[str, str], author: str
) -> None:
    shared.git("config", "user.useConfigOnly", "true")
    for key, value in config.items():
        shared.git("config", key, value)
    for name in NOBODY:
        del shared.environ[name]
    assert save(shared).why == ""
    assert shared.git("log", "-1", "--format=%an <%ae>").strip() == author


def test_the_commit_msg_hook_may_change_the_message_and_pre_commit_is_not_run(
    shared: Repository,
) -> None:
    hook(shared, "commit-msg", 'echo "Change-Id: I1" >> "$1"')
    hook(shared, "pre-commit", "exit 1")
    save(shared)
    assert "Change-Id: I1" in shared.git("log", "-1", "--format=%B")


def test_a_commit_msg_hook_that_refuses_leaves_the_file(shared: Repository) -> None:
    shared.git("config", "core.hooksPath", "hooks")
    hook(shared, "commit-msg", "echo 'fatal: no ticket' >&2; exit 1", folder="hooks")
    before = shared.git("ls-files", "--stage")
    left_alone(shared, save(shared), "no ticket")
    assert shared.git("ls-files", "--stage") == before


def test_a_signature_is_made_when_the_user_signs(shared: Repository, tmp_path: Path) -> None:
    signer = tmp_path / "signer"
    signer.write_text("#!/bin/sh\ncat >/dev/null\necho '[GNUPG:] SIG_CREATED ' >&2\necho SIGNED\n")
    signer.chmod(0o755)
    for key, value in {"commit.gpgsign": "true", "gpg.program": str(signer)}.items():
        shared.git("config", key, value)
    assert save(shared).why == ""
    assert "gpgsig SIGNED" in shared.git("cat-file", "commit", "HEAD")
    shared.git("config", "gpg.program", "/nowhere/gpg")
    told = save(shared, {OTHER: RAW})
    assert told.commit == "" and told.why
    assert shared.git("ls-files", "--", OTHER) == ""


def hook(repo: Repository, name: str, script: str, folder: str = ".git/hooks") -> None:
    path = repo.write(f"{folder}/{name}", f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


# Where


def test_the_first_commit_of_a_branch(repo: Repository) -> None:
    repo.write("mine.txt", "mine\n")
    repo.git("add", "mine.txt")
    told = save(repo)
    assert told == (repo.git("rev-parse", "main").strip(), "")
    assert repo.git("ls-tree", "-r", "--name-only", "HEAD") == f"{PATH}\n"
    assert repo.git("diff", "--cached", "--name-only") == "mine.txt\n"


def test_a_detached_head_moves_itself(shared: Repository) -> None:
    main = shared.git("rev-parse", "main")
    shared.git("checkout", "-q", "--detach")
    assert save(shared).commit == shared.git("rev-parse", "HEAD").strip()
    assert shared.git("rev-parse", "main") == main
    assert head_has(shared)


def test_a_linked_worktree_commits_to_its_own_branch(shared: Repository) -> None:
    shared.git("worktree", "add", "-q", "-b", "side", "../side")
    side = Repository(shared.root.parent / "side", shared.environ)
    before = others(shared)
    assert save(side).why == ""
    assert head_has(side) and others(shared) == before
    assert shared.git("ls-tree", "main", "memory") == ""


def sibling(repo: Repository) -> Repository:
    repo.git("worktree", "add", "-q", "-f", "../twin", "main")
    return Repository(repo.root.parent / "twin", repo.environ)


def test_another_checkout_of_the_branch_follows(shared: Repository) -> None:
    twin = sibling(shared)
    twin.write("edited.txt", "theirs\n")
    assert save(shared).why == ""
    assert (twin.root / PATH).read_bytes() == RAW
    assert twin.git("status", "--porcelain") == " M edited.txt\n"
    told = save(shared, {PATH: b"changed\n"}, start={PATH: RAW})
    assert told.why == "" and (twin.root / PATH).read_bytes() == b"changed\n"
    assert twin.git("status", "--porcelain") == " M edited.txt\n"


@pytest.mark.parametrize("state", ["a file in the way", "staged", "merging"])
def test_another_checkout_that_cannot_follow_is_not_overrun(shared: Repository, state: str) -> None:
    twin = sibling(shared)
    if state == "merging":
        (Path(twin.git("rev-parse", "--absolute-git-dir").strip()) / "MERGE_HEAD").touch()
    else:
        twin.write(PATH, "theirs\n")
    if state == "staged":
        twin.git("add", PATH)
    before, head = tree_bytes(twin.root), shared.git("rev-parse", "HEAD")
    left_alone(shared, save(shared), "twin", "checked out")
    assert tree_bytes(twin.root) == before and shared.git("rev-parse", "HEAD") == head


def test_a_sparse_checkout_keeps_what_it_leaves_out(repo: Repository) -> None:
    repo.write(OTHER, "two\n")
    repo.write("src/a.txt", "a\n")
    repo.commit()
    repo.git("sparse-checkout", "set", "--no-cone", "src/")
    assert not (repo.root / OTHER).exists()
    assert save(repo).why == ""
    assert save(repo, {OTHER: b"changed\n"}).why == ""
    assert repo.git("show", f"HEAD:{OTHER}") == "changed\n" and head_has(repo)
    assert repo.git("ls-files", "-t", "--", OTHER) == f"S {OTHER}\n"
    assert repo.git("status", "--porcelain") == ""


def test_a_split_index_is_read_and_written_whole(shared: Repository) -> None:
    shared.git("config", "core.splitIndex", "true")
    shared.git("update-index", "--split-index")
    before = others(shared)
    assert save(shared).why == ""
    assert others(shared) == before
    assert "memory" not in shared.git("status", "--porcelain")


def test_a_bare_repository_is_refused(make_repository: Maker) -> None:
    bare = make_repository("bare.git", "--bare")
    assert bare.swarm("new", "lesson", "x").returncode in (2, 4)  # nothing to read, or to write


def test_line_endings_are_stored_as_git_add_would(shared: Repository) -> None:
    shared.write(".git/info/attributes", "*.md text=auto\n")
    raw = RAW.replace(b"\n", b"\r\n")
    assert save(shared, {PATH: raw}).why == ""
    assert shared.git("cat-file", "blob", f"HEAD:{PATH}").encode() == RAW
    assert (shared.root / PATH).read_bytes() == raw
    assert "memory" not in shared.git("status", "--porcelain")


def test_a_sha256_repository(make_repository: Maker) -> None:
    repo = make_repository("long", "--object-format=sha256")
    assert save(repo).why == ""
    assert save(repo, {PATH: None}).why == "" and repo.git("ls-tree", "HEAD") == ""


# When not


@pytest.mark.parametrize(
    "name",
    ["MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply", "BISECT_LOG"],
)
def test_in_the_middle_of_something_the_file_is_left(shared: Repository, name: str) -> None:
    (shared.root / ".git" / name).touch()
    before = others(shared)
    left_alone(shared, save(shared), "in the middle of a")
    assert others(shared) == before


def test_a_real_merge_with_unmerged_paths_stays_as_it_is(repo: Repository) -> None:
    repo.write("a.txt", "one\n")
    repo.commit()
    repo.git("checkout", "-q", "-b", "side")
    repo.write("a.txt", "two\n")
    repo.commit()
    repo.git("checkout", "-q", "main")
    repo.write("a.txt", "three\n")
    repo.commit()
    subprocess.run(["git", "merge", "side"], cwd=repo.root, env=repo.environ, check=False)
    before = repo.git("ls-files", "--unmerged")
    left_alone(repo, save(repo), "merge")
    (repo.root / ".git" / "MERGE_HEAD").unlink()  # as after a stash that did not apply
    (repo.root / PATH).unlink()
    left_alone(repo, save(repo), "unmerged")
    assert repo.git("ls-files", "--unmerged") == before != ""


def test_an_ignored_record_is_not_forced_in(shared: Repository) -> None:
    shared.write(".git/info/exclude", "memory/\n")
    left_alone(shared, save(shared), "ignored", "check-ignore")


def test_what_somebody_staged_or_edited_in_our_own_file_is_not_committed(repo: Repository) -> None:
    repo.write(PATH, RAW)
    repo.commit()
    head = repo.git("rev-parse", "HEAD")
    edited = RAW + b"a thought\n"
    repo.write(PATH, edited)
    told = save(repo, {PATH: edited + b"closed\n"}, start={PATH: edited})
    assert told.commit == "" and "in no commit" in told.why
    assert (repo.root / PATH).read_bytes() == edited + b"closed\n"
    repo.write(PATH, edited)
    repo.git("add", PATH)
    repo.write(PATH, RAW)
    staged = repo.git("ls-files", "--stage")
    told = save(repo, {PATH: b"closed\n"}, start={PATH: RAW})
    assert told.commit == "" and "staged" in told.why
    assert repo.git("ls-files", "--stage") == staged and repo.git("rev-parse", "HEAD") == head


def test_a_file_that_was_saved_meanwhile_is_not_written_over(repo: Repository) -> None:
    repo.write(PATH, RAW)
    repo.commit()
    with pytest.raises(Exception, match="meantime"):
        write.replace(repo.root, PATH, b"new\n", b"what it was\n")
    assert (repo.root / PATH).read_bytes() == RAW
    with pytest.raises(Exception, match="already"):
        save(repo, {PATH: b"new\n"}, fresh=True)
    with pytest.raises(Exception, match="already"):
        save(repo, {PATH: b"new\n"})


def test_a_deletion_and_a_change_are_one_commit(shared: Repository) -> None:
    save(shared, {PATH: RAW, OTHER: RAW})
    before = others(shared)
    assert save(shared, {PATH: b"new\n", OTHER: None}, start={PATH: RAW}).why == ""
    said = shared.git("show", "--format=", "--name-status", "HEAD")
    assert said == f"M\t{PATH}\nD\t{OTHER}\n"
    assert not (shared.root / OTHER).exists() and others(shared) == before


def test_the_oracle_is_asked_before_anything_is_written(shared: Repository) -> None:
    path, before = "tasks/T-1abcde-do-it.md", others(shared)
    closed = b"---\nid: T-1abcde\nstatus: closed\n---\n# Do it\n"
    place = locate(shared.root, shared.environ)
    with pytest.raises(gate.Rejected, match="only `swarm close` closes") as refused:
        gate.write(place, shared.root, {path: closed}, MESSAGE, shared.environ, NOW, fresh=True)
    assert refused.value.exit_code == 8
    assert not (shared.root / path).exists() and others(shared) == before


# Locks


def test_a_strangers_index_lock_is_told_of_and_never_removed(
    shared: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "LOCK_PAUSES", 5)
    lock = shared.write(".git/index.lock", "")
    left_alone(shared, save(shared), "index.lock", lock.owner(), "if no git runs here: rm")
    assert lock.exists()


def test_a_strangers_index_lock_is_waited_for(shared: Repository) -> None:
    lock = shared.write(".git/index.lock", "")
    threading.Timer(0.3, lock.unlink).start()
    assert save(shared).why == ""


def test_our_own_lock_is_cleared_when_its_owner_is_dead_and_only_then(
    shared: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "LOCK_PAUSES", 5)
    owner = shared.write(".git/swarm/index.owner", "")
    lock = shared.root / ".git" / "index.lock"
    assert index.forsaken(lock.parent) is None
    os.link(owner, lock)
    assert index.forsaken(lock.parent) == lock
    with owner.open() as alive:
        fcntl.flock(alive, fcntl.LOCK_EX)
        left_alone(shared, save(shared), "another swarm process")
        assert index.forsaken(lock.parent) is None
        assert lock.exists()
    assert save(shared).why == "" and not lock.exists()


def test_a_queue_that_is_stuck_is_not_waited_for_for_ever(
    shared: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkout, "_QUEUE_PAUSES", 3)
    with shared.write(".git/swarm/writers", "").open() as stuck:
        fcntl.flock(stuck, fcntl.LOCK_EX)
        assert save(shared).why == ""


def test_a_branch_whose_lock_was_left_is_told_of(
    shared: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commit, "_STUCK", 1)
    shared.write(".git/refs/heads/main.lock", "")
    before = others(shared)
    left_alone(shared, save(shared), "main.lock")
    assert others(shared) == before


# Others, quicker


def at_step(monkeypatch: pytest.MonkeyPatch, step: str, act: Any) -> None:
    """Do something at one step of the first attempt."""
    done: list[str] = []

    def reached(name: str, environ: object) -> None:
        if name == step and not done:
            done.append(name)
            act()

    monkeypatch.setattr(crash, "point", reached)


@pytest.mark.parametrize("step", [each for each in crash.POINTS if "swap" not in each])
def test_a_persons_commit_at_any_step_loses_nothing(
    shared: Repository, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """While we hold the lock of the index or the branch, his is the one that is refused."""
    shared.git("commit", "-q", "-a", "-m", "all")
    codes: list[int] = []

    def person() -> None:
        shared.write("edited.txt", f"{step}\n")
        for words in (["add", "edited.txt"], ["commit", "-q", "-m", "mine"]):
            done = subprocess.run(["git", *words], cwd=shared.root, env=shared.environ, check=False)
            codes.append(done.returncode)

    at_step(monkeypatch, step, person)
    told = save(shared)
    assert told.commit and head_has(shared)
    assert codes[-1] == 0 or step in ("after lock", "before stage", "after stage", "after prepare")
    if codes[-1] == 0:
        assert shared.git("show", "HEAD:edited.txt") == f"{step}\n"
    assert "memory" not in shared.git("status", "--porcelain")


def test_a_commit_that_swept_ours_up_counts_and_is_named(
    shared: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_step(monkeypatch, "after unlock", lambda: shared.git("commit", "-q", "-m", "mine"))
    told = save(shared)
    assert told.commit == shared.git("rev-parse", "HEAD").strip() and "Ada" in told.why
    assert shared.git("log", "-1", "--format=%s") == "mine\n"


def test_what_was_swept_up_stays_in_the_index_though_we_fail(
    shared: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Taking it out again would have the next commit of theirs delete it."""

    def swept_and_broken() -> None:
        shared.git("commit", "-q", "-m", "mine")
        monkeypatch.setattr(landing, "made", broken)

    def broken(*_: object) -> str:
        raise index.Hindered("no more room")

    at_step(monkeypatch, "after unlock", swept_and_broken)
    assert "no more room" in save(shared).why
    assert head_has(shared) and "memory" not in shared.git("status", "--porcelain")


def test_a_reset_of_the_index_before_the_swap_is_noticed(
    shared: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_step(monkeypatch, "after prepare", lambda: shared.git("reset", "-q", "--", PATH))
    assert save(shared).why == "" and "memory" not in shared.git("status", "--porcelain")


def test_an_edit_that_comes_between_stays_an_edit(
    shared: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_step(monkeypatch, "before copy", lambda: shared.write(PATH, b"a thought\n"))
    assert save(shared).why == "" and head_has(shared)
    assert (shared.root / PATH).read_bytes() == b"a thought\n"
    assert f" M {PATH}" in shared.git("status", "--porcelain")


def test_a_switch_of_branches_is_followed(
    shared: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    main = shared.git("rev-parse", "main")
    at_step(monkeypatch, "after tree", lambda: shared.git("checkout", "-q", "-b", "side"))
    assert save(shared).why == ""
    assert shared.git("rev-parse", "main") == main and head_has(shared)


# More refs


def test_other_refs_move_with_the_branch_or_nothing_does(shared: Repository) -> None:
    head = shared.git("rev-parse", "HEAD").strip()
    ref = commit.RefUpdate("refs/swarm/claims/t-1", head, "")
    told = save(shared, refs=[ref])
    assert told.commit and shared.git("rev-parse", "refs/swarm/claims/t-1").strip() == head
    before, tree = shared.git("rev-parse", "HEAD"), tree_bytes(shared.root)
    with pytest.raises(commit.RefMoved) as lost:
        save(shared, {OTHER: RAW}, refs=[ref])
    assert lost.value.exit_code == 6
    assert shared.git("rev-parse", "HEAD") == before and tree_bytes(shared.root) == tree


def test_a_ref_that_moves_at_the_last_moment_undoes_the_change(
    repo: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.write(PATH, RAW)
    head = repo.commit()
    ref = commit.RefUpdate("refs/swarm/claims/t-1", head, "")
    taken = lambda: repo.git("update-ref", ref.ref, f"{head}^{{tree}}")  # noqa: E731
    at_step(monkeypatch, "before prepare", taken)
    with pytest.raises(commit.RefMoved):
        save(repo, {PATH: b"closed\n"}, start={PATH: RAW}, refs=[ref])
    assert repo.git("rev-parse", "HEAD").strip() == head
    assert repo.git("status", "--porcelain") == ""


# Properties


NAMES = [f"file{number}.txt" for number in range(4)]
STATES = st.sampled_from(["clean", "staged", "edited", "both", "deleted", "removed", "intended",
                          "assumed", "untracked"])  # fmt: skip


def disturb(repo: Repository, name: str, state: str) -> None:
    """Somebody's work on a file."""
    path = repo.root / name
    if state in ("staged", "both"):
        repo.write(name, "staged\n")
        repo.git("add", name)
    if state in ("edited", "both"):
        repo.write(name, "edited\n")
    if state in ("deleted", "removed"):
        path.unlink()
    if state in ("removed", "untracked", "intended"):
        repo.git("rm", "-q", "--cached", name)
    if state == "intended":
        repo.git("add", "-N", name)
    if state == "assumed":
        repo.git("update-index", "--assume-unchanged", name)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(states=st.lists(STATES, min_size=4, max_size=4))
def test_nobodys_entries_or_bytes_are_touched(make_repository: Maker, states: list[str]) -> None:
    repo = make_repository(f"repo-{os.urandom(4).hex()}")
    for name in NAMES:
        repo.write(name, "one\n")
    repo.commit()
    for name, state in zip(NAMES, states, strict=True):
        disturb(repo, name, state)
    before, status = others(repo), repo.git("status", "--porcelain")
    assert save(repo).why == ""
    assert others(repo) == before and repo.git("status", "--porcelain") == status
    assert repo.git("show", "--format=", "--name-only", "HEAD") == f"{PATH}\n"


# Verbs


def test_new_commits_and_tells_the_commit(shared: Repository) -> None:
    told = json.loads(shared.swarm("new", "lesson", "One", "--json", SWARM_AGENT="a-1").stdout)
    assert told["data"]["commit"] == shared.git("rev-parse", "HEAD").strip()
    record = told["data"]["record"]
    subject = f"swarm: new {record['id']} \u2014 One\n"
    assert shared.git("log", "-1", "--format=%s") == subject
    assert "Swarm-Agent: a-1" in shared.git("log", "-1", "--format=%B")


def test_new_says_why_it_did_not_commit(shared: Repository) -> None:
    (shared.root / ".git/MERGE_HEAD").write_text(shared.git("rev-parse", "HEAD"))
    done = shared.swarm("new", "lesson", "One", "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["data"]["commit"]) == (1, "")  # 0 would promise that it is in
    assert (shared.root / told["data"]["record"]["path"]).exists()
    (problem,) = told["problems"]
    assert "in no commit" in problem["what"] and "merge" in problem["what"]
    assert "in no commit" in shared.swarm("new", "lesson", "Two").stderr


def test_a_hook_that_leaves_a_blank_line_first_is_heard_as_git_hears_it(
    shared: Repository,
) -> None:
    hook = shared.write(".git/hooks/commit-msg", '#!/bin/sh\nprintf "\\n%s\\n" "$(cat $1)" > $1\n')
    hook.chmod(0o755)
    assert shared.swarm("new", "lesson", "One").returncode == 0
    assert shared.git("log", "-1", "--format=%s").startswith("swarm: new ")
    hook.write_text("#!/bin/sh\n: > $1\n")
    done = shared.swarm("new", "lesson", "Two")
    assert done.returncode == 1 and "left no message" in done.stderr


def test_a_record_is_not_written_into_another_repository(shared: Repository) -> None:
    shared.git("init", "-q", "memory")
    done = shared.swarm("new", "lesson", "One")
    assert done.returncode == 1 and "another repository" in done.stderr


def test_no_commit_leaves_the_file_in_the_work_tree(shared: Repository) -> None:
    before, head = others(shared), shared.git("rev-parse", "HEAD")
    done = shared.swarm("new", "lesson", "One", "--no-commit", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["data"]["commit"] == ""
    assert "?? memory/" in shared.git("status", "--porcelain")
    assert others(shared) == before and shared.git("rev-parse", "HEAD") == head


def test_an_import_is_one_commit(shared: Repository, make_repository: Maker) -> None:
    source = make_repository("source")
    for number in range(3):
        source.write(f"memory/lessons/L-60{number}.md", f"# L-60{number}: One\nSession: S1\n")
    source.commit()
    count = int(shared.git("rev-list", "--count", "HEAD"))
    left = shared.swarm("import", str(source.root), "--no-commit", "--json")
    assert json.loads(left.stdout)["data"]["committed"] == "", left.stderr
    for path in (shared.root / "memory").rglob("*.md"):
        path.unlink()
    told = json.loads(shared.swarm("import", str(source.root), "--json").stdout)["data"]
    assert told["written"] == 3 and told["committed"] == shared.git("rev-parse", "HEAD").strip()
    assert int(shared.git("rev-list", "--count", "HEAD")) == count + 1
    again = json.loads(shared.swarm("import", str(source.root), "--json").stdout)["data"]
    assert (again["written"], again["committed"]) == (0, "")


# Laboratory: the short forms. The long ones: python tests/lab/{writers,crashes}.py


@pytest.mark.parametrize("point", crash.POINTS)
def test_a_write_that_is_killed_leaves_nothing_broken(tmp_path: Path, point: str) -> None:
    told = crashes.crashed(crashes.board(tmp_path), point)
    assert told.problems == ()
    expected = {"before file": "old", "after swap": "new"}
    assert told.state == expected.get(point, told.state)


def test_writers_beside_a_person_lose_nothing(tmp_path: Path) -> None:
    told = writers.race(writers.fresh(tmp_path), 6, 2)
    assert (told.lost, told.failed, told.damaged, told.fsck) == ([], [], [], "")
    assert told.answered == told.committed == 12


# Cost: what it takes in time is told by tests/lab/cost.py


def test_the_git_processes_of_a_commit_are_counted(
    repo: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.write("a.txt", "a\n")
    repo.commit()
    started: list[str] = []
    real = subprocess.Popen.__init__

    def counted(self: Any, command: Any, *rest: Any, **named: Any) -> None:
        started.append(next(word for word in command[4:] if word in KNOWN))
        real(self, command, *rest, **named)

    place = locate(repo.root, repo.environ)
    monkeypatch.setattr(subprocess.Popen, "__init__", counted)
    commit.commit(place, repo.root, {PATH: RAW}, MESSAGE, repo.environ, NOW, fresh=True)
    assert started == KNOWN_ORDER


KNOWN_ORDER = [
    "hash-object", "config", "rev-parse", "ls-files", "ls-files", "update-index",
    "ls-files", "read-tree", "update-index", "write-tree", "commit-tree", "update-ref", "ls-files",
]  # fmt: skip
KNOWN = set(KNOWN_ORDER)


def test_a_message_is_made_of_what_is_given() -> None:
    assert landing.Message("one", "new", "").text() == "one\n\nSwarm-Verb: new\n"


def test_doctor_names_the_lock_that_a_killed_writer_left(repo: Repository) -> None:
    repo.lesson("L-aaaaaa", "One")
    repo.commit()
    repo.swarm("new", "lesson", "Killed", SWARM_CRASH="after lock")
    told = repo.swarm("doctor")
    assert "index.lock" in told.stdout and "was killed" in told.stdout
    assert repo.swarm("new", "lesson", "The next").returncode == 0
    assert "index.lock" not in repo.swarm("doctor").stdout


def test_three_clones_of_a_hundred_records_merge_both_ways(make_repository: Maker) -> None:
    """No conflict, and identical boards: ids need no coordination."""
    hub = make_repository("hub", "--bare")
    clones = [make_repository(name) for name in ("ada", "bob", "cyd")]
    for clone in clones:
        for number in range(100):
            record_id = draft.new_id("lesson", os.urandom(8), number)
            clone.lesson(record_id, f"Lesson {number}")
        clone.commit(clone.root.name)
        clone.git("push", "-q", str(hub.root), f"HEAD:refs/heads/{clone.root.name}")
    for clone, order in zip(clones, (("bob", "cyd"), ("cyd", "ada"), ("ada", "bob")), strict=True):
        for other in order:
            clone.git("fetch", "-q", str(hub.root), f"refs/heads/{other}")
            clone.git("merge", "-q", "--allow-unrelated-histories", "--no-edit", "FETCH_HEAD")
    shown = {clone.git("rev-parse", "HEAD:memory").strip() for clone in clones}
    assert len(shown) == 1
