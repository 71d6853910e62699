"""The hooks in force: git commits, merges, picks and pushes, and a bad belief does not get by."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from boards import run, told
from conftest import Maker, Repository, hermetic
from hooking import BAD, CAUGHT, B, attempt, head, stage
from judging import belief, lesson

from swarm import hookcall, hookscript

WORSE = belief(cites="[L-nx0000]", body="More of it.")
OLD = "beliefs/B-sma111-batches.md"
PLAIN = "/usr/bin:/bin"  # where git is, and no swarm


@pytest.fixture(scope="module")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    folder = tmp_path_factory.mktemp("pattern")
    repo = Repository(folder, hermetic(folder))
    repo.git("init", "-q", "-b", "main", "--template=")
    repo.write(OLD, belief("B-sma111", "Batches stay small"))
    repo.write("src/code.py", "x = 1\n")
    repo.commit()
    code, out, err = run(repo, "hooks", "install")
    assert code == 0, out + err
    return repo


@pytest.fixture
def begun(pattern: Repository, tmp_path: Path) -> Repository:
    """A board with the hooks in place."""
    shutil.copytree(pattern.root, tmp_path / "repo")
    return Repository(tmp_path / "repo", hermetic(tmp_path))


def counting(repo: Repository, real: bool = True) -> Path:
    """Have the hooks start a Python that counts how often it is started."""
    counter = repo.root.parent / "started"
    python = repo.root.parent / "python"
    goes_on = f'exec "{sys.executable}" "$@"' if real else "exit 0"
    python.write_text(f'#!/bin/sh\necho "$7" >> "{counter}"\n{goes_on}\n')
    python.chmod(0o755)
    rewrite(repo, str(python))
    counter.write_text("")
    return counter


def rewrite(repo: Repository, python: str) -> None:
    package = str(Path(hookscript.__file__).parent)
    for name in hookscript.NAMES:
        script = repo.root / ".git/hooks" / name
        script.write_bytes(hookscript.text(name, hookscript.Swarm(python, package)))


# Every way to commit: what a good belief does, and a bad one


def plain(repo: Repository, text: str) -> tuple[int, str]:
    stage(repo, B, text)
    return attempt(repo, "commit", "-q", "-m", "x")


def all_of_it(repo: Repository, text: str) -> tuple[int, str]:
    repo.write(OLD, text.replace("B-new001", "B-sma111"))
    return attempt(repo, "commit", "-q", "-a", "-m", "x")


def one_path(repo: Repository, text: str) -> tuple[int, str]:
    stage(repo, B, text)
    stage(repo, "beliefs/B-ther11-other.md", BAD.replace("B-new001", "B-ther11"))
    return attempt(repo, "commit", "-q", "-m", "x", "--", B)


def amended(repo: Repository, text: str) -> tuple[int, str]:
    stage(repo, B, text)
    return attempt(repo, "commit", "-q", "--amend", "--no-edit")


def in_an_editor(repo: Repository, text: str) -> tuple[int, str]:
    stage(repo, B, text)
    return attempt(repo, "commit", "-q", GIT_EDITOR="echo x >")


def in_a_folder(repo: Repository, text: str) -> tuple[int, str]:
    stage(repo, B, text)
    return attempt(Repository(repo.root / "src", repo.environ), "commit", "-q", "-m", "x")


def in_a_work_tree(repo: Repository, text: str) -> tuple[int, str]:
    repo.git("worktree", "add", "-q", "-b", "aside", "../aside")
    aside = Repository(repo.root.parent / "aside", repo.environ)
    stage(aside, B, text)
    done = attempt(aside, "commit", "-q", "-m", "x")
    repo.git("reset", "-q", "--hard", "aside")
    return done


def a_part(repo: Repository, text: str) -> tuple[int, str]:
    """As `add -p` leaves it: the index holds something that the file does not say."""
    oid = repo.git("hash-object", "-w", "--stdin", stdin=text.encode()).strip()
    repo.git("update-index", "--add", "--cacheinfo", f"100644,{oid},{B}")
    repo.write(B, belief() if text == BAD else BAD)
    return attempt(repo, "commit", "-q", "-m", "x")


def merged(repo: Repository, text: str) -> tuple[int, str]:
    """A merge that git can make, and into which somebody puts something of his own."""
    aside(repo, "src/more.py", "y = 1\n")
    assert attempt(repo, "merge", "-q", "--no-commit", "--no-ff", "side")[0] == 0
    return plain(repo, text)


def merged_with_a_conflict(repo: Repository, text: str) -> tuple[int, str]:
    aside(repo, "src/code.py", "x = 2\n")
    stage(repo, "src/code.py", "x = 3\n")
    repo.git("commit", "-q", "-m", "here")
    assert attempt(repo, "merge", "-q", "side")[0]
    stage(repo, "src/code.py", "x = 4\n")
    stage(repo, B, text)
    return attempt(repo, "commit", "-q", "--no-edit")


def picked_with_a_conflict(repo: Repository, text: str) -> tuple[int, str]:
    aside(repo, "src/code.py", "x = 2\n")
    stage(repo, "src/code.py", "x = 3\n")
    repo.git("commit", "-q", "-m", "here")
    assert attempt(repo, "cherry-pick", "side")[0]
    stage(repo, "src/code.py", "x = 4\n")
    stage(repo, B, text)
    return attempt(repo, "-c", "core.editor=true", "cherry-pick", "--continue")


def with_a_name_for_everything(repo: Repository, text: str) -> tuple[int, str]:
    """As a repository is used whose files lie in somebody's home."""
    apart = repo.root.parent / "apart.git"
    (repo.root / ".git").rename(apart)
    where = [f"--git-dir={apart}", f"--work-tree={repo.root}"]
    repo.write(B, text)
    repo.git(*where, "add", B)
    done = attempt(repo, *where, "commit", "-q", "-m", "x")
    apart.rename(repo.root / ".git")
    return done


def aside(repo: Repository, path: str, text: str) -> None:
    """A commit on another branch, made before there was anybody to ask."""
    repo.git("checkout", "-q", "-b", "side")
    stage(repo, path, text)
    repo.git("commit", "-q", "--no-verify", "-m", "aside")
    repo.git("checkout", "-q", "main")


WAYS = [
    plain, all_of_it, one_path, amended, in_an_editor, in_a_folder, in_a_work_tree, a_part, merged,
    merged_with_a_conflict, picked_with_a_conflict, with_a_name_for_everything,
]  # fmt: skip


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_every_way_to_commit(
    begun: Repository, way: Callable[[Repository, str], tuple[int, str]]
) -> None:
    code, said = way(begun, BAD)
    assert code and CAUGHT in said and "→" in said, said


OWN_INDEX = [one_path, in_a_work_tree, a_part, merged]


@pytest.mark.parametrize("way", OWN_INDEX, ids=lambda way: way.__name__)
def test_every_way_to_commit_lets_a_good_belief_through_in_silence(
    begun: Repository, way: Callable[[Repository, str], tuple[int, str]]
) -> None:
    before = head(begun)
    code, said = way(begun, belief())
    assert code == 0 and "swarm" not in said, said
    assert head(begun) != before


@pytest.mark.parametrize(
    "words",
    [["cherry-pick", "-x", "side"], ["merge", "-q", "--no-edit", "side"],
     ["merge", "-q", "--squash", "side"], ["rebase", "-q", "side"], ["revert", "--no-edit", "HEAD"],
     ["-c", "core.editor=true", "rebase", "-q", "-i", "--root"], ["stash"],
     ["rebase", "-q", "--exec", "git commit -q --allow-empty -m more", "side"]],
    ids=" ".join,
)  # fmt: skip
def test_what_git_makes_of_commits_that_are_there_works(
    begun: Repository, words: list[str]
) -> None:
    """git asks no hook there, or only of what is judged where it was made."""
    aside(begun, B, BAD)
    stage(begun, "src/code.py", "x = 2\n")
    begun.git("commit", "-q", "-m", "here")
    begun.write(OLD, belief("B-sma111", "Batches stay small", n=1)) if words == ["stash"] else None
    code, said = attempt(begun, *words)
    assert code == 0, said
    assert begun.git("status", "--porcelain", "--untracked-files=no").split()[:1] in ([], ["A"])


def test_a_rebase_that_stopped_goes_on(begun: Repository) -> None:
    aside(begun, "src/code.py", "x = 2\n")
    stage(begun, "src/code.py", "x = 3\n")
    begun.git("commit", "-q", "-m", "here")
    assert attempt(begun, "rebase", "side")[0]
    stage(begun, "src/code.py", "x = 4\n")
    code, said = attempt(begun, "-c", "core.editor=true", "rebase", "--continue")
    assert code == 0, said


def test_a_refused_commit_leaves_everything_as_it_was(begun: Repository) -> None:
    stage(begun, B, BAD)
    begun.write("src/code.py", "x = 2\n")
    begun.write("src/new.py", "")
    before = (begun.git("status", "--porcelain"), begun.git("ls-files", "--stage"), head(begun))
    assert attempt(begun, "commit", "-m", "x")[0]
    assert attempt(begun, "commit", "-a", "-m", "x")[0]
    after = (begun.git("status", "--porcelain"), begun.git("ls-files", "--stage"), head(begun))
    assert after == before


def test_words_that_were_written_for_a_refused_commit_are_not_lost(begun: Repository) -> None:
    """Such as those that only the message can settle: whoever wrote them is in an editor."""
    begun.write("beliefs/MISSION.md", "---\ninvariants: []\n---\n# The mission\n")
    begun.commit()
    stage(begun, "beliefs/MISSION.md", "---\ninvariants: [B-sma111]\n---\n# The mission\n")
    code, said = attempt(begun, "commit", GIT_EDITOR="echo many words >")
    assert code and "Escalation" in said and "git commit -eF" in said
    again = said.split("git commit -eF ")[1].split()[0]
    line = "echo 'Escalation: Ada <ada@example.org>' >>"
    code, said = attempt(begun, "commit", "-eF", again, GIT_EDITOR=f"echo >> $1; {line}")
    assert code == 0, said
    assert begun.git("log", "-1", "--format=%B").startswith("many words")


# What it costs


@pytest.mark.parametrize(
    ("path", "words", "started"),
    [("src/code.py", ["-m", "x"], []), (B, ["-m", "x"], ["commit-msg"]),
     ("beliefs/picture.png", ["-m", "x"], ["commit-msg"]), ("src/code.py", [], []),
     ("tools/guards/one", ["-m", "x"], ["commit-msg"]),
     (B, [], ["pre-commit", "commit-msg"])],
)  # fmt: skip
def test_python_is_started_when_there_is_something_to_judge_and_once_where_nobody_waits(
    begun: Repository, path: str, words: list[str], started: list[str]
) -> None:
    counter = counting(begun)
    stage(begun, path, belief())
    code, said = attempt(begun, "commit", "-q", *words, GIT_EDITOR="echo x >")
    assert code == 0, said
    assert counter.read_text().split() == started


@pytest.mark.parametrize(
    ("name", "lose"),
    [("tests/test_reads.py", ["rm", "-q", "--"]), ('tests/"test".py', ["rm", "-q", "--"]),
     ("tests/test ä.py", ["update-index", "--chmod=-x", "--"])],
)  # fmt: skip
def test_what_goes_is_asked_about_if_a_belief_relies_on_it(
    begun: Repository, name: str, lose: list[str]
) -> None:
    counter = counting(begun, real=False)
    for path in (name, "tests/test öther.py"):
        begun.write(path, "def test_reads(): ...\n").chmod(0o755)
    stage(begun, B, belief(status="enforced", enforced_by=f"'{name}'"))
    begun.git("add", "-A")
    begun.git("commit", "-q", "--no-verify", "-m", "x")
    begun.git(*lose, "tests/test öther.py")
    assert attempt(begun, "commit", "-q", "-m", "x")[0] == 0
    assert counter.read_text() == ""
    begun.git(*lose, name)
    assert attempt(begun, "commit", "-q", "-m", "x")[0] == 0
    assert counter.read_text().split() == ["commit-msg"]


def test_what_a_belief_relies_on_does_not_go_unseen(begun: Repository) -> None:
    begun.write("tests/test_reads.py", "def test_reads(): ...\n")
    stage(begun, B, belief(status="enforced", enforced_by="tests/test_reads.py"))
    begun.git("add", "-A")
    begun.git("commit", "-q", "--no-verify", "-m", "x")
    begun.git("rm", "-q", "tests/test_reads.py")
    code, said = attempt(begun, "commit", "-q", "-m", "x")
    assert code and "enforcer-lost" in said


def test_a_hook_that_is_alone_judges_all_of_it(begun: Repository) -> None:
    """pre-commit leaves to commit-msg only what commit-msg will do."""
    script = begun.root / ".git/hooks/commit-msg"
    counter = counting(begun, real=False)
    stage(begun, B, BAD)
    ours = script.read_text()
    for number, (rest, mode) in enumerate(((ours, 0o644), ("#!/bin/sh\n", 0o755), ("", 0o755))):
        script.write_text(rest)
        script.chmod(mode)
        assert attempt(begun, "commit", "-q", "--allow-empty", "-m", "x")[0] == 0
        assert counter.read_text().split() == ["pre-commit"] * (number + 1)
        begun.git("reset", "-q", "--soft", "HEAD~1")


def test_what_swarm_itself_commits_is_judged_once_and_by_what_it_is(begun: Repository) -> None:
    """Its commit-msg hook is run beside an index that somebody else is at work in."""
    counter = counting(begun)
    stage(begun, B, BAD)
    code, _, err = run(begun, "new", "lesson", "Learned", SWARM_BYPASS="why")
    assert code == 0 and err == ""
    assert "Bypass" not in begun.git("log", "-1", "--format=%B")
    assert counter.read_text() == ""
    script = begun.root / ".git/hooks/commit-msg"  # as a hook of one's own, or pre-commit's, calls
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m swarm hook commit-msg "$1"\n')
    code, _, err = run(begun, "new", "lesson", "Learned again")
    assert code == 0 and err == ""
    assert begun.git("diff", "--cached", "--name-only").split() == [B]


# Where nothing can start


def no_python(repo: Repository) -> dict[str, str]:
    rewrite(repo, "/nowhere/bin/python")
    return {"PATH": PLAIN}


def an_unstartable_one(repo: Repository) -> dict[str, str]:
    python = repo.root.parent / "python"
    python.write_text("#!/nowhere/interpreter\n")
    python.chmod(0o755)
    rewrite(repo, str(python))
    return {"PATH": PLAIN}


def one_without_swarm(repo: Repository) -> dict[str, str]:
    """As when the virtual environment that installed the hooks was made anew."""
    python = repo.root.parent / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n')
    python.chmod(0o755)
    rewrite(repo, str(python))
    return {"PATH": PLAIN}


@pytest.mark.parametrize("lose", [no_python, an_unstartable_one, one_without_swarm])
def test_without_a_swarm_what_concerns_no_record_works_and_the_rest_says_how_to_mend_it(
    begun: Repository, lose: Callable[[Repository], dict[str, str]]
) -> None:
    around = lose(begun)
    stage(begun, "src/code.py", "x = 2\n")
    assert attempt(begun, "commit", "-q", "-m", "x", **around) == (0, "")
    begun.git("rm", "-q", "src/code.py")
    code, said = attempt(begun, "commit", "-q", "-m", "x", **around)
    assert code == 0 and "swarm:" not in said
    for words, editor in ((["-m", "x"], ":"), ([], "echo x >")):
        stage(begun, B, belief())
        code, said = attempt(begun, "commit", "-q", *words, GIT_EDITOR=editor, **around)
        (line,) = [each for each in said.splitlines() if each.startswith("swarm:")]
        assert code == 1 and "swarm hooks install" in line and "git commit --no-verify" in line
    assert attempt(begun, "commit", "-q", "--no-verify", "-m", "x", **around)[0] == 0


def test_without_a_swarm_a_push_is_held_up_only_by_records(
    begun: Repository, make_repository: Maker
) -> None:
    make_repository("remote", "--bare")
    begun.git("remote", "add", "origin", "../remote")
    begun.git("push", "-q", "origin", "main")
    around = no_python(begun)
    stage(begun, "src/code.py", "x = 2\n")
    begun.git("commit", "-q", "-m", "x")
    assert attempt(begun, "push", "-q", "origin", "main", "HEAD:refs/heads/new", **around)[0] == 0
    stage(begun, B, belief())
    begun.git("commit", "-q", "--no-verify", "-m", "x")
    code, said = attempt(begun, "push", "-q", "origin", "main", **around)
    assert code == 1 and "git push --no-verify" in said
    assert attempt(begun, "push", "-q", "origin", ":new", **around)[0] == 0


def test_before_the_first_commit_and_without_a_swarm(make_repository: Maker) -> None:
    for options in ([], ["--object-format=sha256"]):
        repo = make_repository(f"unborn{len(options)}", *options)
        assert run(repo, "hooks", "install")[0] == 0
        around = no_python(repo)
        stage(repo, B, belief())
        assert attempt(repo, "commit", "-q", "-m", "x", **around)[0] == 1
        repo.git("rm", "-q", "--cached", B)
        stage(repo, "src/code.py", "x = 1\n")
        assert attempt(repo, "commit", "-q", "-m", "x", **around) == (0, "")


def test_a_swarm_on_the_path_will_do(begun: Repository) -> None:
    rewrite(begun, "/nowhere/bin/python")
    folder = begun.root.parent / "bin"
    folder.mkdir()
    (folder / "swarm").write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m swarm "$@"\n')
    (folder / "swarm").chmod(0o755)
    stage(begun, B, BAD)
    code, said = attempt(begun, "commit", "-q", "-m", "x", PATH=f"{folder}:{PLAIN}")
    assert code and CAUGHT in said


def test_an_environment_with_nothing_in_it(begun: Repository) -> None:
    """As a program gets it that was started with the mouse."""
    for name in ("name", "email"):
        begun.git("config", f"user.{name}", "ada@example.org")
    git = next(each for each in ("/usr/bin/git", "/bin/git") if Path(each).exists())
    for text, refused in ((BAD, True), (belief(), False)):
        stage(begun, B, text)
        done = subprocess.run(
            [git, "commit", "-q", "-m", "x"], cwd=begun.root, env={}, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        assert (done.returncode != 0) == refused, done.stderr
        assert (CAUGHT in done.stderr) == refused


def test_a_stranger_s_files_are_not_taken_for_swarm(begun: Repository) -> None:
    """Where `python -m` would look first: in the folder one stands in."""
    for name in ("swarm/__init__.py", "swarm/__main__.py", "click.py", "click/__init__.py"):
        begun.write(name, "raise SystemExit(print('taken') or 0)\n")
    stage(begun, B, BAD)
    code, said = attempt(begun, "commit", "-q", "-m", "x")
    assert code and CAUGHT in said and "taken" not in said


# What stood there before


def heard(repo: Repository, name: str, installed: bool) -> list[object]:
    """What a hook was told, and what came of what it said, in a few of git's ways to work."""
    repo.write("src/code.py", "x = 1\n")
    repo.commit()
    aside(repo, "src/more.py", "")
    notes, code = repo.root / ".git/notes", repo.root / ".git/code"
    keep = f'(echo ran "$#"; printf "[%s]\\n" "$@") >> {notes}\n'
    keep += f"cat >> {notes}\n" if name == "pre-push" else ""
    script = repo.write(f".git/hooks/{name}", f"#!/bin/sh\n{keep}exit $(cat {code})\n")
    script.chmod(0o755)
    assert not installed or run(repo, "hooks", "install")[0] == 0
    found: list[object] = []
    for ends in ("0", "3"):
        code.write_text(ends)
        repo.write("src/code.py", f"x = {ends}\n")
        for words in (
            ["commit", "-q", "-a", "-m", "x"],
            ["push", "../remote", f"HEAD:{repo.root.name}{ends}"],
            ["merge", "-q", "--no-ff", "--no-edit", "side"],
        ):  # fmt: skip
            found.append(attempt(repo, *words)[0] == 0)
        repo.git("reset", "-q", "--hard", "main~1")
    told = [each for each in notes.read_text().split() if len(each) < 40]
    return [*found, *(each.replace(repo.root.name, "") for each in told)]


@pytest.mark.parametrize("name", hookscript.NAMES)
def test_what_was_there_runs_first_as_it_did_and_decides_first(
    make_repository: Maker, name: str
) -> None:
    make_repository("remote", "--bare")
    before = heard(make_repository("plain"), name, installed=False)
    assert heard(make_repository("chained"), name, installed=True) == before
    assert "ran" in before and False in before


def test_pre_commit_s_own_hook_that_took_the_place_again_does_not_go_in_circles(
    repo: Repository,
) -> None:
    """It runs what it found, which is ours, which would run what pre-commit had written before."""
    theirs = '#!/bin/sh\n# hook-impl\nlegacy="${0%/*}/pre-commit.legacy"\n'
    theirs += 'if [ -n "${PRE_COMMIT_RUNNING_LEGACY-}" ]; then echo circle; exit 1; fi\n'
    theirs += 'if [ -x "$legacy" ]; then PRE_COMMIT_RUNNING_LEGACY=1 "$legacy" || exit; fi\n'
    hook = repo.write(".git/hooks/pre-commit", theirs)
    hook.chmod(0o755)
    assert run(repo, "hooks", "install")[0] == 0
    hook.rename(hook.with_name("pre-commit.legacy"))
    hook.write_text(theirs)
    hook.chmod(0o755)
    for text, refused in ((BAD, True), (belief(), False)):
        stage(repo, B, text)
        code, said = attempt(repo, "commit", "-q", "-m", "x")
        assert bool(code) == refused and (CAUGHT in said) == refused and "circle" not in said, said


# Around the oracle, with a reason


def message(repo: Repository) -> str:
    return repo.git("log", "-1", "--format=%B")


@pytest.mark.parametrize("words", [["-m", "x"], []])
def test_a_reason_lets_it_through_and_stays_with_the_commit(
    begun: Repository, words: list[str]
) -> None:
    stage(begun, B, BAD)
    around = {"SWARM_BYPASS": "the oracle is\n wrong\t\x1b[31m \u200b", "GIT_EDITOR": "sed -i 1ix"}
    code, said = attempt(begun, "commit", *words, **around)
    assert code == 0 and "judged nothing" in said, said
    assert message(begun).strip() == "x\n\nSwarm-Bypass: the oracle is wrong [31m"
    told_by_git = begun.git("log", "-1", "--format=%(trailers:key=Swarm-Bypass,valueonly)")
    assert told_by_git.strip() == "the oracle is wrong [31m"
    stage(begun, B, WORSE)
    code, said = attempt(begun, "commit", "--amend", "--no-edit", **around)
    assert code == 0 and message(begun).count("Swarm-Bypass") == 1


def test_a_merge_that_was_let_through_says_so_too(begun: Repository) -> None:
    aside(begun, B, belief("B-new001", n=1))
    stage(begun, B, belief("B-new001", n=2))
    begun.git("commit", "-q", "--no-verify", "-m", "x")
    assert attempt(begun, "merge", "-q", "side")[0]
    stage(begun, B, BAD)
    code, said = attempt(begun, "commit", "--no-edit", SWARM_BYPASS="why")
    assert code == 0, said
    assert (
        begun.git("log", "-1", "--format=%(trailers:key=Swarm-Bypass,valueonly)").strip() == "why"
    )
    assert message(begun).startswith("Merge branch 'side'")


@pytest.mark.parametrize("reason", ["", "\x1b\u200b\n"])
def test_no_reason_is_no_bypass(begun: Repository, reason: str) -> None:
    stage(begun, B, BAD)
    code, said = attempt(begun, "commit", "-m", "x", SWARM_BYPASS=reason)
    assert code and CAUGHT in said


def test_what_nobody_would_have_judged_owes_nothing(begun: Repository) -> None:
    counter = counting(begun)
    stage(begun, "src/code.py", "x = 2\n")
    assert attempt(begun, "commit", "-q", "-m", "x", SWARM_BYPASS="why") == (0, "")
    assert message(begun).strip() == "x" and counter.read_text() == ""
    stage(begun, "beliefs/picture.png", "")
    assert attempt(begun, "commit", "-q", "-m", "x", SWARM_BYPASS="why") == (0, "")
    assert message(begun).strip() == "x" and counter.read_text() != ""


def test_what_was_let_through_is_told_of_wherever_it_goes(
    begun: Repository, make_repository: Maker
) -> None:
    make_repository("remote", "--bare")
    begun.git("remote", "add", "origin", "../remote")
    start = head(begun)
    stage(begun, B, BAD)
    begun.git("commit", "-q", "-m", "x", SWARM_BYPASS="not today")
    bad = head(begun)
    stage(begun, "src/code.py", "x = 2\n")
    begun.git("commit", "-q", "-m", "x\n\nSwarm-Bypass: typed by hand\n")
    done = subprocess.run(
        ["git", "push", "--porcelain", "origin", "main"], cwd=begun.root, env=begun.environ,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert all(each in done.stderr for each in (bad, "not today", "typed by hand"))
    assert bad not in done.stdout  # which is for whoever asked for --porcelain
    answer = told(begun, "check", "--range", f"{start}..HEAD")["data"]["findings"]
    levels = {(each["rule"], each["level"], each["commit"] == bad) for each in answer}
    assert levels == {
        ("bypass", "warning", True), ("edges-exist", "warning", True), ("bypass", "warning", False),
    }  # fmt: skip


@pytest.mark.parametrize("words", [["-m", ""], ["--allow-empty-message", "-m", ""], []])
def test_a_commit_without_a_message(begun: Repository, words: list[str]) -> None:
    """There is nothing that the reason could stand in."""
    around = {"GIT_EDITOR": "true"}
    stage(begun, B, belief())
    before = head(begun)
    code, said = attempt(begun, "commit", *words, SWARM_BYPASS="why", **around)
    assert code and head(begun) == before and "bug" not in said
    code, said = attempt(begun, "commit", *words, **around)
    assert (code == 0) == ("--allow-empty-message" in words), said
    assert code or "swarm" not in said


# What was not asked before is asked at the door, and behind it


def test_what_no_verify_let_through_is_caught_in_the_range_and_by_name(
    begun: Repository, make_repository: Maker
) -> None:
    remote = make_repository("remote", "--bare")
    begun.git("remote", "add", "origin", "../remote")
    assert attempt(begun, "push", "-q", "origin", "main")[0] == 0
    start = head(begun)
    stage(begun, B, BAD)
    begun.git("commit", "-q", "--no-verify", "-m", "x")
    bad = head(begun)
    stage(begun, B, belief())
    begun.git("commit", "-q", "-m", "mended")
    code, out, _ = run(begun, "check", "--range", f"{start}..HEAD")
    assert code == 8 and out.startswith(f"commit {bad}")
    begun.git("tag", "-a", "-m", "x", "v1")
    for words in (["origin", "main"], ["origin", "v1"], [str(remote.root), "main:new"]):
        code, said = attempt(begun, "push", "-q", *words, SWARM_BYPASS="a push has no trailers")
        assert code and bad in said and CAUGHT in said
    assert attempt(begun, "push", "-q", "--no-verify", "origin", "main")[0] == 0
    stage(begun, "src/code.py", "x = 2\n")
    begun.git("commit", "-q", "-m", "x")
    for words in (["main"], ["main:refs/heads/new"], ["--delete", "new"], ["--all"]):
        code, said = attempt(begun, "push", "-q", "origin", *words)
        assert code == 0 and said == "", said


def test_a_push_over_what_nobody_here_has_seen(begun: Repository, make_repository: Maker) -> None:
    make_repository("remote", "--bare")
    begun.git("remote", "add", "origin", "../remote")
    begun.git("push", "-q", "origin", "main")
    begun.git("clone", "-q", "../remote", "../other")
    other = Repository(begun.root.parent / "other", begun.environ)
    other.write("src/code.py", "x = 9\n")
    other.commit()
    other.git("push", "-q", "origin", "main")
    stage(begun, "src/code.py", "x = 2\n")
    begun.git("commit", "-q", "-m", "x")
    assert attempt(begun, "push", "-q", "--force", "origin", "main") == (0, "")


@pytest.mark.parametrize(
    ("lines", "code"),
    [("", 0), ("\n", 0), ("a b c", 2), (f"r {'0' * 40} r {'1' * 40}", 0), ("refs x refs y", 0),
     (f"r {'1' * 40} r {'0' * 40}", 0), ("\udcff \udcff \udcff \udcff", 0)],
)  # fmt: skip
def test_what_git_would_not_say_to_a_push(begun: Repository, lines: str, code: int) -> None:
    done = subprocess.run(
        [begun.root / ".git/hooks/pre-push", "origin", "url"], cwd=begun.root, env=begun.environ,
        input=os.fsencode(lines), capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert done.stdout == b"" and (b"try:" in done.stderr) == bool(code)


# An end to waiting


def test_what_does_not_come_to_an_end_is_stopped(
    begun: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as a git that waits for a network: the shell waits for it in a process of its own."""
    slow = begun.root.parent / "slow"
    slow.mkdir()
    (slow / "git").write_text('#!/bin/sh\ncase "$*" in *cat-file*) exec sleep 30;; esac\n'
                              f'PATH={PLAIN} exec git "$@"\n')  # fmt: skip
    (slow / "git").chmod(0o755)
    stage(begun, B, BAD)
    monkeypatch.setattr(hookcall, "COMMIT_SECONDS", 0.3)
    monkeypatch.setattr(hookcall, "_LAST_SECONDS", 60.0)
    wrapped = begun.environ | {"PATH": f"{slow}:{PLAIN}"}
    code, _, err = run(Repository(begun.root, wrapped), "hook", "pre-commit")
    assert code == 1 and "was stopped" in err and "git commit --no-verify" in err


def test_what_does_not_even_hear_that_is_ended_and_that_is_said(begun: Repository) -> None:
    python = begun.root.parent / "python"
    program = """
import signal, sys, time
from swarm import hookcall, review
hookcall.COMMIT_SECONDS = hookcall._LAST_SECONDS = 0.2
def deaf(*_):
    while True:
        try: time.sleep(30)
        except Exception: pass
review.staged = deaf
from swarm.cli import main
main()
"""
    python.write_text(f"#!/bin/sh\nshift 5\nexec '{sys.executable}' -P -c '{program}' \"$@\"\n")
    python.chmod(0o755)
    rewrite(begun, str(python))
    stage(begun, B, belief())
    code, said = attempt(begun, "commit", "-m", "x")
    assert code and "did not come to an end" in said and "git commit --no-verify" in said


# What is staged may be anything


def submodule(repo: Repository) -> None:
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{head(repo)},beliefs/more")


def hidden_submodule(repo: Repository) -> None:
    """One that the repository's own settings would have git overlook."""
    told = '[submodule "m"]\n\tpath = beliefs/more\n\turl = x\n\tignore = all\n'
    stage(repo, ".gitmodules", told)
    submodule(repo)


def link(repo: Repository) -> None:
    (repo.root / B).symlink_to("../src/code.py")
    repo.git("add", B)


def deletion(repo: Repository) -> None:
    repo.git("rm", "-q", OLD)


def rename(repo: Repository) -> None:
    repo.git("mv", OLD, "beliefs/B-ther11-other.md")


def folder(repo: Repository) -> None:
    repo.git("rm", "-q", OLD)
    stage(repo, f"{OLD}/B-new001-x.md", BAD)


@pytest.mark.parametrize("lay", [submodule, hidden_submodule, link, deletion, rename, folder])
def test_whatever_is_staged_is_judged(begun: Repository, lay: Callable[[Repository], None]) -> None:
    lay(begun)
    before = head(begun)
    code, said = attempt(begun, "commit", "-q", "-m", "x")
    assert code and "error" in said and "→" in said and "bug" not in said, said
    assert head(begun) == before


def mode(repo: Repository) -> None:
    repo.git("update-index", "--chmod=+x", OLD)


def moved(repo: Repository) -> None:
    repo.git("mv", OLD, "beliefs/B-sma111-other.md")


def announced(repo: Repository) -> None:
    repo.write(B, BAD)
    repo.git("add", "-N", B)
    stage(repo, "src/code.py", "x = 2\n")


def odd_name(repo: Repository) -> None:
    path = os.fsdecode(b"beliefs/B-new001-\xff\n'\".md")
    stage(repo, path, belief())


@pytest.mark.parametrize("lay", [mode, moved, announced, odd_name])
def test_what_only_looks_odd_is_let_through(
    begun: Repository, lay: Callable[[Repository], None]
) -> None:
    lay(begun)
    code, said = attempt(begun, "commit", "-q", "-m", "x")
    assert code == 0, said


def test_a_conflict_in_the_index_is_git_s_to_refuse(begun: Repository) -> None:
    aside(begun, B, belief(n=1))
    stage(begun, B, belief(n=2))
    begun.git("commit", "-q", "-m", "x")
    assert attempt(begun, "merge", "-q", "side")[0]
    code, said = attempt(begun, "commit", "-m", "x")
    assert code and "swarm" not in said
    code, said = attempt(begun, "hook", "run", "pre-commit")
    assert code and "unmerged" in said and "bug" not in said


def test_lessons_are_advised_and_not_refused(begun: Repository) -> None:
    stage(begun, "memory/lessons/L-new001-x.md", lesson(cites="[L-nx0000]"))
    code, said = attempt(begun, "commit", "-q", "-m", "x")
    assert code == 0 and said.startswith("warning ") and CAUGHT in said
