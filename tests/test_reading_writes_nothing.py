"""Law 2: no read verb changes a byte of the work tree, the index, a ref or anything else of git's.

Everything below the repository is hashed before and after, but for the cache.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from boards import lesson
from conftest import Maker, Repository

from swarm import cli

READS = [
    ["list"],
    ["list", "lesson", "--where", "confidence=observed"],
    ["show", "L-7k3qfa"],
    ["show", "memory/lessons/L-cr1f00.md"],
    ["find", "batches"],
    ["find", "no such words at all"],
    ["doctor"],
    ["doctor", "--rebuild"],
    ["dispatch"],
    ["list", "--help"],
]
FAILING = [
    ["show", "L-n0here"],
    ["show", "L-"],
    ["list", "dragon"],
    ["list", "--where", "x"],
    ["list", "--no-such-option"],
    ["find", "x", "-k", "0"],
    ["find", "x", "--at", "nonsense"],
    ["doctor", "--rebuild", "--at", "nonsense"],
    ["-C", "nowhere", "list"],
    ["lsit"],
    ["dispatch", "--claim", "--at", "HEAD"],
]


def picture(root: Path) -> dict[str, tuple[int, str]]:
    """Everything below a folder but the cache: its mode, and its content or where it leads."""
    seen = {}
    for folder, folders, names in os.walk(os.fsencode(root)):
        if folder.endswith(b"/swarm/cache"):
            folders.clear()
            continue
        for name in [*folders, *names]:
            path = folder + b"/" + name
            mode = os.lstat(path).st_mode
            if os.path.islink(path):  # noqa: PTH114 - the names are bytes
                content = os.readlink(path)  # noqa: PTH115
            elif os.path.isfile(path):  # noqa: PTH113
                with open(path, "rb") as file:  # noqa: PTH123
                    content = file.read()
            else:
                content = b""
            seen[os.fsdecode(path)] = mode, hashlib.sha256(content).hexdigest()
    return {
        path: each for path, each in seen.items() if not path.endswith(("/swarm", "/swarm/cache"))
    }


def times(root: Path) -> dict[str, int]:
    """When each file of the work tree was last written."""
    return {
        str(path): path.lstat().st_mtime_ns
        for path in root.rglob("*")
        if ".git" not in path.relative_to(root).parts
    }


@pytest.fixture
def messy(repo: Repository) -> Repository:
    """Staged, unstaged, untracked, ignored, conflicting, stashed; stale entries in the index."""
    repo.write("memory/lessons/L-7k3qfa-small.md", lesson("L-7k3qfa", "Small batches win"))
    repo.write("memory/lessons/L-01cq8d-locks.md", lesson("L-01cq8d", "Take the lock first"))
    repo.write("memory/lessons/L-cr1f00.md", lesson("L-cr1f00", "Windows").replace("\n", "\r\n"))
    repo.write("memory/lessons/L-b0m000.md", "\ufeff" + lesson("L-b0m000", "Byte order mark"))
    repo.write(
        "memory/lessons/L-m1xed0.md", "---\r\nid: L-m1xed0\n---\r\n# Mixed, no newline at the end"
    )
    repo.write("memory/lessons/L-bad000.md", b"---\nid: [\n---\n# \xff\n")
    repo.write("beliefs/B-4tq0aa.md", "# B-4tq0aa: One\nStatus: aspirational\n")
    repo.write("swarm.toml", '[sources]\npages = ["docs/*.md"]\n')
    repo.write("docs/one.md", "# One\n")
    repo.write(".gitignore", "ignored/\n*.log\n")
    repo.commit()
    repo.git("branch", "other")
    repo.write("beliefs/B-4tq0aa.md", "# B-4tq0aa: Stashed\nStatus: aspirational\n")
    repo.git("stash", "-q")
    repo.write("beliefs/B-4tq0aa.md", "# B-4tq0aa: Two\nStatus: aspirational\n")
    repo.commit()
    repo.git("checkout", "-q", "other")
    repo.write("beliefs/B-4tq0aa.md", "# B-4tq0aa: Three\nStatus: aspirational\n")
    repo.commit()
    repo.git("tag", "-a", "-m", "v1", "v1")
    repo.git("worktree", "add", "-q", "--detach", "../wt")
    repo.environ["GIT_MERGE_AUTOEDIT"] = "no"
    conflict = Repository(repo.root, repo.environ)
    with pytest.raises(AssertionError):
        conflict.git("merge", "-q", "main")
    repo.write("memory/lessons/L-staged.md", lesson("L-staged", "Staged"))
    repo.git("add", "memory/lessons/L-staged.md")
    repo.git("update-index", "--chmod=+x", "memory/lessons/L-01cq8d-locks.md")
    repo.write("memory/lessons/L-1ntent.md", lesson("L-1ntent", "Intended"))
    repo.git("add", "-N", "memory/lessons/L-1ntent.md")
    repo.write("memory/lessons/L-staged.md", lesson("L-staged", "Staged, then changed"))
    repo.git("rm", "-q", "--cached", "memory/lessons/L-b0m000.md")
    (repo.root / "memory/lessons/L-m1xed0.md").chmod(0o600)
    repo.write("memory/lessons/L-n0tyet.md", lesson("L-n0tyet", "Untracked"))
    repo.write("ignored/x.md", "ignored\n")
    repo.write("memory/x.log", "ignored\n")
    (repo.root / "memory/lessons/L-1nk000.md").symlink_to("L-7k3qfa-small.md")
    os.utime(repo.root / "memory/lessons/L-7k3qfa-small.md", ns=(1, 1))  # git would look again
    repo.git("config", "core.autocrlf", "input")
    return repo


def entered(repo: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be in the repository, with its environment, as the command line is."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    for name, value in repo.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(repo.root)


def test_the_picture_would_show_what_git_itself_writes_when_it_reads(messy: Repository) -> None:
    before = picture(messy.root)
    messy.git("status")
    assert {path for path, each in picture(messy.root).items() if each != before[path]} == {
        str(messy.root / ".git/index")
    }


@pytest.mark.parametrize("state", ["cold", "warm", "stale"])
def test_no_read_changes_a_byte(
    messy: Repository, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    entered(messy, monkeypatch)
    parent = messy.root.parent
    if state != "cold":
        cli.run(["list"])
        cli.run(["list", "--at", "HEAD"])
    if state == "stale":
        messy.write("memory/lessons/L-1ater0.md", lesson("L-1ater0", "Later").replace("\n", "\r\n"))
    before, then = picture(parent), times(messy.root)
    for at in ([], ["--at", "HEAD"], ["--at", "v1~1"]):
        for arguments in READS:
            code = cli.run([*arguments, *at])
            assert code in (0, 1), arguments
            assert picture(parent) == before, arguments
    for arguments in FAILING:
        assert cli.run(arguments) in (2, 3, 4), arguments
        assert picture(parent) == before, arguments
    assert times(messy.root) == then


@pytest.mark.parametrize("as_json", [[], ["--json"]])
def test_no_process_that_reads_changes_a_byte(messy: Repository, as_json: list[str]) -> None:
    before, then = picture(messy.root.parent), times(messy.root)
    for arguments in (["list"], ["show", "L-7k3qfa"], ["find", "batches"], ["doctor", "--rebuild"]):
        assert messy.swarm(*arguments, *as_json).returncode in (0, 1)
        assert messy.swarm(*arguments, *as_json, "--at", "HEAD").returncode in (0, 1)
    assert picture(messy.root.parent) == before
    assert times(messy.root) == then


def test_no_read_changes_a_byte_of_a_linked_worktree(
    messy: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    side = Repository(messy.root.parent / "wt", messy.environ)
    entered(side, monkeypatch)
    before = picture(messy.root.parent)
    for arguments in READS:
        cli.run(arguments)
        assert picture(messy.root.parent) == before, arguments


@pytest.mark.parametrize("shape", ["sparse", "split", "bare", "shallow", "empty"])
def test_no_read_changes_a_byte_of_an_unusual_repository(
    messy: Repository, make_repository: Maker, monkeypatch: pytest.MonkeyPatch, shape: str
) -> None:
    options = {"bare": ["--bare"], "shallow": ["--depth=1"]}.get(shape, [])
    if shape == "empty":
        unusual = make_repository("unusual")
    else:
        messy.git("clone", "-q", *options, f"file://{messy.root}", "../unusual")
        unusual = Repository(messy.root.parent / "unusual", messy.environ)
    if shape == "sparse":
        unusual.git("sparse-checkout", "set", "docs")
    if shape == "split":
        unusual.git("update-index", "--split-index")
    entered(unusual, monkeypatch)
    before = picture(unusual.root)
    for arguments in READS:
        cli.run(arguments)
        assert picture(unusual.root) == before, arguments


def test_a_repository_that_is_no_blackboard_is_left_alone(
    make_repository: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = make_repository("plain")
    repo.write("README.md", "# Nothing here\n")
    repo.commit()
    entered(repo, monkeypatch)
    before = picture(repo.root)
    for arguments in READS:
        cli.run(arguments)
    assert picture(repo.root) == before
    assert repo.git("status", "--porcelain") == ""
    assert not (repo.root / "memory").exists()


def test_the_cache_is_the_only_trace(messy: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing beside it: no lock, no journal, no file in the system's folder for such."""
    scratch = messy.root.parent / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    for arguments in READS:
        messy.swarm(*arguments, TMPDIR=str(scratch))
    assert list(scratch.iterdir()) == []
    assert [path.name for path in (messy.root / ".git/swarm").rglob("*")] == [
        "cache",
        "board-5.0.sqlite",
    ]
