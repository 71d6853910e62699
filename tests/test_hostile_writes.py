"""Writes where there is no room, no right, no peace: what is answered, and what is left behind."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import nursery
import pytest
from ask import ask
from claiming import STATES, board, call, follow, in_the_middle, stock, tasks
from conftest import Maker, Repository, tree_bytes

from swarm import commit, crash, index
from swarm.errors import GitError
from swarm.git import locate

__all__ = ["board", "stock"]  # fixtures

NOBODY = 65_534
PATH = "memory/lessons/L-000001-one.md"
RAW = b"---\nid: L-000001\n---\n# One\n"
MESSAGE = commit.Message("swarm: new L-000001", "new", "agent-1")


def records(repo: Repository) -> set[str]:
    return {path for path in tree_bytes(repo.root) if path.startswith("memory/")}


def in_head(repo: Repository) -> set[str]:
    listed = repo.git("ls-tree", "-r", "--name-only", "HEAD", "memory").splitlines()
    return set(listed)


# --- no right to write --------------------------------------------------------------------------


def reachable(repo: Repository) -> dict[str, str]:
    """The folders on the way may be passed by anybody, and git trusts them."""
    for folder in repo.root.parents:
        if folder.stat().st_uid == os.getuid() and not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o011)
    trust = repo.root.parent / "trust"
    trust.write_text("[safe]\n\tdirectory = *\n")
    return repo.environ | {"GIT_CONFIG_GLOBAL": str(trust)}


def by_another_user(repo: Repository, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Somebody who may read everything and write nothing. Root is not held up by permissions."""
    for path in (repo.root, *repo.root.rglob("*")):
        path.chmod(path.stat().st_mode & ~0o222 | 0o444)
    user = NOBODY if os.getuid() == 0 else 0
    around = reachable(repo) | {"SWARM_AGENT": "ada"}
    return nursery.run([nursery.Run(arguments, str(repo.root), around, user=user)])[0]


def mounted(
    repo: Repository, mount: str, *command: str, script: str = 'exec "$@"'
) -> subprocess.CompletedProcess[str]:
    """A command in a mount namespace of its own; the mount is gone when it ends."""
    unshare = ["unshare", *([] if os.getuid() == 0 else ["-r"]), "-m"]
    return subprocess.run(
        [*unshare, "sh", "-c", f'{mount} || exit 99; {script}', "sh", *command],
        cwd=repo.root, env=repo.environ | {"SWARM_AGENT": "ada"}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


READ_ONLY = "mount --bind .git .git && mount -o remount,bind,ro .git"


def on_a_read_only_mount(repo: Repository, *arguments: str) -> subprocess.CompletedProcess[str]:
    return mounted(repo, READ_ONLY, sys.executable, "-m", "swarm", *arguments)


def can_mount() -> bool:
    """Whether this machine lets somebody have mounts of his own."""
    asked = [
        "unshare",
        *([] if os.getuid() == 0 else ["-r"]),
        "-m",
        "mount",
        "-t",
        "tmpfs",
        "x",
        "/mnt",
    ]
    return (
        bool(shutil.which("unshare"))
        and not subprocess.run(asked, capture_output=True, check=False).returncode
    )


WAYS: dict[str, Callable[..., subprocess.CompletedProcess[str]]] = {
    "another user": by_another_user,
    **({"a read-only mount": on_a_read_only_mount} if can_mount() else {}),
}


@pytest.mark.parametrize("way", WAYS)
def test_where_git_cannot_be_written_claims_are_shown_and_none_is_given(
    board: Repository, way: str
) -> None:
    call(board, "claim", "T-aaaaaa", agent="bob")
    refs = board.git("for-each-ref")
    listed = WAYS[way](board, "claims", "--json")
    assert listed.returncode == 0, listed.stderr
    assert json.loads(listed.stdout)["data"]["claims"][0]["holder"] == "bob"
    assert WAYS[way](board, "claim", "T-aaaaaa").returncode == 5
    done = WAYS[way](board, "claim", "T-bbbbbb")
    assert done.returncode == 1 and "annot be written" in done.stderr, done.stderr
    assert "ls -ld" in done.stderr
    assert board.git("for-each-ref") == refs


@pytest.mark.parametrize("way", WAYS)
def test_where_git_cannot_be_written_a_record_is_refused_or_left_and_told(
    board: Repository, way: str
) -> None:
    head, before = board.git("rev-parse", "HEAD"), records(board)
    done = WAYS[way](board, "new", "lesson", "One", "--json")
    told = json.loads(done.stdout)
    assert done.returncode == 1 and told["problems"][0]["remedy"], done.stdout
    assert board.git("rev-parse", "HEAD") == head
    kept = {told["data"]["record"]["path"]} if "record" in (told["data"] or {}) else set()
    assert records(board) == before | kept
    if kept:
        assert "in no commit" in told["problems"][0]["what"]
    assert WAYS[way](board, "doctor").returncode == 0


def test_a_work_tree_that_lies_where_one_may_not_look_is_nobody_elses_trouble(
    board: Repository,
) -> None:
    hidden = board.root.parent / "hidden"
    board.git("worktree", "add", "-q", "--detach", str(hidden / "work"))
    assert ask(Repository(hidden / "work", board.environ), "list").code == 0
    hidden.chmod(0o700 if os.getuid() == 0 else 0)
    listed = by_another_user(board, "list", "--json")
    hidden.chmod(0o700)
    assert listed.returncode == 0, listed.stderr
    assert len(json.loads(listed.stdout)["data"]["records"]) == 5


@pytest.mark.parametrize("shared", ["group", "all", "0660"])
def test_a_shared_repository_shares_the_locks_and_what_is_kept(
    make_repository: Maker, shared: str
) -> None:
    """As git does with its own files, whatever the umask of whoever came first."""
    repo = tasks(make_repository("ours", f"--shared={shared}"))
    around = repo.environ | {"SWARM_AGENT": "ada"}
    for words in (["claim", "T-aaaaaa"], ["new", "lesson", "One"], ["release", "T-aaaaaa"]):
        (done,) = nursery.run([nursery.Run(words, str(repo.root), around, mask=0o077)])
        assert done.returncode == 0, done.stderr
    own = repo.root / ".git" / "swarm"
    made = [own, *own.rglob("*")]
    assert {"index.owner", "writers", "claims", "cache"} <= {each.name for each in made}
    above = (repo.root / ".git").stat().st_mode
    assert above & 0o2060 == 0o2060
    for each in made:
        mode = each.stat().st_mode
        assert mode & 0o666 == above & 0o666, (each, oct(mode), oct(above))
        assert not each.is_dir() or mode & 0o2070 == 0o2070, (each, oct(mode))
    assert (repo.root / ".git" / "index").stat().st_mode & 0o060 == 0o060


def test_an_unshared_repository_is_as_closed_as_its_owner_likes_it(repo: Repository) -> None:
    (repo.root / ".git").chmod(0o700)
    done = nursery.run(
        [nursery.Run(["new", "lesson", "x"], str(repo.root), repo.environ, mask=0o077)]
    )
    assert done[0].returncode == 0, done[0].stderr
    own = repo.root / ".git" / "swarm"
    assert {each.stat().st_mode & 0o077 for each in (own, *own.rglob("*"))} == {0}


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be two users")
def test_two_of_a_group_take_turns_in_a_shared_repository(make_repository: Maker) -> None:
    repo = tasks(make_repository("ours", "--shared=group"))
    for path in (repo.root, *repo.root.rglob("*")):
        os.chown(path, -1, NOBODY)
        path.chmod(path.stat().st_mode | (0o2070 if path.is_dir() else 0o060))
    around = reachable(repo)
    for user, task in ((0, "T-aaaaaa"), (NOBODY, "T-bbbbbb"), (0, "F-cccccc")):
        for words in (["claim", task], ["new", "lesson", f"By {user} for {task}"]):
            named = around | {"SWARM_AGENT": f"u{user}"}
            (done,) = nursery.run([nursery.Run(words, str(repo.root), named, user=user)])
            assert (done.returncode, done.stderr) == (0, ""), (user, words)


# --- no room ------------------------------------------------------------------------------------


@contextmanager
def no_room_after(monkeypatch: pytest.MonkeyPatch, step: str, size: int) -> Iterator[None]:
    """From one step of a write on, no file can grow beyond a size, ours or git's."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def reached(name: str, environ: object) -> None:
        if name == step:
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))

    with monkeypatch.context() as patched:
        patched.setattr(crash, "point", reached)
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)


ROOM = [
    each for each in crash.POINTS if each not in ("after commit", "after prepare", "after swap")
]


@pytest.mark.parametrize("step", ROOM)
def test_when_the_disk_is_full_from_any_step_on_it_is_told_what_is_left(
    repo: Repository, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """An entry that could not be taken out of the index again is named, and the way to do it."""
    for number in range(40):
        repo.write(f"src/{number}.txt", f"{number}\n")
    repo.commit()
    staged = repo.git("ls-files", "--stage", "src")
    place = locate(repo.root, repo.environ)
    with no_room_after(monkeypatch, step, 300):
        done = commit.commit(
            place, repo.root, {PATH: RAW}, MESSAGE, repo.environ, 10**18, fresh=True
        )
    assert repo.git("ls-files", "--stage", "src") == staged
    assert (repo.root / PATH).read_bytes() == RAW
    assert not [*(repo.root / ".git").glob("*.lock"), *(repo.root / ".git/refs").rglob("*.lock")]
    left = repo.git("ls-files", "--", PATH)
    if done.commit:
        assert in_head(repo) == {PATH} and repo.git("status", "--porcelain") == ""
    else:
        assert done.why
        assert bool(left) == ("still staged" in done.why), done.why
    if left and not done.commit:
        follow(repo, done.why.rpartition("(")[2].rstrip(")"))
        assert repo.git("status", "--porcelain", "-uall") == f"?? {PATH}\n"
    repo.git("fsck", "--strict", "--no-dangling")
    assert ask(repo, "new", "lesson", "The next").code == 0


def test_no_step_is_left_out_in_which_an_entry_stays_staged(
    repo: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the table above is for does happen in it."""
    for number in range(40):
        repo.write(f"src/{number}.txt", f"{number}\n")
    repo.commit()
    place = locate(repo.root, repo.environ)
    with no_room_after(monkeypatch, "after unlock", 300):
        done = commit.commit(place, repo.root, {PATH: RAW}, MESSAGE, repo.environ, 10**18)
    assert done.commit == "" and "still staged" in done.why and "reset -q -- memory" in done.why
    assert repo.git("ls-files", "--", PATH) == f"{PATH}\n"


FULL = """
set -e
git clone -q . "$1/r"; cd "$1/r"
"$2" -m swarm list >/dev/null
for room in 0 8 300; do
    rm -f "$1/filler"
    free=$(df -k --output=avail "$1" | tail -n 1)
    dd if=/dev/zero of="$1/filler" bs=1k count=$((free - room)) 2>/dev/null
    for words in "new lesson Room-$room" "claim T-aaaaaa"; do
        code=0
        "$2" -m swarm $words --json >"$3/out" 2>"$3/err" || code=$?
        echo "$room|$code|$(tr -d '\\n' <"$3/out")|$(tr '\\n' ' ' <"$3/err")"
    done
    rm -f "$1/filler"
    "$2" -m swarm release T-aaaaaa >/dev/null 2>&1 || true
    git reset -q; git clean -qfd memory
done
git fsck --strict --no-dangling --no-progress >&2
"""


@pytest.mark.skipif(
    not can_mount(), reason="nothing may be mounted here; the table above is RLIMIT"
)
def test_on_a_disk_that_is_really_full_every_answer_is_true(
    board: Repository, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = f"mount -t tmpfs -o size=1200k tmpfs {disk}"
    told = mounted(
        board,
        mount,
        "sh",
        str(disk),
        sys.executable,
        str(tmp_path),
        script=f'set -- "$2" "$3" "$4"\n{FULL}',
    )
    assert told.returncode == 0, told.stderr
    rows = [row.split("|", 3) for row in told.stdout.splitlines()]
    assert len(rows) == 6
    codes = set()
    for room, code, out, err in rows:
        answer = json.loads(out)
        codes.add((room, code))
        if code == "0":
            continue
        assert code == "1" and answer["problems"], (room, out, err)
        said = " ".join(str(each["what"]) + each["remedy"] for each in answer["problems"])
        assert any(word in said for word in ("space", "df .", "diskspace")), (room, said)
        assert "Traceback" not in err
    assert ("0", "1") in codes and ("300", "0") in codes


# --- no peace -----------------------------------------------------------------------------------


@pytest.mark.parametrize("state", STATES)
def test_in_the_middle_of_something_real_the_file_is_left_and_nothing_else_is_touched(
    board: Repository, state: str
) -> None:
    in_the_middle(board, STATES[state])
    asked = ("for-each-ref", "--format=%(refname) %(objectname)", "refs/heads")
    status, heads = board.git("status", "--porcelain"), board.git("rev-parse", "HEAD")
    refs, unmerged = board.git(*asked), board.git("ls-files", "--unmerged")
    before = records(board)
    for words in (["new", "lesson", "One"], ["handoff", "--done", "half"]):
        told = ask(board, *words, "--json", SWARM_AGENT="ada")
        (path,) = records(board) - before
        if state == "a detached HEAD":
            assert told.code == 0 and path in in_head(board)
        else:
            (problem,) = told.problems
            assert told.code == 1 and state.removeprefix("a ") in problem["what"]
            assert told.data["commit"] == "" and "git commit" in problem["remedy"]
            assert board.git("rev-parse", "HEAD") == heads
            (board.root / path).unlink()
        before = records(board)
    assert board.git(*asked) == refs and board.git("ls-files", "--unmerged") == unmerged
    assert board.git("status", "--porcelain") == status
    if state == "a rebase":
        board.write("clash.txt", "one\n")
        board.git("add", "clash.txt")
        board.git("rebase", "--continue", GIT_EDITOR=":")


def test_from_a_subfolder_a_record_goes_where_it_belongs(board: Repository) -> None:
    board.write("sub/deep/a.txt", "a\n")
    board.commit()
    below = Repository(board.root / "sub" / "deep", board.environ)
    board.write("sub/b.txt", "mine\n")
    board.git("add", "sub/b.txt")
    made = [
        ask(below, "new", "lesson", "From below", "--json"),
        ask(board, "new", "lesson", "By -C", "-C", "sub", "--json"),
        ask(board, "handoff", "--done", "all", "-C", "sub/deep", "--json"),
        ask(board, "handoff", "--done", "all", "-C", "memory", "--json"),
    ]
    for told in made:
        assert told.code == 0 and told.data["commit"]
        assert told.data["record"]["path"] in in_head(board)
    assert board.git("status", "--porcelain") == "A  sub/b.txt\n"


def test_a_lock_of_somebody_else_on_the_index_is_named_by_the_verb(
    board: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "LOCK_PAUSES", 3)
    lock = board.write(".git/index.lock", "")
    for words in (["new", "lesson", "One"], ["handoff", "--done", "half"]):
        told = ask(board, *words, "--json")
        (problem,) = told.problems
        assert told.code == 1 and str(lock) in problem["what"] and lock.owner() in problem["what"]
        assert (board.root / told.data["record"]["path"]).exists() and lock.exists()


def test_many_writers_in_two_work_trees_of_one_branch_lose_nothing(board: Repository) -> None:
    """Each brings the other work tree along; a person commits in both, by plain git."""
    board.write("mine.txt", "one\n")
    board.write("yours.txt", "one\n")
    board.commit()
    twin = Repository(board.root.parent / "twin", board.environ)
    board.git("worktree", "add", "-q", "-f", str(twin.root), "main")
    answered: set[str] = set()
    for number in range(2):
        runs = [
            nursery.Run(
                ["new", "lesson", f"{number} {at}", "--json"], str((board, twin)[at % 2].root),
                board.environ | {"SWARM_AGENT": f"agent-{at}"},
            )
            for at in range(6)
        ]  # fmt: skip
        ended = nursery.run(runs)
        assert [each.returncode for each in ended] == [0] * 6, [each.stderr for each in ended]
        answered |= {json.loads(each.stdout)["data"]["record"]["path"] for each in ended}
        for repo, path in ((board, "mine.txt"), (twin, "yours.txt")):
            repo.write(path, f"{number}\n")
            repo.git("commit", "-q", "-m", f"{path} {number}", "--", path)
            (board if repo is twin else twin).git("checkout", "-q", "HEAD", "--", path)
    assert len(answered) == 12 and answered <= in_head(board)
    for repo in (board, twin):
        assert repo.git("status", "--porcelain") == "" and answered <= records(repo)
    board.git("fsck", "--strict", "--no-dangling")


def test_many_writers_in_work_trees_of_their_own_branches_keep_apart(board: Repository) -> None:
    sides = [board]
    for name in ("left", "right"):
        sides.append(Repository(board.root.parent / name, board.environ))
        board.git("worktree", "add", "-q", "-b", name, str(sides[-1].root))
    ended = nursery.run(
        [
            nursery.Run(
                ["new", "lesson", f"By {at}", "--json"], str(sides[at % 3].root), board.environ
            )
            for at in range(9)
        ]
    )
    assert [each.returncode for each in ended] == [0] * 9, [each.stderr for each in ended]
    written = [json.loads(each.stdout)["data"]["record"]["path"] for each in ended]
    for at, side in enumerate(sides):
        own = set(written[at::3])
        assert own <= in_head(side) and not (set(written) - own) & in_head(side)
        assert side.git("status", "--porcelain") == ""


# --- what is said -------------------------------------------------------------------------------


def test_an_import_that_could_not_be_committed_does_not_answer_0(
    board: Repository, make_repository: Maker
) -> None:
    source = make_repository("source")
    for number in range(3):
        source.write(f"memory/lessons/L-60{number}.md", f"# L-60{number}: One\nSession: S1\n")
    source.commit()
    (board.root / ".git" / "MERGE_HEAD").write_text(board.git("rev-parse", "HEAD"))
    told = ask(board, "import", str(source.root), "--json")
    (problem,) = told.problems
    assert (told.code, told.data["written"], told.data["committed"]) == (1, 3, "")
    assert "3 records" in problem["what"] and "merge" in problem["what"]
    (board.root / ".git" / "MERGE_HEAD").unlink()
    follow(board, f"{problem['remedy']} -q -m imported")
    assert len(in_head(board) & {f"memory/lessons/L-60{at}-one.md" for at in range(3)}) == 3
    assert ask(board, "import", str(source.root), "--json").code == 0  # nothing is left to commit
    assert ask(board, "import", str(source.root), "--no-commit", "--json").code == 0


def test_an_error_of_git_names_what_git_was_asked_to_do(repo: Repository) -> None:
    place = index.Place(locate(repo.root, repo.environ), repo.root, repo.root / ".git", {})
    for asked in (
        ("read-tree", "nowhere"),
        ("-c", "a.b=c", "read-tree", "nowhere"),
        ("-C", ".", "-c", "a.b=c", "--no-pager", "read-tree", "nowhere"),
    ):
        with pytest.raises(GitError, match=r"^git read-tree: fatal: "):
            place.git(*asked)


def test_a_bare_repository_without_a_commit_says_so_and_what_to_do(
    make_repository: Maker, board: Repository
) -> None:
    bare = make_repository("bare.git", "--bare")
    for words in (
        ["list"],
        ["orient", "--for", "x"],
        ["new", "lesson", "x"],
        ["claim", "T-aaaaaa"],
    ):
        told = ask(bare, *words, "--json")
        (problem,) = told.problems
        assert told.code == 4 and "main has no commit yet" in problem["what"], words
        assert "no work tree" in problem["what"] and "git push" in problem["remedy"]
    follow(board, problem["remedy"].partition(" from ")[0])
    assert "T-aaaaaa" in ask(bare, "list", "--json").ids
    bare.git("symbolic-ref", "HEAD", "refs/heads/later")
    (problem,) = ask(bare, "list", "--json").problems
    assert "later has no commit" in problem["what"]
    follow(bare, problem["remedy"].rpartition(": ")[2].replace("BRANCH", "main"))
    assert ask(bare, "list").code == 0


# --- the merge driver ---------------------------------------------------------------------------

BASE = """\
---
id: L-7k3qfa
cites: [L-01cq8d]
status: open
---
# Small batches win

First paragraph.

Second paragraph.
"""
LINE = "x" * 1_000_000
MARKED = "<<<<<<< ours\nFirst\n=======\nNot\n>>>>>>> theirs\n"
IDS = ", ".join(f"L-{at:06}" for at in range(5_000))
KEYS = "".join(f"k{at}: 1\n" for at in range(3_000))
HOSTILE: dict[str, bytes] = {
    "nothing": b"",
    "a NUL": BASE.replace("First", "Fi\0rst").encode(),
    "only NULs": b"\0" * 10_000,
    "no UTF-8": BASE.encode().replace(b"First", b"\xff\xfeFirst"),
    "half a letter": BASE.encode() + b"\xe2\x82",
    "UTF-16": BASE.encode("utf-16"),
    "conflict markers": BASE.replace("First", MARKED).encode(),
    "a marker in the head": BASE.replace("status", "=======\nstatus").encode(),
    "a line of a megabyte": BASE.replace("First", LINE).encode(),
    "a title of a megabyte": BASE.replace("Small", LINE).encode(),
    "a value of a megabyte": BASE.replace("open", LINE).encode(),
    "a list of many": BASE.replace("L-01cq8d", IDS).encode(),
    "many keys": BASE.replace("status", KEYS + "status").encode(),
    "deep": BASE.replace("[L-01cq8d]", "[" * 3_000 + "]" * 3_000).encode(),
    "aliases": BASE.replace("[L-01cq8d]", "&a [*a, *a]").encode(),
    "a head that never ends": b"---\nid: L-7k3qfa\n" * 500,
    "only carriage returns": BASE.replace("\n", "\r").encode(),
    "two kinds of newline": BASE.replace("status: open\n", "status: open\r\n").encode(),
    "a mark of byte order": b"\xef\xbb\xbf" + BASE.encode(),
    "terminal escapes": BASE.replace("First", "\x1b]0;x\x07\x1b[2J").encode(),
}
OTHER = BASE.replace("open", "closed").replace("Second", "2nd").encode()


def driven(repo: Repository, base: bytes, ours: bytes, theirs: bytes) -> tuple[int, bytes, bool]:
    """What the driver makes of three versions: its code, the result, whether as a record."""
    for name, raw in (("base", base), ("ours", ours), ("theirs", theirs)):
        repo.write(name, raw)
    told = ask(repo, "merge-driver", "--json", "base", "ours", "theirs", "tasks/T-1.md", "7",
               "-C", str(repo.root))  # fmt: skip
    assert told.code in (0, 1), told.err
    assert tree_bytes(repo.root).keys() == {"base", "ours", "theirs"}
    assert (repo.root / "base").read_bytes() == base
    assert (repo.root / "theirs").read_bytes() == theirs
    assert told.code == bool(told.data["conflicts"])
    return told.code, (repo.root / "ours").read_bytes(), told.data["as_record"]


def by_git(repo: Repository, base: bytes, ours: bytes, theirs: bytes) -> tuple[int, bytes]:
    for name, raw in (("base", base), ("ours", ours), ("theirs", theirs)):
        repo.write(name, raw)
    labels = ("-L", "ours", "-L", "base", "-L", "theirs")
    done = subprocess.run(
        ["git", "merge-file", "-q", *labels, "ours", "base", "theirs"], cwd=repo.root,
        env=repo.environ, capture_output=True, check=False,
    )  # fmt: skip
    return done.returncode, (repo.root / "ours").read_bytes()


@pytest.mark.parametrize("hostile", HOSTILE)
def test_the_merge_driver_loses_nothing_of_what_no_record_should_be(
    repo: Repository, monkeypatch: pytest.MonkeyPatch, hostile: str
) -> None:
    """What it cannot read it leaves to git, to the byte; what it can, it keeps on both sides."""
    monkeypatch.chdir(repo.root)
    odd, base = HOSTILE[hostile], BASE.encode()
    assert driven(repo, base, odd, odd)[:2] == (0, odd)
    assert driven(repo, base, odd, base)[1] == odd
    assert driven(repo, base, base, odd)[1] == odd
    for three in ((base, odd, OTHER), (base, OTHER, odd), (odd, base, OTHER)):
        code, raw, as_record = driven(repo, *three)
        if not as_record:
            ended, expected = by_git(repo, *three)
            assert raw == expected and bool(code) == bool(ended)
        else:
            brought = {line for each in three[1:] for line in each.splitlines()}
            brought -= set(three[0].splitlines())
            lost = {line for line in brought if line not in raw}
            assert code or not {line for line in lost if b":" not in line}, lost


@pytest.mark.parametrize("missing", ["base", "ours", "theirs"])
@pytest.mark.parametrize("instead", ["nothing", "a folder", "a link to nowhere"])
def test_the_merge_driver_changes_nothing_when_a_version_is_not_there(
    repo: Repository, monkeypatch: pytest.MonkeyPatch, missing: str, instead: str
) -> None:
    monkeypatch.chdir(repo.root)
    for name in {"base", "ours", "theirs"} - {missing}:
        repo.write(name, BASE)
    if instead == "a folder":
        (repo.root / missing).mkdir()
    elif instead != "nothing":
        (repo.root / missing).symlink_to("nowhere")
    before = tree_bytes(repo.root)
    told = ask(repo, "merge-driver", "base", "ours", "theirs")
    assert (told.code, told.out) == (1, b"") and missing.encode() in told.err
    assert tree_bytes(repo.root) == before
