"""Wherever git works, swarm works: each claim on a real repository of that shape."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from boards import cache_files, created, dump, found, ids, lesson, rebuilt, told
from conftest import Maker, Repository

from swarm import git
from swarm.errors import NotFound

ALL = ["B-4tq0aa", "L-01cq8d", "L-7k3qfa"]


def settle(repo: Repository) -> Repository:
    """Two lessons and a belief, committed."""
    repo.write("memory/lessons/L-01cq8d-locks.md", lesson("L-01cq8d", "Take the lock first"))
    repo.write("memory/lessons/L-7k3qfa-small.md", lesson("L-7k3qfa", "Small batches win"))
    repo.write(
        "beliefs/B-4tq0aa-nobody-waits.md",
        "---\nid: B-4tq0aa\nevidence: seen\nfalsified_if: waits\nstatus: aspirational\n"
        "cites: [L-7k3qfa]\n---\n# Nobody waits\n",
    )
    repo.commit("three records")
    return repo


@pytest.fixture
def colony(repo: Repository) -> Repository:
    return settle(repo)


def inside(repo: Repository, folder: Path | str) -> Repository:
    """The same repository, entered by another door."""
    return Repository(repo.root / folder, repo.environ, repo.when)


def works(repo: Repository, *options: str, expected: list[str] | None = None) -> None:
    """list answers as it should in a process; show and find do in this one."""
    expected = ALL if expected is None else expected
    done = repo.swarm("list", "--json", *options)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert ids(json.loads(done.stdout)) == expected
    at = options[options.index("--at") + 1] if "--at" in options else None
    start = repo.root / options[options.index("-C") + 1] if "-C" in options else repo.root
    board = Repository(start, repo.environ).board(at)
    try:
        record = board.get(expected[-1])
        assert record.id == expected[-1]
        assert record.id in found(board, record.title)
    finally:
        board.close()


# The environment


def test_every_variable_that_ties_git_to_one_repository_is_scrubbed() -> None:
    listed = subprocess.run(
        ["git", "rev-parse", "--local-env-vars"], capture_output=True, text=True, check=True
    )
    assert set(listed.stdout.split()) <= git.LOCAL_VARIABLES


def test_variables_of_a_hook_in_another_repository_change_nothing(
    colony: Repository, make_repository: Maker
) -> None:
    other = make_repository("other")
    other.lesson("L-0ther1", "Somewhere else")
    other.commit()
    there = str(other.root / ".git")
    expected = told(colony, "list")
    assert expected == told(
        colony, "list", GIT_DIR=there, GIT_WORK_TREE=str(other.root), GIT_COMMON_DIR=there,
        GIT_INDEX_FILE=f"{there}/index", GIT_OBJECT_DIRECTORY=f"{there}/objects", GIT_PREFIX="x/",
        GIT_CONFIG_COUNT="1", GIT_CONFIG_KEY_0="core.bare", GIT_CONFIG_VALUE_0="true",
    )  # fmt: skip
    assert not (other.root / ".git" / "swarm").exists()


CONFIG = {
    "colours": "[color]\nui = always\ndiff = always",
    "signatures": "[log]\nshowSignature = true",
    "no prefix": "[diff]\nnoprefix = true\nmnemonicPrefix = true",
    "quoted paths": "[core]\nquotePath = true",
    "unquoted paths": "[core]\nquotePath = false",
    "relative dates": "[log]\ndate = relative",
    "pager": "[core]\npager = false\n[pager]\nlog = false\nls-files = false",
    "copies": "[diff]\nrenames = copies\nrenameLimit = 1",
    "aliases": "[alias]\nlog = !false\nls-tree = !false\nrev-parse = !false\ncat-file = !echo no",
    "follow": "[log]\nfollow = true",
    "no root diff": "[log]\nshowRoot = false",
    "decorations": "[log]\ndecorate = full\nabbrevCommit = true\n[core]\nabbrev = 4",
    "pretty": "[format]\npretty = oneline\n[log]\nmailmap = true",
    "merge diffs": "[log]\ndiffMerges = combined",
    "external diff": "[diff]\nexternal = false\n[core]\nattributesFile = /dev/null",
    "encoding": "[i18n]\nlogOutputEncoding = UTF-16\ncommitEncoding = latin1",
    "relative diff": "[diff]\nrelative = true\nignoreSubmodules = all\nsubmodule = log",
    "submodules": "[submodule]\nrecurse = true\n[status]\nshowUntrackedFiles = no",
    "quiet advice": "[advice]\nobjectNameWarning = false\n[core]\nwarnAmbiguousRefs = false",
}


@pytest.mark.parametrize("setting", CONFIG)
def test_no_git_setting_of_the_user_changes_an_answer(colony: Repository, setting: str) -> None:
    plain = rebuilt(colony)
    config = colony.root.parent / "config"
    config.write_text(CONFIG[setting] + "\n")
    colony.environ["GIT_CONFIG_GLOBAL"] = str(config)
    assert rebuilt(colony) == plain
    assert rebuilt(colony, "HEAD") == plain


ENVIRONMENT = {
    "pagers": {"GIT_PAGER": "false", "PAGER": "false", "LESS": "-X"},
    "tracing": {"GIT_TRACE": "1", "GIT_TRACE_SETUP": "1"},
    "glob pathspecs": {"GIT_GLOB_PATHSPECS": "1"},
    "icase pathspecs": {"GIT_ICASE_PATHSPECS": "1"},
    "noglob pathspecs": {"GIT_NOGLOB_PATHSPECS": "1"},
    "external diff": {"GIT_EXTERNAL_DIFF": "false", "GIT_DIFF_OPTS": "-u0"},
    "language": {"LC_ALL": "de_DE.UTF-8", "LANGUAGE": "de", "LANG": "de_DE.UTF-8"},
    "locks": {"GIT_OPTIONAL_LOCKS": "1"},
    "replace refs": {"GIT_NO_REPLACE_OBJECTS": "1", "GIT_REPLACE_REF_BASE": "refs/heads/"},
    "namespace": {"GIT_NAMESPACE": "elsewhere"},
    "columns": {"COLUMNS": "3", "TERM": "dumb"},
}


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_no_variable_of_the_user_changes_an_answer(colony: Repository, name: str) -> None:
    plain = rebuilt(colony)
    colony.environ |= ENVIRONMENT[name]
    assert rebuilt(colony) == plain
    assert rebuilt(colony, "HEAD") == plain


# Places


def test_a_subfolder_is_as_good_as_the_root(colony: Repository) -> None:
    folder = colony.write("src/deep/x.py", "").parent
    works(inside(colony, folder))
    works(inside(colony, "memory/lessons"))
    works(inside(colony, "/"), "-C", str(folder))


def test_a_link_to_a_subfolder_leads_into_its_repository(colony: Repository) -> None:
    folder = colony.write("src/deep/x.py", "").parent
    link = colony.root.parent / "link"
    link.symlink_to(folder)
    works(inside(colony, "/"), "-C", str(link))


def test_a_linked_worktree_sees_its_own_files_and_shares_the_cache(colony: Repository) -> None:
    colony.git("worktree", "add", "-q", "-b", "side", "../wt")
    side = inside(colony, "../wt")
    side.lesson("L-s1de00", "Only here")
    (side.root / "memory/lessons/L-01cq8d-locks.md").unlink()
    works(side, expected=["B-4tq0aa", "L-7k3qfa", "L-s1de00"])
    works(colony)
    works(inside(side, "memory"), "--at", "HEAD")
    assert len(cache_files(colony.root / ".git")) == 1
    assert not (colony.root / ".git/worktrees/wt/swarm").exists()


def test_a_detached_head(colony: Repository) -> None:
    colony.lesson("L-1ater0", "Later")
    colony.commit()
    colony.git("checkout", "-q", "--detach", "HEAD~1")
    works(colony)
    assert created(colony)["L-01cq8d"] == "2023-11-14T23:13:20Z"


def test_before_the_first_commit_there_are_files_and_no_revision(repo: Repository) -> None:
    assert ids(told(repo, "list")) == []
    repo.lesson("L-7k3qfa", "Small batches win")
    works(repo, expected=["L-7k3qfa"])
    assert created(repo) == {"L-7k3qfa": ""}
    assert "HEAD" in told(repo, "list", "--at", "HEAD", code=4)["problems"][0]["what"]
    repo.commit()
    assert created(repo)["L-7k3qfa"] == "2023-11-14T23:13:20Z"


def test_an_unborn_branch_forgets_the_history_of_the_one_before(colony: Repository) -> None:
    assert created(colony)["L-01cq8d"]
    colony.git("checkout", "-q", "--orphan", "fresh")
    assert set(created(colony).values()) == {""}
    assert dump(colony) == rebuilt(colony)


def test_a_bare_repository_answers_from_head_or_any_revision(
    colony: Repository, make_repository: Maker
) -> None:
    bare = make_repository("bare.git", "--bare")
    assert told(bare, "list", code=4)["problems"][0]["what"]
    colony.git("push", "-q", "../bare.git", "main")
    colony.lesson("L-1ater0", "Later")
    colony.commit()
    colony.git("push", "-q", "../bare.git", "main")
    works(bare, expected=[*ALL[:2], "L-1ater0", ALL[2]])
    works(inside(bare, "refs"), "--at", "main~1")
    assert "work tree" in told(bare, "new", "lesson", "x", code=2)["problems"][0]["what"]


def test_inside_the_git_directory_head_is_read(colony: Repository) -> None:
    works(inside(colony, ".git"))
    works(inside(colony, ".git/refs/heads"))
    works(inside(colony, ".git"), "--at", "HEAD")


def test_sha256_repositories(make_repository: Maker) -> None:
    repo = settle(make_repository("long", "--object-format=sha256"))
    works(repo)
    works(repo, "--at", repo.git("rev-parse", "HEAD").strip())
    assert dump(repo) == dump(repo, "HEAD")
    repo.git("worktree", "add", "-q", "-b", "side", "../wt")
    works(inside(repo, "../wt"))


def test_a_separate_git_directory(make_repository: Maker, tmp_path: Path) -> None:
    repo = settle(make_repository("apart", f"--separate-git-dir={tmp_path / 'elsewhere'}"))
    works(repo)
    works(inside(repo, "memory"))
    assert len(cache_files(tmp_path / "elsewhere")) == 1


def test_core_worktree_moves_the_work_tree(colony: Repository) -> None:
    moved = colony.root.parent / "moved"
    moved.mkdir()
    (moved / ".git").write_text(f"gitdir: {colony.root / '.git'}\n")
    colony.git("config", "core.worktree", str(moved))
    there = inside(colony, moved)
    there.git("checkout", "-q", "-f")
    works(there)
    there.lesson("L-n0tyet", "In the work tree only")
    works(there, expected=[*ALL, "L-n0tyet"])
    works(inside(colony, ".git"))


def test_a_work_tree_below_the_folder_of_its_repository(colony: Repository) -> None:
    colony.git("config", "core.worktree", str(colony.root / "memory"))
    inner = inside(colony, "memory")
    inner.lesson("L-1nner0", "Deeper")
    works(inner, expected=["L-1nner0"])


def test_a_submodule_is_a_blackboard_of_its_own(colony: Repository, make_repository: Maker) -> None:
    module = make_repository("module")
    module.lesson("L-m0du1e", "Of the module")
    module.commit()
    allow = ("-c", "protocol.file.allow=always")
    colony.git(*allow, "submodule", "--quiet", "add", str(module.root), "vendor/module")
    colony.git(*allow, "submodule", "--quiet", "add", str(module.root), "memory/lessons/module")
    colony.commit()
    answer = told(colony, "list")
    assert ids(answer) == ALL
    assert [each["path"] for each in answer["problems"]] == ["memory/lessons/module"]
    works(inside(colony, "vendor/module"), expected=["L-m0du1e"])
    works(inside(colony, "memory/lessons/module/memory"), expected=["L-m0du1e"])


@pytest.mark.parametrize("cone", ["--cone", "--no-cone"])
@pytest.mark.parametrize("index", ["plain", "split", "sparse"])
def test_records_that_sparse_checkout_leaves_out_are_still_read(
    colony: Repository, cone: str, index: str
) -> None:
    colony.write("src/x.py", "")
    colony.write("docs/x.md", "# A page\n")
    colony.write("swarm.toml", '[sources]\npages = ["docs/*.md"]\n')
    colony.commit()
    whole = dump(colony)
    if index == "split":
        colony.git("update-index", "--split-index")
    if index == "sparse":
        colony.git("config", "index.sparse", "true")
    colony.git("sparse-checkout", "set", cone, "src")
    assert not (colony.root / "memory").exists()
    works(colony, expected=[*ALL, "docs/x.md"])
    works(inside(colony, "src"), expected=[*ALL, "docs/x.md"])
    assert dump(colony) == whole
    colony.git("sparse-checkout", "disable")
    assert dump(colony) == whole


def test_a_sparse_worktree_leaves_the_whole_one_alone(colony: Repository) -> None:
    whole = dump(colony)
    colony.git("worktree", "add", "-q", "--no-checkout", "-b", "side", "../wt")
    side = inside(colony, "../wt")
    side.git("sparse-checkout", "set", "beliefs")
    side.git("checkout", "-q")
    assert dump(side) == whole
    assert dump(colony) == whole


def test_line_endings_that_git_converts_stay_as_they_lie(colony: Repository) -> None:
    colony.git("config", "core.autocrlf", "true")
    colony.git("rm", "-q", "-r", "--cached", ".")
    colony.git("reset", "-q", "--hard")
    path = colony.root / "memory/lessons/L-7k3qfa-small.md"
    raw = path.read_bytes()
    assert b"\r\n" in raw
    works(colony)
    works(colony, "--at", "HEAD")
    assert dump(colony) == rebuilt(colony)
    assert path.read_bytes() == raw


# Hooks


def hook(repo: Repository, command: str, folder: Path | None = None) -> Path:
    """A pre-commit hook that keeps its environment and what swarm says in it."""
    folder = folder or repo.root / ".git" / "hooks"
    folder.mkdir(exist_ok=True)
    out = repo.root.parent / "hook"
    out.mkdir()
    script = folder / "pre-commit"
    script.write_text(
        f"#!/bin/sh\nenv >{shlex.quote(str(out))}/env\n"
        f"{shlex.quote(sys.executable)} -m swarm {command} "
        f">{shlex.quote(str(out))}/out 2>{shlex.quote(str(out))}/err || exit 1\n"
    )
    script.chmod(0o755)
    return out


COMMITS = {
    "commit": ["commit", "-q", "-m", "x"],
    "commit -a": ["commit", "-q", "-a", "-m", "x"],
    "commit -- path": ["commit", "-q", "-m", "x", "--", ":/README.md"],
    "commit --amend": ["commit", "-q", "--amend", "-m", "x"],
}


@pytest.mark.parametrize("place", ["main", "linked worktree", "subfolder"])
@pytest.mark.parametrize("commit", COMMITS)
def test_inside_a_commit_hook(colony: Repository, commit: str, place: str) -> None:
    colony.write("README.md", "# before\n")
    colony.commit()
    colony.git("worktree", "add", "-q", "-b", "side", "../wt")
    repo = inside(colony, "../wt") if place == "linked worktree" else colony
    out = hook(colony, "list --json")
    repo.write("README.md", "# after\n")
    repo.write("src/x.py", "")
    repo.lesson("L-n0tyet", "Not committed yet")
    if commit == "commit":
        repo.git("add", "README.md")
    inside(repo, "src" if place == "subfolder" else ".").git(*COMMITS[commit])
    assert "GIT_INDEX_FILE=" in (out / "env").read_text()
    assert ids(json.loads((out / "out").read_text())) == [*ALL, "L-n0tyet"]
    assert (out / "err").read_text() == ""
    if commit != "commit --amend":
        assert repo.git("show", "--name-only", "--format=").split() == ["README.md"]
    left = repo.git("status", "--porcelain", "-uall").split("\n")
    assert "?? memory/lessons/L-n0tyet-not-committed-yet.md" in left


def test_inside_a_hook_of_a_hooks_path(colony: Repository) -> None:
    out = hook(colony, "find batches --json", colony.root.parent / "my hooks")
    colony.git("config", "core.hooksPath", "../my hooks")
    colony.lesson("L-n0tyet", "Batches again")
    colony.commit()
    assert "L-n0tyet" in ids(json.loads((out / "out").read_text()))


def test_inside_rebase_exec_and_an_alias(colony: Repository) -> None:
    colony.lesson("L-1ater0", "Later")
    colony.commit()
    swarm = f"{shlex.quote(sys.executable)} -m swarm list --json"
    colony.git("rebase", "-q", "--exec", f"{swarm} >../exec.json", "HEAD~1")
    assert len(ids(json.loads((colony.root.parent / "exec.json").read_text()))) == 4
    colony.git("config", "alias.board", f"!{swarm}")
    assert len(ids(json.loads(inside(colony, "memory").git("board")))) == 4


def test_a_push_hook_in_a_bare_repository_reads_it(
    colony: Repository, make_repository: Maker
) -> None:
    bare = make_repository("bare.git", "--bare")
    script = bare.root / "hooks" / "post-receive"
    script.parent.mkdir(exist_ok=True)
    script.write_text(f"#!/bin/sh\n{shlex.quote(sys.executable)} -m swarm list --json >out.json\n")
    script.chmod(0o755)
    colony.git("push", "-q", "../bare.git", "main")
    assert ids(json.loads((bare.root / "out.json").read_text())) == ALL


# Names


FILES = {
    "latin-1": b"L-0000aa-caf\xe9.md",
    "any bytes": bytes([*b"L-0000aa-", *range(0x80, 0x100), *b".md"]),
    "utf-8": "L-0000aa-café-研究.md".encode(),
    "decomposed": b"L-0000aa-cafe\xcc\x81.md",
    "newline": b"L-0000aa-a\nb.md",
    "newline at the end": b"L-0000aa-a\n.md",
    "tab": b"L-0000aa-a\tb.md",
    "control characters": b"L-0000aa-\x01\x02\x1b[31m.md",
    "quotes": b'L-0000aa-"it\'s".md',
    "backslash": b"L-0000aa-a\\xe9\\n.md",
    "wildcards": b"L-0000aa-*?[a]{b}.md",
    "spaces": b"L-0000aa-  a  b  .md",
    "dash": b"-L-0000aa.md",
    "pathspec magic": b":(glob)L-0000aa.md",
    "exclamation": b"!L-0000aa.md",
    "dollar": b"L-0000aa-$HOME-`id`-$(id).md",
    "long": b"L-0000aa-" + b"x" * 240 + b".md",
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("folder", [b"", b"caf\xe9/2024-01/a\nb/"])
def test_a_record_is_found_under_any_file_name(repo: Repository, name: str, folder: bytes) -> None:
    path = os.fsencode(repo.root) + b"/memory/lessons/" + folder + FILES[name]
    Path(os.fsdecode(path)).parent.mkdir(parents=True)
    Path(os.fsdecode(path)).write_text(lesson("L-0000aa", "Any name"))
    repo.write("memory/lessons/L-7k3qfa-small.md", lesson("L-7k3qfa", "Small batches win"))
    assert created(repo) == {"L-0000aa": "", "L-7k3qfa": ""}
    repo.commit()
    when = "2023-11-14T23:13:20Z"
    assert created(repo) == {"L-0000aa": when, "L-7k3qfa": when}
    assert created(repo, "HEAD") == {"L-0000aa": when, "L-7k3qfa": when}
    assert dump(repo) == rebuilt(repo) == dump(repo, "HEAD")


def test_no_file_name_reaches_the_terminal_raw(repo: Repository) -> None:
    for name in FILES.values():
        path = os.fsencode(repo.root) + b"/memory/lessons/" + name
        Path(os.fsdecode(path)).parent.mkdir(parents=True, exist_ok=True)
        Path(os.fsdecode(path)).write_text("no record\n")
    for verb in ("doctor", "list"):
        done = repo.swarm(verb)
        assert "L-0000aa" in done.stdout
        assert not {"\x1b", "\x01", "\x80"} & {*done.stdout, *done.stderr}


ROOTS = {
    "spaces": "a  b c ",
    "quotes": 'it\'s "so"',
    "unicode": "研究 🐜",
    "newline": "a\nb",
    "newlines at the end": "a\n\n",
    "separator": "--swarm-next",
    "separator on a line": "a\n--swarm-next\nb",
    "latin-1": "caf\udce9",
    "percent, question mark, hash": "100%25?mode=memory#x",
    "leading dash": "-C",
    "backslash": "a\\n",
    "file uri": "file:board",
}


@pytest.mark.parametrize("name", ROOTS)
def test_a_repository_folder_may_have_any_name(make_repository: Maker, name: str) -> None:
    repo = settle(make_repository(ROOTS[name]))
    works(repo)
    works(inside(repo, "memory"), "--at", "HEAD")
    assert dump(repo) == rebuilt(repo)
    assert len(cache_files(repo.root / ".git")) == 1
    repo.git("clone", "-q", "--bare", ".", "../bare" + ROOTS[name])
    works(inside(repo, "../bare" + ROOTS[name]))


@pytest.mark.parametrize("branch", ["a\u3000b\u00a0c", "研究/🐜", "caf\udce9", "a@b", "x\u2028y"])
def test_a_branch_may_have_any_name_that_git_allows(colony: Repository, branch: str) -> None:
    colony.git("update-ref", f"refs/heads/{branch}", "HEAD")
    colony.git("symbolic-ref", "HEAD", f"refs/heads/{branch}")
    repo = git.locate(colony.root, colony.environ)
    assert repo.branch == f"refs/heads/{branch}"
    assert repo.grafts == ""
    assert dump(colony) == rebuilt(colony)


@pytest.mark.parametrize("ref", ["refs/heads/HEAD", "refs/tags/HEAD", "refs/remotes/HEAD/HEAD"])
def test_a_ref_that_is_called_head_confuses_nobody(colony: Repository, ref: str) -> None:
    """A fetched tag is enough for this."""
    honest = dump(colony)
    tree = colony.git("rev-parse", "HEAD^{tree}").strip()
    colony.git("update-ref", ref, colony.git("commit-tree", tree, "-m", "x").strip())
    assert git.locate(colony.root, colony.environ).branch == "refs/heads/main"
    assert dump(colony) == honest == rebuilt(colony)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8", "cp1252"])
def test_json_is_utf8_or_plain_ascii_whatever_the_terminal_speaks(
    repo: Repository, encoding: str
) -> None:
    repo.lesson("L-7k3qfa", "小さな束")
    done = subprocess.run(
        [sys.executable, "-m", "swarm", "list", "--json"], cwd=repo.root, capture_output=True,
        env=repo.environ | {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["data"]["records"][0]["title"] == "小さな束"


# History that is not what it seems


def test_replace_refs_count_as_long_as_they_stand(colony: Repository) -> None:
    honest = dump(colony)
    head = colony.git("rev-parse", "HEAD").strip()
    raw = colony.git("cat-file", "commit", head).replace("1700003600", "1500000000")
    other = colony.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=raw.encode()).strip()
    colony.git("replace", head, other)
    assert created(colony)["L-7k3qfa"] == "2017-07-14T02:40:00Z"
    assert dump(colony) == rebuilt(colony)
    third = raw.replace("1500000000", "1400000000").encode()
    oid = colony.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=third).strip()
    colony.git("replace", "-f", head, oid)
    assert created(colony)["L-7k3qfa"] == "2014-05-13T16:53:20Z"
    colony.git("replace", "-d", head)
    assert dump(colony) == honest


def test_unshallowing_mends_when_records_were_first_seen(colony: Repository) -> None:
    colony.lesson("L-1ater0", "Later")
    colony.commit()
    colony.git("clone", "-q", "--depth=1", f"file://{colony.root}", "../clone")
    clone = inside(colony, "../clone")
    assert set(created(clone).values()) == {"2023-11-15T00:13:20Z"}
    notes = told(clone, "doctor")["problems"]
    assert [each["remedy"] for each in notes if "shallow" in each["what"]] == [
        "git fetch --unshallow"
    ]
    clone.git("fetch", "-q", "--unshallow")
    assert dump(clone) == dump(colony) == rebuilt(clone)
    assert not [each for each in told(clone, "doctor")["problems"] if "shallow" in each["what"]]


def test_deepening_step_by_step_equals_reading_afresh(colony: Repository) -> None:
    for number in range(4):
        colony.lesson(f"L-00000{number}", f"Number {number}")
        colony.commit()
    colony.git("clone", "-q", "--depth=1", f"file://{colony.root}", "../clone")
    clone = inside(colony, "../clone")
    for _ in range(5):
        assert dump(clone) == rebuilt(clone)
        clone.git("fetch", "-q", "--deepen=1")
    assert dump(clone) == dump(colony)


def test_a_clone_without_blobs_fetches_what_it_is_asked_for(colony: Repository) -> None:
    colony.git("config", "uploadpack.allowFilter", "true")
    old = colony.git("rev-parse", "HEAD").strip()
    colony.write("memory/lessons/L-7k3qfa-small.md", lesson("L-7k3qfa", "Batches of nine win"))
    colony.commit()
    colony.git("clone", "-q", "--filter=blob:none", f"file://{colony.root}", "../clone")
    clone = inside(colony, "../clone")
    assert dump(clone) == dump(colony)
    assert dump(clone, old) == dump(colony, old)


# What --at means


def storied(repo: Repository) -> list[str]:
    """A history with everything in it; its commits."""
    said = [settle(repo).git("rev-parse", "HEAD").strip()]
    repo.write("swarm.toml", '[sources]\npages = ["docs/adr/*.md", "notes/**/*.md"]\n')
    repo.write("docs/adr/0001-git.md", "# Use git\n\nSee [[L-7k3qfa]].\n")
    repo.write("docs/adr/deep/no.md", "# Not covered\n")
    repo.write("notes/a/b/c.md", "# Deep\n")
    said.append(repo.commit("pages"))
    repo.git("mv", "memory/lessons/L-7k3qfa-small.md", "memory/lessons/L-7k3qfa-tiny.md")
    repo.write("memory/lessons/L-bad000.md", b"---\nid: [x\n---\n# \xff\n")
    repo.write(
        "memory/lessons/latin-\udce9.md".encode("utf-8", "surrogateescape").decode(
            "utf-8", "replace"
        ),
        "# x\n",
    )
    said.append(repo.commit("rename"))
    repo.git("checkout", "-q", "-b", "side", "HEAD~1")
    repo.lesson("L-s1de00", "From the side", "Cites: L-01cq8d, L-n0here")
    said.append(repo.commit("side"))
    repo.git("checkout", "-q", "main")
    (repo.root / "memory/archive").mkdir()
    repo.git("mv", "memory/lessons/L-01cq8d-locks.md", "memory/archive/L-01cq8d-locks.md")
    said.append(repo.commit("archive"))
    repo.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    said.append(repo.git("rev-parse", "HEAD").strip())
    repo.write("swarm.toml", "pages = [\n")
    repo.git("rm", "-q", "beliefs/B-4tq0aa-nobody-waits.md")
    said.append(repo.commit("broken settings"))
    return said


def test_at_a_revision_shows_what_a_fresh_clone_of_it_shows(repo: Repository) -> None:
    for number, commit in enumerate(storied(repo)):
        clone = inside(repo, f"../clone{number}")
        repo.git("clone", "-q", "--no-checkout", ".", str(clone.root))
        clone.git("checkout", "-q", "--detach", commit)
        assert dump(repo, commit) == dump(clone), commit
        assert dump(clone, "HEAD") == dump(clone)


def link(target: str) -> Callable[[Repository, str], None]:
    def make(repo: Repository, path: str) -> None:
        (repo.root / path).parent.mkdir(parents=True, exist_ok=True)
        (repo.root / path).symlink_to(target)

    return make


ODDITIES: dict[str, tuple[str, Any]] = {
    "a link to a record": ("memory/lessons/L-1nk000.md", link("L-7k3qfa-small.md")),
    "a link called like a folder of records": ("tasks", link("memory")),
    "a link to nowhere": ("memory/lessons/L-1nk000.md", link("nowhere")),
    "a folder called like a record": ("memory/lessons/L-f01der.md/inner.md", "# Inner\n"),
    "a file called like a folder of records": ("tasks", "no folder\n"),
    "a hidden file": ("memory/.hidden.md", "# Hidden\n"),
    "a hidden folder": ("memory/.obsidian/x.md", "# Hidden\n"),
    "an empty file": ("memory/lessons/L-empty0.md", ""),
    "upper case": ("memory/lessons/L-UPPER0.MD", "# Upper\n"),
    "a file that is too large": ("memory/lessons/L-b1g000.md", b"x" * (3 * 1024 * 1024)),
    "a page in a hidden folder": ("swarm.toml", '[sources]\npages = [".github/*.md"]\n'),
    "pages at the root": ("swarm.toml", '[sources]\npages = ["*.md"]\n'),
    "pages anywhere": ("swarm.toml", '[sources]\npages = ["**/*.md"]\n'),
    "pages with a dot": ("swarm.toml", '[sources]\npages = ["./docs/*.md"]\n'),
    "pages with a double slash": ("swarm.toml", '[sources]\npages = ["docs//*.md"]\n'),
    "one page by name": ("swarm.toml", '[sources]\npages = ["README.md"]\n'),
    "pages that are records": ("swarm.toml", '[sources]\npages = ["memory/lessons/*.md"]\n'),
    "pages that are no markdown": ("swarm.toml", '[sources]\npages = ["docs/*"]\n'),
    "a link to settings": ("swarm.toml", link("docs/settings.toml")),
    "settings that are a folder": ("swarm.toml/x", "x\n"),
}


@pytest.mark.parametrize("oddity", ODDITIES)
def test_what_is_odd_in_a_commit_is_as_odd_in_its_checkout(colony: Repository, oddity: str) -> None:
    path, content = ODDITIES[oddity]
    colony.write("README.md", "# Read me\n")
    colony.write("docs/x.md", "# A page\n")
    colony.write("docs/x.txt", "no page\n")
    colony.write("docs/settings.toml", '[sources]\npages = ["docs/*.md"]\n')
    colony.write(".github/x.md", "# A hidden page\n")
    if callable(content):
        content(colony, path)
    else:
        colony.write(path, content)
    colony.commit()
    checkout = inside(colony, "../clone")
    colony.git("clone", "-q", ".", str(checkout.root))
    assert dump(checkout) == dump(colony)
    assert dump(colony, "HEAD") == dump(checkout)
    heard = [told(colony, "list", *at)["problems"] for at in ([], ["--at", "HEAD"])]
    assert heard[0] == heard[1]


def test_a_submodule_is_the_same_in_a_commit_and_in_its_checkout(
    colony: Repository, make_repository: Maker
) -> None:
    """A plain clone leaves an empty folder in its place."""
    module = make_repository("module")
    module.lesson("L-m0du1e", "Of the module")
    module.commit()
    allow = ("-c", "protocol.file.allow=always")
    colony.git(*allow, "submodule", "--quiet", "add", str(module.root), "memory/lessons/module")
    colony.commit()
    colony.git("clone", "-q", ".", "../clone")
    assert dump(colony, "HEAD") == dump(inside(colony, "../clone"))


def test_a_folder_of_records_that_is_a_link_is_told_and_not_taken_for_empty(
    colony: Repository,
) -> None:
    (colony.root / "memory").rename(colony.root / "elsewhere")
    (colony.root / "memory").symlink_to("elsewhere")
    answer = told(colony, "list")
    assert ids(answer) == ["B-4tq0aa"]
    assert [each["path"] for each in answer["problems"]] == ["memory"]


def test_pages_at_the_root_join_the_graph(colony: Repository) -> None:
    colony.write("README.md", "# Read me\n\nSee [[L-7k3qfa]].\n")
    colony.write("swarm.toml", '[sources]\npages = ["*.md"]\n')
    assert "README.md" in ids(told(colony, "list"))
    colony.commit()
    assert ids(told(colony, "list", "page", "--at", "HEAD")) == ["README.md"]


# Errors


def test_dubious_ownership_is_told_with_a_remedy_that_works(colony: Repository) -> None:
    config = colony.root.parent / "config"
    config.touch()
    strange = {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1", "GIT_CONFIG_GLOBAL": str(config)}
    there = inside(colony, "memory")
    (problem,) = told(there, "list", code=1, **strange)["problems"]
    assert "dubious ownership" in problem["what"]
    assert problem["remedy"].startswith("git config --global --add safe.directory ")
    subprocess.run(
        shlex.split(problem["remedy"]), cwd=there.root, env=there.environ | strange, check=True
    )
    assert ids(told(there, "list", **strange)) == ALL


@pytest.mark.parametrize("git_there", ["absent", "not executable", "a folder"])
def test_without_git_there_is_one_clear_error(
    colony: Repository, tmp_path: Path, git_there: str
) -> None:
    (tmp_path / "bin").mkdir()
    if git_there == "not executable":
        (tmp_path / "bin" / "git").write_text("#!/bin/sh\n")
    if git_there == "a folder":
        (tmp_path / "bin" / "git").mkdir()
    (problem,) = told(colony, "list", code=1, PATH=str(tmp_path / "bin"))["problems"]
    assert problem["what"].startswith("git is not installed")
    assert problem["remedy"]


@pytest.mark.parametrize(
    "arguments", [["list"], ["show", "x"], ["find", "x"], ["doctor"], ["init"]]
)
def test_outside_a_repository_is_exit_3(colony: Repository, arguments: list[str]) -> None:
    nowhere = inside(colony, "../nowhere")
    nowhere.root.mkdir()
    (problem,) = told(nowhere, *arguments, code=3)["problems"]
    assert problem["what"] == "there is no git repository here"
    assert problem["remedy"] == "git init"


def test_outside_a_repository_is_exit_3_however_noisy_git_is(colony: Repository) -> None:
    told(inside(colony, ".."), "list", code=3, GIT_TRACE="1")
    told(inside(colony, ".."), "list", code=3, GIT_TRACE_SETUP="1", GIT_TRACE_PERFORMANCE="1")


@pytest.mark.parametrize("folder", ["missing", "memory/lessons/L-7k3qfa-small.md", "a/../missing"])
def test_a_folder_that_is_none_is_exit_3_and_names_it(colony: Repository, folder: str) -> None:
    (problem,) = told(colony, "-C", folder, "list", code=3)["problems"]
    assert folder in problem["path"]


def test_a_folder_that_is_gone_is_told_and_is_no_bug(colony: Repository) -> None:
    gone = colony.root / "gone"
    gone.mkdir()
    command = f"rmdir {shlex.quote(str(gone))}; {shlex.quote(sys.executable)} -m swarm list --json"
    done = subprocess.run(
        ["sh", "-c", command], cwd=gone, env=colony.environ, capture_output=True, check=False
    )
    assert done.returncode == 3, done.stderr
    assert json.loads(done.stdout)["problems"][0]["what"]


def test_a_git_file_that_leads_nowhere_is_told(colony: Repository) -> None:
    broken = inside(colony, "../broken")
    broken.write(".git", "gitdir: /nonexistent\n")
    (problem,) = told(broken, "list", code=3)["problems"]
    assert problem["what"]


NO_COMMITS = [
    "nonsense", "", "HEAD~99", "HEAD:memory", "HEAD^{tree}", "-x", "--all", "main..main",
    "0" * 40, ":/no", "a\nb",
]  # fmt: skip


@pytest.mark.parametrize("revision", NO_COMMITS)
def test_a_revision_that_is_none_is_exit_4_and_names_it(colony: Repository, revision: str) -> None:
    (problem,) = told(colony, "list", f"--at={revision}", code=4)["problems"]
    assert repr(revision) in problem["what"]
    with pytest.raises(NotFound):
        colony.board(revision)


@pytest.mark.parametrize(
    "revision",
    ["HEAD", "main", "v1", "light", ":/three", "HEAD@{0}", "@", "main@{upstream}", "-odd"],
)
def test_whatever_names_a_commit_is_a_revision(colony: Repository, revision: str) -> None:
    colony.git("tag", "-a", "-m", "one", "v1")
    colony.git("tag", "light")
    colony.git("update-ref", "refs/heads/-odd", "HEAD")
    colony.git("branch", "-q", "up")
    colony.git("branch", "-q", "--set-upstream-to=up", "main")
    assert ids(told(colony, "list", f"--at={revision}")) == ALL


ENDINGS = [
    (0, ["list"]),
    (0, ["find", "nothing has these words"]),
    (2, ["list", "--no-such-option"]),
    (2, ["list", "dragon"]),
    (2, ["list", "--where", "x"]),
    (2, ["show"]),
    (2, ["find", "x", "-k", "0"]),
    (2, ["new", "dragon", "x"]),
    (4, ["show", "L-n0here"]),
    (4, ["show", "L-"]),
    (4, ["new", "lesson", "x", "--cite", "L-"]),
]


@pytest.mark.parametrize(("code", "arguments"), ENDINGS, ids=str)
def test_how_a_command_ends_is_its_exit_code_and_one_json_object(
    colony: Repository, code: int, arguments: list[str]
) -> None:
    answer = told(colony, *arguments, code=code)
    assert answer["schema"] == "swarm/1"
    if code:
        (problem,) = answer["problems"]
        assert problem["what"] and problem["remedy"] and problem["level"] == "error"


def test_a_refusal_names_the_command_it_refuses(colony: Repository) -> None:
    for arguments in (["show", "L-n0here"], ["list", "dragon"], ["find", "--at", "nonsense", "x"]):
        code = 2 if arguments[0] == "list" else 4
        assert told(colony, *arguments, code=code)["command"] == arguments[0]


def test_no_such_verb_is_exit_2(colony: Repository) -> None:
    done = colony.swarm("lsit")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


def test_a_missing_object_is_told_and_not_taken_for_empty(colony: Repository) -> None:
    colony.write("memory/lessons/L-7k3qfa-small.md", lesson("L-7k3qfa", "Now another text"))
    oid = colony.git("rev-parse", "HEAD:memory/lessons/L-7k3qfa-small.md").strip()
    (colony.root / ".git" / "objects" / oid[:2] / oid[2:]).unlink()
    (problem,) = told(colony, "list", "--at", "HEAD", code=1)["problems"]
    assert oid in problem["what"]
    works(colony)


def test_a_damaged_branch_is_told_and_not_taken_for_an_empty_history(colony: Repository) -> None:
    (colony.root / ".git/refs/heads/main").write_text("garbage\n")
    done = colony.swarm("list", "--json")
    assert done.returncode == 1 or json.loads(done.stdout)["problems"]


def test_a_damaged_ref_that_is_not_asked_for_stops_nothing(colony: Repository) -> None:
    (colony.root / ".git/refs/heads/other").write_text("garbage\n")
    works(colony)
    colony.git("checkout", "-q", "--orphan", "fresh")
    works(colony)


def test_a_damaged_index_stops_nothing_that_does_not_need_it(colony: Repository) -> None:
    (colony.root / ".git/index").write_text("garbage\n")
    works(colony)
