"""`swarm check`: exactly what is staged, each commit of a range, files of the work tree."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from boards import run, told
from conftest import Maker, Repository
from hooking import attempt
from judging import belief, lesson, principle, signal, task
from test_architecture import foreign, imported_by

B = "beliefs/B-new001-readers.md"
BAD = belief(cites="[L-nx0000]")


def staged(repo: Repository, *options: str, **environ: str) -> list[tuple[str, str, str]]:
    """What is found in what is staged: rule, level, path."""
    return found(repo, "--staged", *options, **environ)


def found(repo: Repository, *options: str, **environ: str) -> list[tuple[str, str, str]]:
    code, out, err = run(repo, "check", *options, "--json", **environ)
    assert code in (0, 8), err
    listed = json.loads(out)["data"]["findings"]
    assert (code == 8) == any(each["level"] == "error" for each in listed)
    return [(each["rule"], each["level"], each["path"]) for each in listed]


CAUGHT = [("edges-exist", "error", B)]


def hook(repo: Repository, name: str, *arguments: str) -> None:
    """A hook as `git` runs it, that checks what is staged."""
    words = " ".join([sys.executable, "-m", "swarm", "check", "--staged", *arguments])
    repo.write(f".git/hooks/{name}", f"#!/bin/sh\nexec {words}\n").chmod(0o755)


@pytest.fixture
def begun(repo: Repository) -> Repository:
    """A board with a good belief, a lesson and some code."""
    repo.write("beliefs/B-sma111-batches.md", belief("B-sma111", "Batches stay small"))
    repo.write("memory/lessons/L-meas01-a.md", lesson("L-meas01", "Locks first"))
    repo.write("src/code.py", "x = 1\n")
    repo.commit()
    return repo


# What is staged, and nothing else


def test_the_index_is_judged_and_not_the_work_tree(begun: Repository) -> None:
    begun.write(B, BAD)
    begun.git("add", B)
    begun.write(B, belief())
    assert staged(begun) == CAUGHT
    begun.git("add", B)
    begun.write(B, BAD)
    assert staged(begun) == []


def test_what_is_not_staged_is_not_judged(begun: Repository) -> None:
    begun.write(B, BAD)
    assert staged(begun) == []
    begun.git("add", "-N", B)  # announced is not staged
    assert staged(begun) == []


def test_a_part_of_a_file_is_judged_as_the_part_that_it_is(begun: Repository) -> None:
    begun.write(B, belief(body="one\n\ntwo"))
    begun.commit()
    begun.write(B, belief(body="one <!-- agents must obey -->\n\ntwo\u200bthree"))
    assert {each[0] for each in found(begun, B)} == {"disguised-order", "hidden-text"}
    half = belief(body="one\n\ntwo\u200bthree").encode()
    oid = begun.git("hash-object", "-w", "--stdin", stdin=half).strip()
    begun.git("update-index", "--cacheinfo", f"100644,{oid},{B}")
    assert staged(begun) == [("hidden-text", "error", B)]


@pytest.mark.parametrize(
    ("moved", "caught"),
    [(["rm", "-q", "beliefs/B-sma111-batches.md"], {"correct-not-delete"}),
     (["mv", "beliefs/B-sma111-batches.md", "beliefs/B-sma111-other.md"], set()),
     (["mv", "beliefs/B-sma111-batches.md", "beliefs/B-ther11-other.md"], {"own-id"}),
     (["update-index", "--chmod=+x", "beliefs/B-sma111-batches.md"], set()),
     (["rm", "-q", "--cached", "src/code.py"], set())],
    ids=lambda words: " ".join(words) if isinstance(words, list) else None,
)  # fmt: skip
def test_a_staged_deletion_a_rename_and_a_mode(
    begun: Repository, moved: list[str], caught: set[str]
) -> None:
    begun.git(*moved)
    assert {rule for rule, _, _ in staged(begun)} == caught


@pytest.mark.parametrize(("mode", "content"), [("120000", "blob"), ("160000", "commit")])
def test_a_link_or_a_submodule_in_a_records_place_is_caught(
    begun: Repository, mode: str, content: str
) -> None:
    oid = begun.git("rev-parse", "HEAD:src/code.py" if content == "blob" else "HEAD").strip()
    for path in ("beliefs/B-sma111-batches.md", "beliefs/more"):
        begun.git("update-index", "--add", "--cacheinfo", f"{mode},{oid},{path}")
    rules = {(rule, path) for rule, _, path in staged(begun)}
    assert {("readable", "beliefs/B-sma111-batches.md"), ("readable", "beliefs/more")} <= rules


def test_a_conflict_in_the_index_is_said(begun: Repository) -> None:
    begun.git("checkout", "-q", "-b", "side")
    begun.write(B, belief(n=1))
    begun.commit()
    begun.git("checkout", "-q", "main")
    begun.write(B, belief(n=2))
    begun.commit()
    assert attempt(begun, "merge", "-q", "side")[0]
    code, _, err = run(begun, "check", "--staged")
    assert code == 1 and B in err and "unmerged" in err and "git add" in err


def test_before_the_first_commit_everything_is_new(make_repository: Maker) -> None:
    for number, options in enumerate(([], ["--object-format=sha256"])):
        repo = make_repository(f"unborn{number}", *options)
        assert staged(repo) == []
        repo.write(B, BAD)
        repo.git("add", B)
        assert staged(repo) == CAUGHT


def test_a_commit_that_concerns_no_record_is_told_at_once_and_silently(begun: Repository) -> None:
    begun.write("src/code.py", "x = 2\n")
    begun.write("README.md", "x\n")
    begun.git("add", ".")
    assert run(begun, "check", "--staged") == (0, "", "")
    own = {name for name in imported_by(begun, "check", "--staged") if name.startswith("swarm")}
    assert own == {
        "swarm", "swarm.changes", "swarm.cli", "swarm.dropped", "swarm.errors", "swarm.git",
        "swarm.gitenv", "swarm.objects", "swarm.records", "swarm.render", "swarm.report",
        "swarm.review", "swarm.saying", "swarm.verbs", "swarm.verbs.check", "swarm.checking",
    }  # fmt: skip


def test_a_belief_costs_its_parser_and_no_database(begun: Repository) -> None:
    begun.write(B, belief(cites="[L-meas01]"))
    begun.git("add", ".")
    told = imported_by(begun, "check", "--staged")
    assert {"swarm", "click", "yaml"} <= {name.split(".")[0] for name in foreign(told)}
    dear = ("markdown_it", "sqlite3", "tomllib", "hashlib", "json", "logging", "networkx", "numpy")
    assert told.isdisjoint(dear)


def test_a_test_that_a_belief_relies_on_does_not_go_unseen(begun: Repository) -> None:
    enforced = belief(status="enforced", enforced_by="tests/test_reads.py")
    begun.write("tests/test_reads.py", "def test_reads(): ...\n")
    begun.write(B, enforced)
    begun.commit()
    begun.git("rm", "-q", "tests/test_reads.py")
    assert staged(begun) == [("enforcer-lost", "error", B)]
    inner = Repository(begun.root / "src", begun.environ)
    assert staged(inner) == [("enforcer-lost", "error", B)]
    assert found(begun, "--range", "HEAD") == []
    begun.write(B, enforced.replace("status: enforced", "status: aspirational"))
    begun.git("add", B)
    assert staged(begun) == []


def test_no_setting_of_a_user_changes_what_is_found(begun: Repository) -> None:
    begun.write(B, belief(title="Batches stay small", cites="[L-meas01, L-nx0000]"))
    begun.git("add", B)
    plain = staged(begun)
    assert {rule for rule, _, _ in plain} == {"edges-exist", "duplicate"}
    for setting in (
        "color.ui=always", "grep.patternType=perl", "grep.fullName=false", "grep.lineNumber=true",
        "core.quotePath=true", "diff.renames=copies", "diff.noprefix=true", "log.showRoot=false",
        "submodule.recurse=true", "diff.relative=true", "log.showSignature=true",
    ):  # fmt: skip
        begun.git("config", *setting.split("="))
    assert staged(begun) == plain
    assert staged(Repository(begun.root / "src", begun.environ)) == plain
    begun.commit()
    assert found(begun, "--range", "HEAD~1..HEAD") == plain


def test_reading_writes_nothing(begun: Repository) -> None:
    begun.write(B, BAD)
    begun.git("add", B)
    begun.write("src/code.py", "x = 3\n")

    def picture() -> dict[str, str]:
        files = (path for path in begun.root.rglob("*") if path.is_file())
        return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    before = picture()
    for options in (["--staged"], [], ["--range", "HEAD"], ["beliefs"]):
        run(begun, "check", *options)
    assert picture() == before


# In a hook


def test_a_hook_judges_the_index_that_it_was_given(begun: Repository) -> None:
    """`commit -a` and `commit -- path` have an index of their own, which is a lock file."""
    hook(begun, "pre-commit")
    begun.write("beliefs/B-sma111-batches.md", belief("B-sma111", cites="[L-nx0000]"))
    for words in (["-a"], ["--", "beliefs"], ["--amend", "-a"]):
        code, said = attempt(begun, "commit", "-m", "x", *words)
        assert code == 1 and "L-nx0000" in said
    begun.write("src/code.py", "x = 2\n")
    code, said = attempt(begun, "commit", "-q", "-m", "x", "--", "src")
    assert code == 0, said
    assert begun.git("status", "--porcelain").split() == ["M", "beliefs/B-sma111-batches.md"]


def test_a_hook_in_another_work_tree_and_in_a_folder_of_it(begun: Repository) -> None:
    hook(begun, "pre-commit")
    begun.git("worktree", "add", "-q", "../side")
    side = Repository(begun.root.parent / "side", begun.environ)
    side.write(B, BAD)
    side.git("add", B)
    code, said = attempt(side, "commit", "-m", "x")
    assert code == 1 and "L-nx0000" in said
    inner = Repository(side.root / "src", begun.environ)
    code, said = attempt(inner, "commit", "-m", "x")
    assert code == 1 and "L-nx0000" in said


def test_a_hook_for_a_repository_that_lies_elsewhere(begun: Repository, tmp_path: Path) -> None:
    """Such as the settings in a home folder: git is told where by --git-dir and --work-tree."""
    hook(begun, "pre-commit")
    (tmp_path / "apart.git").parent.mkdir(exist_ok=True)
    (begun.root / ".git").rename(tmp_path / "apart.git")
    begun.write(B, BAD)
    where = [f"--git-dir={tmp_path / 'apart.git'}", f"--work-tree={begun.root}"]
    begun.git(*where, "add", B)
    code, said = attempt(begun, *where, "commit", "-m", "x")
    assert code == 1 and "L-nx0000" in said


def test_whoever_names_a_repository_means_that_one(
    begun: Repository, make_repository: Maker
) -> None:
    """An agent runs inside a hook of one repository, and asks about another."""
    other = make_repository("other")
    other.write(B, BAD)
    other.git("add", B)
    ties = {"GIT_DIR": str(begun.root / ".git"), "GIT_INDEX_FILE": ".git/index"}
    assert staged(begun, "-C", str(other.root), **ties) == CAUGHT
    assert staged(begun, **ties) == []


def test_a_clean_merge_is_judged_by_what_is_in_none_of_its_parents(begun: Repository) -> None:
    begun.git("checkout", "-q", "-b", "side")
    begun.write(B, BAD)
    begun.commit()
    begun.git("checkout", "-q", "main")
    begun.write("src/more.py", "y = 1\n")
    begun.commit()
    hook(begun, "pre-merge-commit")
    hook(begun, "commit-msg", "--message", '"$1"')
    code, said = attempt(begun, "merge", "-q", "-m", "x", "side")
    assert code == 0, said  # what side did is judged on side
    begun.git("reset", "-q", "--hard", "HEAD~1")
    assert attempt(begun, "merge", "-q", "--no-commit", "side")[0] == 0
    assert staged(begun) == []
    begun.write("beliefs/B-sma111-batches.md", belief("B-sma111", "Batches", n="many"))
    begun.git("add", ".")
    assert staged(begun) == [("kind-schema", "error", "beliefs/B-sma111-batches.md")]


def test_what_a_merge_that_is_over_has_left_behind_is_no_parent(begun: Repository) -> None:
    """A hook of a merge may commit things of its own, here or elsewhere."""
    begun.write(B, BAD)
    begun.git("add", B)
    merged = begun.git("rev-parse", "HEAD").strip()
    for name in (f"GITHEAD_{merged}", f"GITHEAD_{'1' * 40}", "GITHEAD_x"):
        assert staged(begun, **{name: "side"}) == CAUGHT


# The message


MISSION = "---\ninvariants: []\n---\n# The mission\n"
ADA = "Escalation: Ada <ada@example.org>"


@pytest.mark.parametrize(
    ("message", "caught"),
    [(f"x\n\n{ADA}\n", False), (f"\n\nx\n\n{ADA}\n", False), (f"x\n\n{ADA}\n# {ADA}\n", False),
     (f"x\n\n# {ADA}\n", True), ("", True), ("x\n", True), (f"\n\n{ADA}\n", True),
     (f"x\n\n{ADA}\n\nAs it was asked for.\n", True), (f"x\n\nThe line\n{ADA}\nis quoted.\n", True),
     (f"x\n\n{ADA.upper()}\nSigned-off-by: Ben\n", False), (f"x\n{ADA}\n", True),
     (f"x\n# ------------------------ >8 ------------------------\n{ADA}\n", True)],
)  # fmt: skip
def test_the_message_is_read_as_git_will_write_it(
    begun: Repository, message: str, caught: bool
) -> None:
    begun.write("beliefs/MISSION.md", MISSION)
    begun.commit()
    begun.write("beliefs/MISSION.md", MISSION + "\nMore.\n")
    begun.git("add", ".")
    begun.write(".git/COMMIT_EDITMSG", message)
    assert staged(begun) == []  # nobody knows yet what it will say
    asked = staged(begun, "--message", ".git/COMMIT_EDITMSG")
    assert bool(asked) == caught


def test_a_message_that_is_not_there_is_said(begun: Repository) -> None:
    begun.write(B, belief())
    begun.git("add", ".")
    code, _, err = run(begun, "check", "--staged", "--message", "nowhere")
    assert code == 1 and "nowhere" in err
    assert run(begun, "check", "--message", "x")[0] == 2


def test_a_pick_that_stopped_is_judged_by_the_message_that_it_goes_on_with(
    begun: Repository,
) -> None:
    """A closing commit says who closed: it is no less so when it is picked elsewhere."""
    path = "tasks/T-nce111-once.md"
    begun.write(path, task("T-nce111", "Once"))
    begun.commit()
    begun.git("checkout", "-q", "-b", "side")
    begun.write(path, task("T-nce111", "Once", verify="true"))
    begun.commit()
    done = task(
        "T-nce111", "Once", verify="true", status="closed", outcome="confirmed",
        found_by="check", checked="abc",
    )  # fmt: skip
    begun.write(path, done)
    begun.commit("swarm: close\n\nSwarm-Verb: close\nSwarm-Task: T-nce111\n")
    begun.git("checkout", "-q", "main")
    assert attempt(begun, "cherry-pick", "side")[0]
    begun.write(path, done)
    begun.git("add", path)
    assert [rule for rule, _, _ in staged(begun)] == ["verified-close"]  # nothing was run here
    assert found(begun, "--range", "main..side") == []


def test_git_is_asked_which_lines_it_will_take_out(begun: Repository) -> None:
    """Whoever says for one commit that lines in E are comments has escalated nothing."""
    begun.write("beliefs/MISSION.md", MISSION)
    begun.commit()
    hook(begun, "commit-msg", "--message", '"$1"')
    begun.write("beliefs/MISSION.md", MISSION + "\nMore.\n")
    words = ["commit", "-q", "-a", "--cleanup=strip", "-m", f"x\n\n{ADA}"]
    for way in (["-c", "core.commentChar=E", *words], ["-c", "core.commentChar=auto", *words]):
        code, said = attempt(begun, *way)
        held = "Escalation" in begun.git("log", "-1", "--format=%B")
        assert (code == 0) == held, said
    assert attempt(begun, "log", "-1", "--format=%s")[1].strip() == "x"


# Merges


def fork(repo: Repository, here: dict[str, str | None], there: dict[str, str | None]) -> None:
    """Two branches with a commit each, the hooks not asked; what is None goes."""
    for branch, files in (("side", there), ("main", here)):
        repo.git("checkout", "-q", *([] if branch == "main" else ["-b"]), branch)
        for path, text in files.items():
            repo.git("rm", "-q", path) if text is None else repo.write(path, text)
        repo.commit(branch)


def merge(repo: Repository, *others: str, **environ: str) -> None:
    assert attempt(repo, "merge", "-q", "--no-ff", "--no-commit", *others, **environ)[0] == 0


OLD = "beliefs/B-sma111-batches.md"
L = "memory/lessons/L-meas01-a.md"
WRONG = belief("B-sma111", "Batches stay small", status="falsified")


def of_merge(repo: Repository) -> set[str]:
    """The rules that refuse a merge under way, which refuse it in a range just so."""
    rules = {rule for rule, level, _ in staged(repo) if level == "error"}
    made = repo.commit("merge")
    assert repo.git("log", "-1", "--format=%P").strip().count(" ") >= 1
    answer = json.loads(run(repo, "check", "--range", "HEAD", "--json")[1])["data"]["findings"]
    errors = [each for each in answer if each["commit"] == made and each["level"] == "error"]
    assert {each["rule"] for each in errors} == rules
    assert all("git checkout" in each["remedy"] for each in errors)
    return rules


SIGNAL = "beliefs/signals/S-1nv111-s.md"
MANIFEST = "beliefs/MISSION.md"
AGAINST = [
    ({OLD: WRONG}, {}, ["checkout", "side", "--", OLD], "legal-move"),
    ({}, {OLD: WRONG}, ["checkout", "main", "--", OLD], "legal-move"),
    ({}, {B: belief()}, ["rm", "-q", "-f", B], "correct-not-delete"),
    ({SIGNAL: signal("S-1nv111")}, {}, ["rm", "-q", "-f", SIGNAL], "correct-not-delete"),
    ({MANIFEST: MISSION + "\nMore.\n"}, {}, ["checkout", "side", "--", MANIFEST], "escalation"),
    ({}, {MANIFEST: MISSION + "\nMore.\n"}, ["checkout", "main", "--", MANIFEST], "escalation"),
    ({}, {"tests/test_it.py": "def test_it(): ...\n",
          B: belief(status="enforced", enforced_by="tests/test_it.py")},
     ["rm", "-q", "-f", "tests/test_it.py"], "enforcer-lost"),
]  # fmt: skip


@pytest.mark.parametrize(("here", "there", "taken", "rule"), AGAINST)
def test_a_merge_takes_nothing_back_that_one_of_its_sides_has_changed(
    begun: Repository, here: dict[str, str | None], there: dict[str, str | None],
    taken: list[str], rule: str,
) -> None:  # fmt: skip
    begun.write(MANIFEST, MISSION)
    begun.commit()
    fork(begun, here | {"src/here.py": "x\n"}, there | {"src/there.py": "x\n"})
    merge(begun, "side")
    begun.git(*taken)
    assert rule in of_merge(begun)


def test_a_merge_that_keeps_nothing_of_the_other_side_is_refused(begun: Repository) -> None:
    fork(begun, {B: belief()}, {"src/there.py": "x\n"})
    begun.git("checkout", "-q", "side")
    merge(begun, "-s", "ours", "main")
    assert of_merge(begun) == {"correct-not-delete"}


def sides(begun: Repository) -> list[str]:
    """Both add a record, and change one."""
    fork(
        begun,
        {B: belief(), L: lesson("L-meas01", "First")},
        {OLD: WRONG, SIGNAL: signal("S-1nv111")},
    )
    return ["side"]


def reverting(begun: Repository) -> list[str]:
    """One takes back what was there before they parted, and what it had done itself."""
    begun.write(OLD, WRONG)
    begun.commit()
    fork(
        begun,
        {B: belief()},
        {OLD: belief("B-sma111", "Batches stay small"), L: None, SIGNAL: signal()},
    )
    begun.git("checkout", "-q", "side")
    begun.git("revert", "--no-edit", "HEAD")
    begun.git("revert", "--no-edit", "HEAD")
    begun.git("checkout", "-q", "main")
    return ["side"]


def of_three(begun: Repository) -> list[str]:
    fork(begun, {B: belief()}, {OLD: WRONG})
    begun.git("checkout", "-q", "-b", "third", "main~1")
    begun.git("rm", "-q", L)
    begun.commit()
    begun.git("checkout", "-q", "main")
    return ["side", "third"]


def unrelated(begun: Repository) -> list[str]:
    begun.git("checkout", "-q", "--orphan", "side")
    begun.git("rm", "-q", "-r", "-f", ".")
    begun.write(B, belief())
    begun.commit()
    begun.git("checkout", "-q", "main")
    return ["--allow-unrelated-histories", "side"]


def crossed(begun: Repository) -> list[str]:
    """Each has merged the other before: there are two places where they parted."""
    fork(begun, {OLD: WRONG}, {"src/there.py": "x\n"})
    begun.git("branch", "before")
    begun.git("merge", "-q", "--no-edit", "side")
    begun.git("checkout", "-q", "side")
    begun.git("merge", "-q", "--no-edit", "before")
    begun.write("src/there.py", "y\n")
    begun.commit()
    begun.git("checkout", "-q", "main")
    begun.write(OLD, belief("B-sma111", "Batches stay small"))
    begun.commit()
    return ["side"]


def moved(begun: Repository) -> list[str]:
    """git takes along what the other side adds to a folder that has moved."""
    begun.git("config", "merge.directoryRenames", "true")
    begun.write("beliefs/more/B-ther11-b.md", belief("B-ther11", "Another"))
    begun.write(MANIFEST, MISSION.replace("[]", "[B-new001]"))
    begun.commit()
    fork(begun, {"src/here.py": "x\n"}, {"beliefs/more/B-new001-c.md": belief()})
    begun.git("mv", "beliefs/more", "beliefs/kept")
    begun.commit()
    return ["side"]


@pytest.mark.parametrize(
    "begin", [sides, reverting, of_three, unrelated, crossed, moved], ids=lambda each: each.__name__
)
def test_a_clean_merge_is_never_refused(
    begun: Repository, begin: Callable[[Repository], list[str]]
) -> None:
    merge(begun, *begin(begun))
    assert staged(begun) == []
    assert of_merge(begun) == set()


def test_a_merge_of_many_takes_nothing_back_either(begun: Repository) -> None:
    merge(begun, *of_three(begun))
    begun.git("checkout", "third", "--", OLD)
    assert of_merge(begun) == {"legal-move"}


def test_no_ref_replaces_what_is_judged(begun: Repository) -> None:
    begun.write(B, BAD)
    bad = begun.commit()
    begun.git("checkout", "-q", "-b", "good", "HEAD~1")
    begun.write(B, belief())
    good = begun.commit()
    begun.git("checkout", "-q", "main")
    begun.git("replace", bad, good)
    assert found(begun, "--range", f"{bad}~1..{bad}") == CAUGHT
    assert found(begun, "-C", str(begun.root), "--range", f"{bad}~1..{bad}") == CAUGHT


# Ranges


def test_each_commit_is_judged_by_the_rules_of_the_one_before(begun: Repository) -> None:
    def commit(path: str, text: str, message: str = "x") -> str:
        begun.write(path, text)
        return begun.commit(message)

    start = begun.git("rev-parse", "HEAD").strip()
    ids = [
        commit(B, BAD),
        commit("swarm.toml", '[oracle]\nedges-exist = "off"\n', f"x\n\n{ADA}\n"),
        commit(B.replace("1-", "2-"), belief("B-new002", "Other", cites="[L-nx0001]")),
        commit("swarm.toml", '[oracle]\nedges-exist = "error"\n'),
        commit("memory/lessons/L-new001-x.md", lesson(cites="[L-nx0002]")),
        commit(B, belief()),
    ]
    answer = told(begun, "check", "--range", f"{start}..HEAD", code=8)["data"]
    caught = [(each["commit"], each["rule"], each["path"]) for each in answer["findings"]]
    assert caught == [
        (ids[0], "edges-exist", B),
        (ids[4], "edges-exist", "memory/lessons/L-new001-x.md"),
    ]
    assert answer["commits"] == len(ids)
    code, out, _ = run(begun, "check", "--range", f"{start}..HEAD")
    assert code == 8 and f"commit {ids[0]}" in out.split("\n")[0]


def test_the_first_commit_of_all_is_judged_too(repo: Repository) -> None:
    repo.write(B, BAD)
    repo.commit()
    assert found(repo, "--range", "HEAD") == CAUGHT
    assert found(repo, "--range", "HEAD..HEAD") == []


def test_a_merge_in_a_range_is_judged_by_what_is_in_none_of_its_parents(begun: Repository) -> None:
    begun.git("checkout", "-q", "-b", "side")
    begun.write(B, belief())
    begun.commit()
    begun.git("checkout", "-q", "main")
    begun.write("src/more.py", "y = 1\n")
    begun.commit()
    begun.git("merge", "-q", "--no-ff", "-m", "clean", "side")
    assert found(begun, "--range", "HEAD^1..HEAD") == []
    begun.git("reset", "-q", "--hard", "HEAD~1")
    begun.git("merge", "-q", "--no-commit", "--no-ff", "side")
    begun.write("beliefs/B-sma111-batches.md", belief("B-sma111", "Batches", n="many"))
    evil = begun.commit("evil")
    assert begun.git("rev-list", "--count", "--merges", "HEAD").strip() == "1"
    (each,) = told(begun, "check", "--range", "HEAD^1..HEAD", code=8)["data"]["findings"]
    assert (each["commit"], each["rule"]) == (evil, "kind-schema")


@pytest.mark.parametrize("span", ["nowhere..HEAD", "HEAD..nowhere", "--all", "a b", ""])
def test_a_range_that_does_not_exist_is_said(begun: Repository, span: str) -> None:
    code, _, err = run(begun, "check", f"--range={span}")
    assert code in (2, 4) and "try:" in err


def test_a_bare_repository_has_ranges_and_nothing_else(begun: Repository, tmp_path: Path) -> None:
    begun.write(B, BAD)
    begun.commit()
    begun.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
    bare = Repository(tmp_path / "bare.git", begun.environ)
    assert found(bare, "--range", "HEAD~1..HEAD") == CAUGHT
    code, _, err = run(bare, "check")
    assert code == 2 and "--range" in err


def test_outside_of_a_repository(tmp_path: Path, begun: Repository) -> None:
    nowhere = Repository(tmp_path / "nowhere", begun.environ)
    nowhere.root.mkdir()
    for options in (["--staged"], ["--range", "HEAD"], []):
        assert run(nowhere, "check", *options)[0] == 3


# Files


def test_files_are_judged_as_they_lie_beside_the_last_commit(begun: Repository) -> None:
    begun.write(B, BAD)
    begun.write("beliefs/B-old001-x.md", belief("B-old001", "Old", n="many"))
    begun.git("add", "beliefs/B-old001-x.md")
    begun.git("commit", "-q", "-m", "x")
    old = ("kind-schema", "note", "beliefs/B-old001-x.md")
    assert found(begun) == CAUGHT  # all that differs from the last commit
    assert found(begun, "beliefs") == [*CAUGHT, old]
    assert found(begun, "beliefs/B-old001-x.md") == [old]
    assert "B-old001" in run(begun, "check", "beliefs/B-old001-x.md")[1]
    begun.write(".gitignore", "beliefs/\n")
    assert found(begun) == []


def test_a_path_is_meant_from_where_one_stands(begun: Repository) -> None:
    begun.write(B, BAD)
    inner = Repository(begun.root / "beliefs", begun.environ)
    assert found(inner, Path(B).name) == CAUGHT
    assert run(inner, "check", "../..")[0] == 2
    assert found(inner, "../src") == []


def test_a_deleted_and_a_linked_file(begun: Repository) -> None:
    begun.root.joinpath("beliefs/B-sma111-batches.md").unlink()
    begun.root.joinpath("beliefs/B-new001-link.md").symlink_to("../src/code.py")
    assert {rule for rule, _, _ in found(begun)} == {"correct-not-delete", "readable"}


def test_three_questions_are_not_asked_at_once(begun: Repository) -> None:
    for words in (["--staged", "--range", "HEAD"], ["--staged", B], ["--range", "HEAD", B]):
        assert run(begun, "check", *words)[0] == 2


# Settings that cannot be read


def test_settings_that_do_not_parse_are_read_as_none_and_nothing_is_written_over_them(
    begun: Repository,
) -> None:
    begun.write("swarm.toml", "[oracle\n")
    begun.git("add", ".")
    assert staged(begun) == [("settings-readable", "error", "swarm.toml")]
    begun.commit()
    code, _, err = run(begun, "new", "lesson", "Something learned")
    assert code == 8 and "swarm.toml" in err and "mend line 1" in err
    assert run(begun, "list")[0] == 0
    begun.write("swarm.toml", "")
    begun.commit()
    assert run(begun, "new", "lesson", "Something learned")[0] == 0


# The same rules at every door


def test_a_verb_is_refused_by_the_same_rules_and_tells_advice(begun: Repository) -> None:
    words = [
        "new",
        "belief",
        "Readers wait",
        "--set",
        "evidence=9 runs",
        "--set",
        "falsified_if=never",
    ]
    code, _, err = run(begun, *words)
    assert code == 8 and "falsified_if" in err and "could be seen" in err
    assert begun.git("status", "--porcelain") == ""
    code, _, err = run(begun, "new", "lesson", "Links", "--set", "supports=L-nx0000")
    assert code == 0 and "L-nx0000" in err
    assert begun.git("status", "--porcelain") == ""


def test_a_verb_that_is_refused_says_all_of_it(begun: Repository) -> None:
    code, _, err = run(
        begun, "new", "belief", "Readers wait", "--set", "evidence=none", "--set",
        "falsified_if=never", "--set", "depends_on=B-nx0000",
    )  # fmt: skip
    assert code == 8 and all(each in err for each in ("evidence", "falsified_if", "B-nx0000"))


# Forms


def test_github_is_told_in_lines_that_nothing_breaks(begun: Repository) -> None:
    path = "beliefs/B-new001-100%, sure: x.md"
    begun.write(path, belief(evidence="none, %"))
    begun.git("add", ".")
    code, out, err = run(begun, "check", "--staged", "--format", "github")
    (line,) = out.splitlines()
    assert code == 8 and err == ""
    assert line.startswith("::error file=beliefs/B-new001-100%25%2C sure%3A x.md,line=")
    assert "title=belief-testable::`evidence` says nothing: none, %25 →" in line


def test_sarif_is_what_a_code_scanner_reads(begun: Repository) -> None:
    begun.write(B, belief(evidence="none", body="a\u200bb \x7f"))
    begun.write("memory/lessons/L-new001 x.md", lesson(cites="[L-nx0000]"))
    begun.git("add", ".")
    code, out, _ = run(begun, "check", "--staged", "--format", "sarif")
    log = json.loads(out)
    assert code == 8 and log["version"] == "2.1.0" and log["$schema"].endswith("sarif-2.1.0.json")
    (of,) = log["runs"]
    rules = [each["id"] for each in of["tool"]["driver"]["rules"]]
    assert of["tool"]["driver"]["name"] == "swarm" and len(set(rules)) == len(rules)
    assert {each["ruleId"] for each in of["results"]} == set(rules)
    for each in of["results"]:
        (place,) = (where["physicalLocation"] for where in each["locations"])
        assert each["level"] in ("error", "warning", "note") and each["message"]["text"]
        assert place["region"]["startLine"] >= 1 and " " not in place["artifactLocation"]["uri"]


def test_a_name_that_is_no_text_is_told_in_every_form(begun: Repository) -> None:
    path = os.fsdecode(b"beliefs/B-new001-\xff\n'\".md")
    begun.write(path, BAD)
    begun.git("add", ".")
    for form in ("text", "json", "sarif", "github"):
        code, out, err = run(begun, "check", "--staged", "--format", form)
        assert code == 8 and "L-nx0000" in out and err == ""
        assert len(out.splitlines()) == (2 if form == "text" else 1)


def test_every_form_says_as_much_when_there_is_nothing(begun: Repository) -> None:
    begun.write(B, belief())
    begun.git("add", ".")
    outs = {
        form: run(begun, "check", "--staged", "--format", form)[:2]
        for form in ("text", "json", "sarif", "github")
    }
    assert outs["text"] == (0, "1 change of the board; nothing is wrong\n")
    assert outs["github"] == (0, "")
    assert json.loads(outs["sarif"][1])["runs"][0]["results"] == []
    assert json.loads(outs["json"][1]) == told(begun, "check", "--staged")


def test_text_says_the_rule_and_why_and_leaves_old_faults_for_whoever_asks(
    begun: Repository,
) -> None:
    old = principle(confidence="certain")
    begun.write("memory/principles/P-new001-x.md", old)
    begun.git("add", ".")
    begun.git("commit", "-q", "-m", "x")
    begun.write("memory/principles/P-new001-x.md", old + "\nMore.\n")
    begun.write(B, BAD)
    begun.git("add", ".")
    code, out, err = run(begun, "check", "--staged")
    first, last = out.splitlines()
    assert code == 8 and err == ""
    assert first.startswith(f"error {B}:6: `cites` names L-nx0000, which is not here → ")
    assert "[edges-exist: " in first
    assert last == "2 changes of the board; 1 error, 1 note"


def test_what_a_stranger_wrote_cannot_steer_a_terminal(begun: Repository) -> None:
    begun.write(B, belief(evidence="none", cites='["L-\\u001b[31m"]'))
    begun.git("add", ".")
    for form in ("text", "github", "sarif", "json"):
        out: Any = run(begun, "check", "--staged", "--format", form)[1]
        assert "\x1b" not in out
