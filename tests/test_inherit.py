"""A daughter blackboard: everything her parent agreed on, verified, in one commit; or nothing."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nursery
import pytest
from boards import run, told
from conftest import Maker, Repository, tree_bytes

PRINCIPLE = "---\nid: {id}\nconfidence: {sure}\nn: 4\nderived_from: [L-1, L-2]\n---\n# {id} wins\n\nIt does.\n"  # noqa: E501
PASSES = "#!/bin/sh\nexit 0\n"
MISSION = "# Mission\n\n## Invariants\n\nNever lie: `tools/guards/honest`.\n"
NOBODY = 65534

Change = Callable[[Repository], object]


def principle(repo: Repository, name: str, sure: str = "measured") -> None:
    text = PRINCIPLE.format(id=name, sure=sure)
    repo.write(f"memory/principles/{name}-wins.md", text)


def guard(repo: Repository, name: str, text: str = PASSES, mode: int = 0o755) -> None:
    repo.write(f"tools/guards/{name}", text).chmod(mode)


def founded(repo: Repository) -> Repository:
    """A parent with all that can be handed down, and more."""
    told(repo, "init")
    repo.write("swarm.toml", '# ours\n[oracle]\nduplicate = "warning"\n')
    repo.write("beliefs/MISSION.md", MISSION)
    repo.lesson("L-1", "One")
    repo.lesson("L-2", "Two")
    principle(repo, "P-1")
    principle(repo, "P-2", "theorized")
    guard(repo, "honest")
    repo.write("tools/guards/README.md", "# Guards\n")
    repo.commit("founded\n\nEscalation: Ada Lovelace <ada@example.org>")
    told(repo, "trust", "tools/guards/honest")
    return repo


@pytest.fixture
def parent(make_repository: Maker) -> Repository:
    return founded(make_repository("parent"))


@pytest.fixture
def stand(make_repository: Maker, tmp_path: Path) -> Repository:
    """Where daughters are asked for: a folder in no repository."""
    (tmp_path / "home").mkdir(exist_ok=True)
    root = tmp_path / "stand"
    root.mkdir()
    like = make_repository("like")
    return Repository(root, like.environ)


def grown(stand: Repository, *arguments: str, code: int = 0) -> dict[str, Any]:
    return told(stand, "init", "--from", "../parent", *arguments, code=code)


def at(stand: Repository, folder: str) -> Repository:
    return Repository(stand.root / folder, stand.environ)


HANDED = {"SWARM.md", "swarm.toml", "beliefs/MISSION.md", "tools/guards/honest",
          "tools/guards/README.md", "memory/principles/P-1-wins.md"}  # fmt: skip


# --- what she gets ------------------------------------------------------------------------------


def test_a_daughter_gets_what_her_parent_agreed_on(parent: Repository, stand: Repository) -> None:
    parent.write("SWARM.md", "not committed")
    data = grown(stand, "daughter")["data"]
    daughter = at(stand, "daughter")
    files = tree_bytes(daughter.root)
    assert set(files) == HANDED == set(data["written"])
    for path in HANDED - {"memory/principles/P-1-wins.md"}:
        assert files[path].decode() == parent.git("show", f"HEAD:{path}"), path
    assert os.access(daughter.root / "tools/guards/honest", os.X_OK)
    assert daughter.git("rev-list", "--count", "HEAD").strip() == "1"
    assert daughter.git("status", "--porcelain") == ""
    assert "100755" in daughter.git("ls-tree", "HEAD", "tools/guards/honest")
    said = daughter.git("log", "--format=%B")
    assert "Swarm-Verb: import" in said
    assert "Escalation: Ada Lovelace <ada@example.org>" in said  # who answers for the settings
    assert parent.git("status", "--porcelain").split() == ["M", "SWARM.md"]


def test_a_principle_says_where_it_comes_from_and_is_the_same_else(
    parent: Repository, stand: Repository
) -> None:
    grown(stand, "daughter")
    daughter = at(stand, "daughter")
    record = told(daughter, "show", "P-1")["data"]["record"]
    commit = parent.git("rev-parse", "HEAD").strip()
    assert record["keys"].pop("source") == f"parent/memory/principles/P-1-wins.md:1@{commit}"
    old = told(parent, "show", "P-1")["data"]["record"]
    for each in (record, old):
        del each["created"]
        for edge in each["edges"]:  # what it derives from has stayed there
            del edge["id"], edge["title"]
    assert record == old


def test_nothing_is_wrong_with_her(parent: Repository, stand: Repository) -> None:
    grown(stand, "daughter")
    daughter = at(stand, "daughter")
    assert told(daughter, "doctor")["problems"] == []
    assert told(daughter, "check", "--range", "HEAD")["data"]["findings"] == []
    assert told(daughter, "check")["data"]["findings"] == []
    assert told(daughter, "next")["data"]["next"] == []


def test_her_guards_judge_and_are_trusted_as_they_were(
    parent: Repository, stand: Repository
) -> None:
    grown(stand, "daughter")
    daughter = at(stand, "daughter")
    keys = ("--set", "evidence=seen", "--set", "falsified_if=none of them is there any more")
    assert run(daughter, "new", "belief", "It holds well", *keys)[0] == 0
    guard(daughter, "honest", "#!/bin/sh\necho no; exit 1\n")
    daughter.git("commit", "-q", "--no-verify", "-am", "another guard")
    assert run(daughter, "new", "belief", "It holds less", *keys)[0] == 8  # of which nobody knows


def test_trust_that_came_along_with_a_folder_is_nobodys(
    parent: Repository, stand: Repository, tmp_path: Path
) -> None:
    """What is copied, or unpacked, is trusted where it was: its guards do not run here."""
    shutil.copytree(parent.root, tmp_path / "copied", symlinks=True)
    with nothing_left(stand.root):
        (told_of,) = told(stand, "init", "--from", "../copied", "daughter", code=7)["problems"]
    assert "nobody in this clone has allowed it" in told_of["what"]
    assert f"swarm trust -C {tmp_path / 'copied'}" in told_of["remedy"]
    copied = Repository(tmp_path / "copied", parent.environ)
    told(copied, "trust", "tools/guards/honest")
    told(stand, "init", "--from", "../copied", "daughter")
    grown(stand, "another")  # and the first one is trusted where it is


def test_a_guard_that_runs_what_is_otherwise_in_her_is_asked_about_in_her(
    parent: Repository, make_repository: Maker
) -> None:
    guard(parent, "honest", "#!/bin/sh\n[ -e tools/lib.sh ] || exit 0; exec sh tools/lib.sh\n")
    parent.write("tools/lib.sh", "exit 0\n")
    parent.commit("another guard")
    told(parent, "trust", "tools/guards/honest")
    there = make_repository("there")
    there.write("tools/lib.sh", "touch ../ran\n")
    there.commit("ours")
    grown(there)
    keys = ("--set", "evidence=seen", "--set", "falsified_if=none of them is there any more")
    assert run(there, "new", "belief", "It holds well", *keys)[0] == 8
    assert not (there.root.parent / "ran").exists()


def test_her_hooks_are_there(parent: Repository, stand: Repository) -> None:
    grown(stand, "daughter")
    found = told(at(stand, "daughter"), "hooks", "status")["data"]["hooks"]
    assert {each["state"] for each in found} == {"installed"}


def test_git_merges_her_records_key_by_key(parent: Repository, stand: Repository) -> None:
    grown(stand, "daughter")
    assert "merge-driver" in at(stand, "daughter").git("config", "merge.swarm.driver")


@pytest.mark.parametrize(
    ("asked", "expected"),
    [((), ["P-1"]), (("P-2",), ["P-2"]), (("p-2", "P-1", "P-2"), ["P-2", "P-1"])],
)
def test_principles_are_chosen_or_those_that_were_measured(
    parent: Repository, stand: Repository, asked: tuple[str, ...], expected: list[str]
) -> None:
    options = [word for each in asked for word in ("--principle", each)]
    data = grown(stand, "daughter", *options)["data"]
    assert [each["id"] for each in data["principles"]] == expected


def test_a_mission_and_guards_may_be_missing_and_that_is_said(
    parent: Repository, stand: Repository
) -> None:
    shutil.rmtree(parent.root / "tools")
    shutil.rmtree(parent.root / "beliefs")
    parent.commit("less")
    notes = " ".join(grown(stand, "daughter")["data"]["notes"])
    assert "no mission" in notes and "no guards" in notes


def test_a_bare_parent_is_read_at_its_head(parent: Repository, stand: Repository) -> None:
    shutil.rmtree(parent.root / "tools")
    parent.write("beliefs/MISSION.md", "# Mission\n")
    parent.commit("without guards")
    parent.git("clone", "-q", "--bare", ".", "../bare.git")
    told(stand, "init", "--from", "../bare.git", "daughter")
    record = told(at(stand, "daughter"), "show", "P-1")["data"]["record"]
    assert record["keys"]["source"].startswith("bare/memory/principles/")


# --- where she may be ---------------------------------------------------------------------------


def test_she_may_grow_where_one_stands(parent: Repository, stand: Repository) -> None:
    grown(stand)
    assert set(tree_bytes(stand.root)) == HANDED
    assert stand.git("status", "--porcelain") == ""
    assert not list(stand.root.glob(".*.swarm-new"))


def test_a_repository_that_is_there_gets_one_commit(
    parent: Repository, make_repository: Maker
) -> None:
    there = make_repository("there")
    there.write("README.md", "# Ours\n")
    there.write("SWARM.md", (parent.root / "SWARM.md").read_bytes())
    there.commit("ours")
    there.write("README.md", "# Ours, half done\n")
    there.write("staged.txt", "staged")
    there.git("add", "staged.txt")
    before = there.git("status", "--porcelain")
    data = grown(there)["data"]
    assert data["kept"] == ["SWARM.md"] and data["repository"] == "was there"
    assert there.git("rev-list", "--count", "HEAD").strip() == "2"
    assert there.git("status", "--porcelain") == before  # what was begun is as it was
    assert "100755" in there.git("ls-tree", "HEAD", "tools/guards/honest")
    again = grown(there)["data"]
    assert again["written"] == [] and there.git("rev-list", "--count", "HEAD").strip() == "2"


def test_an_empty_repository_gets_its_first_commit(
    parent: Repository, make_repository: Maker
) -> None:
    there = make_repository("there")
    grown(there, "../there")
    assert there.git("rev-list", "--count", "HEAD").strip() == "1"
    assert there.git("status", "--porcelain") == ""


# --- what is refused, and leaves nothing --------------------------------------------------------


@contextmanager
def nothing_left(*places: Path) -> Iterator[None]:
    """Every file, link and folder is as it was, git's objects and swarm's cache aside."""

    def look() -> dict[str, object]:
        return {
            str(path): path.read_bytes() if path.is_file() and not path.is_symlink() else None
            for place in places
            for path in sorted(place.rglob("*"))
            if not {"objects", "cache", "swarm"} & set(path.parts[len(place.parts):])
        }  # fmt: skip

    before = look()
    yield
    assert look() == before


def link(repo: Repository, path: str, target: str) -> None:
    place = repo.root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    place.symlink_to(target)
    repo.commit()


def submodule(repo: Repository) -> None:
    head = repo.git("rev-parse", "HEAD").strip()
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{head},tools/guards/other")
    repo.git("commit", "-q", "-m", "a submodule")


def escaping(repo: Repository) -> None:
    """A tree that no git would make: one of its guards lies where git keeps its own."""
    blob = repo.git("hash-object", "-w", "--stdin", stdin=b"#!/bin/sh\n").strip()
    evil = repo.git("mktree", stdin=f"100755 blob {blob}\tx\n".encode()).strip()
    raw = b"40000 .git\0" + bytes.fromhex(evil)
    asked = ("hash-object", "-w", "-t", "tree", "--literally", "--stdin")
    guards = repo.git(*asked, stdin=raw).strip()
    tools = repo.git("mktree", stdin=f"040000 tree {guards}\tguards\n".encode()).strip()
    rows = [row for row in repo.git("ls-tree", "HEAD").splitlines() if not row.endswith("\ttools")]
    rows.append(f"040000 tree {tools}\ttools")
    top = repo.git("mktree", stdin="".join(f"{row}\n" for row in rows).encode()).strip()
    head = repo.git("commit-tree", top, "-p", "HEAD", "-m", "evil").strip()
    repo.git("update-ref", "HEAD", head)


def remove(repo: Repository, path: str) -> None:
    repo.git("rm", "-q", "-r", "--", path)
    repo.commit("less")


def guarded(text: str, mode: int = 0o755, *, trusted: bool = True) -> Change:
    def change(repo: Repository) -> None:
        guard(repo, "honest", text, mode)
        repo.commit("another guard")
        if trusted:
            told(repo, "trust", "tools/guards/honest")

    return change


UNSOUND: dict[str, tuple[Change, int, str]] = {
    "no protocol": (lambda repo: remove(repo, "SWARM.md"), 4, "no SWARM.md"),
    "the protocol is a link": (lambda repo: link(repo, "SWARM.md", "README.md"), 1, "link"),
    "the settings are a link": (lambda repo: link(repo, "swarm.toml", "/etc/passwd"), 1, "link"),
    "the mission is a link": (lambda repo: link(repo, "beliefs/MISSION.md", "x"), 1, "link"),
    "a guard is a link": (lambda repo: link(repo, "tools/guards/other", "honest"), 1, "link"),
    "the guards are a link": (
        lambda repo: (shutil.rmtree(repo.root / "tools/guards"),
                      link(repo, "tools/guards", "../elsewhere")), 1, "link",
    ),
    "a guard is a repository": (submodule, 1, "another repository"),
    "a guard leads to git's own": (escaping, 1, "no name that is safe"),
    "a guard is missing": (lambda repo: remove(repo, "tools/guards/honest"), 1, "not in its last"),
    "all guards are missing": (lambda repo: remove(repo, "tools/guards"), 1, "not in its last"),
    "a guard cannot be run": (guarded(PASSES, 0o644, trusted=False), 1, "not executable"),
    "another guard cannot be run": (
        lambda repo: (guard(repo, "more", PASSES, 0o644), repo.commit(),
                      told(repo, "trust", "tools/guards/honest")), 1, "not executable",
    ),
    "a guard is not trusted": (guarded("#!/bin/sh\nexit  0\n", trusted=False), 7, "allowed it"),
    "a guard refuses": (guarded("#!/bin/sh\necho no\nexit 1\n"), 1, "refuses it: no"),
    "a guard crashes": (guarded("#!/bin/sh\nkill -9 $$\n"), 1, "does not run"),
    "a guard has no interpreter": (guarded("#!/no/such/thing\n"), 1, "does not run"),
    "no such principle": (lambda repo: None, 4, "no principle 'P-9'"),
    "rules that nobody answered for": (
        lambda repo: repo.git("commit", "-q", "--amend", "-m", "founded"), 8, "no person says",
    ),
    "weights that were earned there": (
        lambda repo: (repo.write("swarm.toml", "[retrieval]\ntrail = 0.5\n"), repo.commit()),
        8, "evaluation",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", UNSOUND)
def test_an_unsound_parent_leaves_nothing(
    parent: Repository, stand: Repository, make_repository: Maker, case: str
) -> None:
    change, code, words = UNSOUND[case]
    change(parent)
    there = make_repository("there")
    there.write("README.md", "# Ours\n")
    there.commit("ours")
    options = ["--principle", "P-9"] if case == "no such principle" else []
    with nothing_left(stand.root, there.root):
        for folder in ("daughter", "../there"):
            answer = grown(stand, *options, folder, code=code)
            assert words in answer["problems"][0]["what"], folder
            assert answer["problems"][0]["remedy"]


@pytest.mark.parametrize("source", ["", "empty", "nowhere", "file"])
def test_what_is_no_parent_is_refused(
    stand: Repository, make_repository: Maker, source: str
) -> None:
    make_repository("empty")
    (stand.root / "file").write_text("")
    place = f"../{source}" if source == "empty" else source or "."
    with nothing_left(stand.root):
        ended, _, err = run(stand, "init", "--from", place, "daughter")
        assert ended in (3, 4) and "try:" in err


PLACES: dict[str, tuple[Callable[[Path], object], str, int, str]] = {
    "in the parent": (lambda root: None, "../parent/sub", 2, "inside the repository"),
    "the parent": (lambda root: None, "../parent", 2, "inside the parent"),
    "a folder of the parent": (lambda root: None, "../parent/memory", 2, "inside the parent"),
    "in the parent's git": (lambda root: None, "../parent/.git/x", 2, "inside the repository"),
    "not empty": (lambda root: (root / "d").mkdir() or (root / "d/x").write_text(""),
                  "d", 2, "not empty"),
    "a file": (lambda root: (root / "d").write_text(""), "d", 2, "no folder"),
    "a link to nothing": (lambda root: (root / "d").symlink_to("gone"), "d", 2, "no folder"),
    "nowhere": (lambda root: None, "no/such/place", 4, "no such folder"),
}  # fmt: skip


@pytest.mark.parametrize("case", PLACES)
def test_where_no_daughter_can_be(parent: Repository, stand: Repository, case: str) -> None:
    prepare, folder, code, words = PLACES[case]
    prepare(stand.root)
    with nothing_left(stand.root, parent.root):
        assert words in grown(stand, folder, code=code)["problems"][0]["what"]


def test_a_folder_of_another_repository_is_not_its_top(
    parent: Repository, make_repository: Maker, stand: Repository
) -> None:
    there = make_repository("there")
    there.write("sub/x", "x")
    there.commit()
    with nothing_left(there.root):
        assert "name its top" in grown(stand, "../there/sub", code=2)["problems"][0]["remedy"]


DIFFERING: dict[str, Callable[[Path], object]] = {
    "other words": lambda root: (root / "SWARM.md").write_text("mine\n"),
    "a link": lambda root: (root / "SWARM.md").symlink_to("/etc/hostname"),
    "a folder": lambda root: (root / "SWARM.md").mkdir(),
    "a link for a folder": lambda root: (root / "tools").symlink_to("/tmp"),  # noqa: S108
    "a file for a folder": lambda root: (root / "tools").write_text(""),
    "ignored": lambda root: (root / ".gitignore").write_text("tools/\n"),
    "a merge under way": lambda root: (root / ".git/MERGE_HEAD").write_text("0" * 40),
}


@pytest.mark.parametrize("case", DIFFERING)
def test_nothing_that_is_there_is_written_over(
    parent: Repository, make_repository: Maker, case: str
) -> None:
    there = make_repository("there")
    there.write("README.md", "# Ours\n")
    there.commit("ours")
    DIFFERING[case](there.root)
    with nothing_left(there.root):
        ended, _, err = run(there, "init", "--from", "../parent")
        assert ended in (1, 2), err
    assert there.git("rev-list", "--count", "HEAD").strip() == "1"


@pytest.mark.skipif(os.getuid() != 0, reason="only root may be somebody else")
@pytest.mark.parametrize("folder", ["daughter", "."])
def test_a_place_that_cannot_be_written_to_stays_as_it_is(
    parent: Repository, stand: Repository, folder: str
) -> None:
    for path in (*stand.root.parents, stand.root):
        if "pytest" in str(path):
            path.chmod(0o755)
    for path in (parent.root, *parent.root.rglob("*")):
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    command = ("init", "--from", "../parent", folder)
    asked = nursery.Run(command, str(stand.root), stand.environ, user=NOBODY)
    with nothing_left(stand.root):
        (done,) = nursery.run([asked])
        assert done.returncode == 1 and "Permission denied" in done.stderr, done.stderr


# --- killed on the way --------------------------------------------------------------------------

STEPS = {
    "daughter": (
        "before founding.put", "before gate.write", "after gate.write",
        "before daughter.trials.try_out", "before daughter.placing._move",
        "after daughter.placing._move",
    ),
    "empty": ("after gate.write", "before daughter.placing._move", "after daughter.placing._move"),
    "there": ("before gate.write", "before daughter.trials.try_out", "before hooks.install"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("folder", "step"), [(folder, step) for folder, steps in STEPS.items() for step in steps]
)
def test_a_daughter_that_was_killed_is_nothing_or_whole(
    parent: Repository, stand: Repository, folder: str, step: str
) -> None:
    place = stand.root / folder
    if folder == "empty":
        place.mkdir()
    if folder == "there":
        place.mkdir()
        at(stand, folder).git("init", "-q", "-b", "main")
    command = ("init", "--from", "../parent", folder)
    dying = nursery.Run(command, str(stand.root), stand.environ, dies=step)
    (done,) = nursery.run([dying])
    assert done.returncode == -9, done.stderr
    is_whole = (place / ".git").is_dir() and run(at(stand, folder), "list")[0] == 0
    if is_whole and at(stand, folder).git("for-each-ref"):
        listed = set(at(stand, folder).git("ls-tree", "-r", "--name-only", "HEAD").split())
        assert listed == HANDED
    else:
        shown = [each for each in place.iterdir() if each.name[0] != "."] if place.exists() else []
        assert shown == []
    assert run(stand, *command)[0] == 0
    assert set(tree_bytes(place)) == HANDED
    assert at(stand, folder).git("status", "--porcelain") == ""
    assert not list(stand.root.rglob("*.swarm-new"))


def test_what_another_is_still_making_is_left_to_it(parent: Repository, stand: Repository) -> None:
    names = (".12345678abc.swarm-new", ".daughter.12345678abc.swarm-new", ".notes.swarm-new")
    for name in names:
        (stand.root / name).mkdir()
        (stand.root / name / "x").write_text("")
    handle = os.open(stand.root / names[1], os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        grown(stand, "daughter")
    finally:
        os.close(handle)
    assert {each.name for each in stand.root.iterdir()} == {"daughter", *names}
    grown(stand, "daughter/../daughter2")
    shutil.rmtree(stand.root / "daughter")
    grown(stand, "daughter")
    assert {each.name for each in stand.root.iterdir()} == {
        "daughter", "daughter2", names[0], names[2],
    }  # fmt: skip


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_who_is_told_to_go_leaves_nothing(
    parent: Repository, stand: Repository, number: signal.Signals
) -> None:
    """Its guard tells it: it runs aside, before anything is in its place."""
    guard(parent, "honest", f"#!/bin/sh\nkill -{number.value} $PPID; sleep 5\n")
    parent.commit("another guard")
    told(parent, "trust", "tools/guards/honest")
    with nothing_left(stand.root):
        done = stand.swarm("init", "--from", "../parent", "daughter")
    assert done.returncode == 128 + number, done.stderr


# --- the command itself -------------------------------------------------------------------------


def test_a_principle_is_asked_for_of_a_parent(repo: Repository) -> None:
    told(repo, "init", "--principle", "P-1", code=2)


def test_init_may_be_told_where(repo: Repository, tmp_path: Path) -> None:
    data = told(repo, "init", str(repo.root))["data"]
    assert data["written"] == ["SWARM.md", "swarm.toml"]
    (tmp_path / "bare").mkdir()
    told(repo, "init", str(tmp_path / "bare"), code=3)
    repo.git("init", "-q", "--bare", str(tmp_path / "bare"))
    told(repo, "init", str(tmp_path / "bare"), code=2)


def test_init_as_it_was(repo: Repository) -> None:
    data = told(repo, "init")["data"]
    assert data["written"] == ["SWARM.md", "swarm.toml"] and data["root"] == str(repo.root)
    assert told(repo, "init")["data"]["kept"] == ["SWARM.md", "swarm.toml"]
    settings = (repo.root / "swarm.toml").read_text()
    assert '# duplicate = "warning"' in settings and "# [oracle]" in settings
