"""What a task's command shows, whatever it does: it is run, bounded, and told of."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ask import ask
from conftest import Repository
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jobs import ADA, PATH, T, claimed, close, head, holders, script, task

from swarm import codestate, commands, judging, proving
from swarm.closure import FAILED, PASSED, STOPPED, Unproven, Verdict, Word
from swarm.errors import UsageError
from swarm.git import locate

LONG = 60.0  # seconds: none of these commands comes near


def shown(repo: Repository, command: str, limit: float = LONG, **environ: str) -> Verdict:
    """What a command shows, run in a repository."""
    place = locate(repo.root, repo.environ)
    return proving.prove(place, repo.root, command, repo.environ | environ, limit)


def shell(text: str) -> str:
    return f"sh -c {shlex.quote(text)}"


# --- how it ends ---

ENDS = {
    "true": (PASSED, "passed"),
    "false": (FAILED, "failed (exit 1)"),
    shell("exit 2"): (FAILED, "failed (exit 2)"),
    shell("exit 255"): (FAILED, "failed (exit 255)"),
    shell("exit 126"): (STOPPED, "could not be run (exit 126)"),
    shell("nothing-of-that-name"): (STOPPED, "could not be run (exit 127)"),
    shell("exit 130"): (STOPPED, "was ended by SIGINT"),
    shell("kill -9 $$"): (STOPPED, "was ended by SIGKILL"),
    shell("kill -9 0"): (STOPPED, "was ended by SIGKILL"),  # its whole group, and nobody else's
    shell("sh -c 'kill -11 $$'; exit $?"): (STOPPED, "was ended by SIGSEGV"),
    "nothing-of-that-name": (STOPPED, "could not be started: No such file or directory"),
    "./README": (STOPPED, "could not be started: Permission denied"),
    "./folder": (STOPPED, "could not be started: Permission denied"),
    "./garbage": (STOPPED, "could not be started: Exec format error"),
}


@pytest.fixture
def place(repo: Repository) -> Repository:
    repo.write("README", "text\n")
    repo.write("folder/x.txt", "x\n")
    repo.write("garbage", b"\x00\x01\x02").chmod(0o700)
    repo.commit()
    return repo


def test_how_a_command_ended_is_what_it_shows(place: Repository) -> None:
    for command, ended in ENDS.items():
        verdict = shown(place, command)
        assert (verdict.command, verdict.said, verdict.why) == (command, *ended)
        assert verdict.rewrote == ()


def test_what_could_not_be_run_proves_nothing(repo: Repository) -> None:
    claimed(repo, "nothing-of-that-name")
    for word in ((), ("--outcome", "falsified"), ("--outcome", "null"), ("--debt", "no tool here")):
        told = close(repo, *word)
        assert told.code == 7 and "proves nothing" in told.problems[0]["what"]
    assert head(repo)["status"] == "open" and holders(repo) == ["ada"]


def test_a_command_that_hangs_is_stopped_with_all_that_it_started(place: Repository) -> None:
    began = time.monotonic()
    verdict = shown(place, shell("sleep 600 & echo begun; sleep 600"), limit=0.3)
    assert verdict.said == STOPPED and "still running after 0.3 s" in verdict.why
    assert verdict.tail == "begun\n" and time.monotonic() - began < 30
    asked = judging.Asked(locate(place.root, place.environ), place.root, T, PATH, "sleep 600")
    judging.trust.note_typed(asked)
    with pytest.raises(Unproven, match="was stopped") as refused:
        judging.judge(asked, {"verify": "sleep 600"}, Word(), place.environ, 0.1)
    assert refused.value.verdict and refused.value.verdict.said == STOPPED


def alive(marker: str) -> list[int]:
    """The processes that have a marker among their arguments."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().split(b"\0")
        except OSError:
            continue
        if marker.encode() in words:
            found.append(int(entry.parent.name))
    return found


def test_what_a_command_left_running_in_its_group_ends_with_it(place: Repository) -> None:
    marker = f"600.{os.getpid()}1"
    verdict = shown(place, shell(f"sleep {marker} & exit 0"))
    left = alive(marker)
    for process in left:
        os.kill(process, signal.SIGKILL)
    assert verdict.said == PASSED and verdict.why == "passed" and left == []


def test_a_daemon_that_holds_the_pipe_holds_up_nobody_and_is_told(place: Repository) -> None:
    began = time.monotonic()
    marker = f"600.{os.getpid()}2"
    daemon = f"setsid sh -c 'touch ../up; exec sleep {marker}' &"
    verdict = shown(place, shell(f"{daemon} while [ ! -e ../up ]; do sleep 0.01; done; echo out"))
    try:
        assert time.monotonic() - began < 30
        assert verdict.said == PASSED and verdict.tail == "out\n"
        assert "left something running" in verdict.why
    finally:
        for process in alive(marker):
            os.kill(process, signal.SIGKILL)


def test_a_command_that_ends_in_itself_is_not_started_again_and_again(repo: Repository) -> None:
    again = f"{shlex.quote(sys.executable)} -m swarm close {T}"
    claimed(repo, again)
    told = repo.swarm("close", T, "--json", **ADA)
    assert told.returncode == 7 and head(repo)["status"] == "open"
    seen = json.loads(told.stdout)["data"]["verdict"]
    assert "what started this" in seen["tail"]


# --- what it prints ---


def test_a_gigabyte_is_printed_and_its_end_is_kept(place: Repository) -> None:
    """Kept is the end of it: what this process needs for it does not grow with the output."""
    import resource

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    verdict = shown(place, shell("head -c 1000000000 /dev/zero; echo; echo the end"))
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert verdict.said == PASSED and verdict.tail.endswith("\nthe end\n")
    assert verdict.tail.startswith("…") and len(verdict.tail.encode()) <= proving.TAIL + 3
    assert grown < 50_000  # KiB


def test_errors_are_heard_in_their_place(place: Repository) -> None:
    assert shown(place, shell("echo one; echo two >&2; echo three")).tail == "one\ntwo\nthree\n"


def test_what_is_printed_never_reaches_a_terminal_raw(repo: Repository) -> None:
    text = r"\033[2J\033]0;x\007\302\23331m\377\376 \342\200\256 end\n"
    noise = script(repo, "noise", f"printf '{text}'")
    claimed(repo, noise)
    told = ask(repo, "close", T, **ADA)
    assert told.code == 0 and b"\\x1b[2J" in told.out and b"end" in told.out
    for raw in (b"\x1b", b"\x07", b"\xc2\x9b", b"\xff", "\u202e".encode()):
        assert raw not in told.out + told.err


def test_only_the_last_lines_are_printed_and_all_that_was_kept_is_in_the_json(
    repo: Repository,
) -> None:
    claimed(repo, "seq 1000")
    lines = ask(repo, "close", T, "--outcome", "falsified", **ADA).out.decode().splitlines()
    assert "  1000" in lines and "  980" not in lines and "  981" in lines
    assert close(repo).data["verdict"]["tail"].startswith("1\n2\n")


# --- what it is given ---


def test_it_has_no_input_no_terminal_and_a_group_of_its_own(place: Repository) -> None:
    assert shown(place, "cat").said == PASSED
    assert shown(place, shell("read answer")).said == FAILED
    assert shown(place, shell(": < /dev/tty")).said == FAILED
    told = shown(place, shell("ps -o pgid= -p $$; echo $$")).tail.split()
    assert told[0] == told[1] != str(os.getpgrp())


def test_it_runs_at_the_top_of_the_repository(repo: Repository) -> None:
    claimed(repo, shell("pwd; ls tasks"))
    (repo.root / "sub" / "folder").mkdir(parents=True)
    told = ask(repo, "close", T, "-C", "sub/folder", "--json", **ADA)
    assert told.code == 0
    assert told.data["verdict"]["tail"].split() == [str(repo.root), Path(PATH).name]


def test_it_runs_at_the_top_of_the_work_tree_that_it_is_closed_in(repo: Repository) -> None:
    claimed(repo, "pwd")
    repo.git("worktree", "add", "-q", "../other", "-b", "other")
    other = Repository(repo.root.parent / "other", repo.environ)
    told = close(other)
    assert told.code == 0 and told.data["verdict"]["tail"].strip() == str(other.root)


def test_a_hook_of_git_lends_it_none_of_its_variables(repo: Repository) -> None:
    claimed(repo, shell("git rev-parse --show-toplevel; env | grep -c ^GIT_INDEX_FILE="))
    hook = {"GIT_DIR": str(repo.root / ".git"), "GIT_INDEX_FILE": "/nowhere", "GIT_PREFIX": "x/"}
    seen = close(repo, **hook).data["verdict"]
    assert seen["tail"].split() == [str(repo.root), "0"]


def test_ten_thousand_arguments(place: Repository) -> None:
    assert shown(place, "true " + "x " * 10_000).said == PASSED
    assert shown(place, "true " + "x" * 30_000).said == PASSED


def test_killing_swarm_itself_closes_nothing(repo: Repository) -> None:
    claimed(repo, shell("kill -9 $PPID"))
    before = repo.git("rev-parse", "HEAD")
    assert repo.swarm("close", T, **ADA).returncode == -signal.SIGKILL
    assert repo.git("rev-parse", "HEAD") == before and repo.git("status", "--short") == ""
    assert head(repo)["status"] == "open" and holders(repo) == ["ada"]


# --- what it changes is said ---

CHANGES = {
    "a file": ("echo two > code.py", ("code.py",)),
    "a new file": ("echo x > 'new one'", ("new one",)),
    "a file that was edited already": ("echo three > edited.py", ("edited.py",)),
    "one more edit of it, taken back": ("git checkout -q edited.py", ("edited.py",)),
    "a file that goes": ("rm code.py", ("code.py",)),
    "a pipe in its place": ("rm code.py && mkfifo code.py", ("code.py",)),
    "a link in its place": ("rm code.py && ln -s /dev/zero code.py", ("code.py",)),
    "its mode": ("chmod +x code.py", ("code.py",)),
    "the record": (f"echo more >> {PATH}", (PATH,)),
    "the index": ("git add edited.py", ("edited.py",)),
    "the index once more": ("git add edited.py && echo two > edited.py", ("edited.py",)),
    "a commit": ("echo x > code.py && git commit -qam x", ("HEAD", "code.py", "edited.py")),
    "an empty commit": ("git commit -q --allow-empty -m x", ("HEAD",)),
    "another branch": ("git checkout -q -b other", ("HEAD",)),
    "nothing": ("true", ()),
    "what git ignores": ("echo x > x.log", ()),
}


def test_what_becomes_of_the_work_tree_is_said(repo: Repository) -> None:
    repo.write(".gitignore", "*.log\n")
    repo.write("code.py", "one\n")
    repo.write("edited.py", "one\n")
    task(repo)
    start = repo.git("rev-parse", "HEAD").strip()
    for what, (text, changed) in CHANGES.items():
        repo.write("edited.py", "two\n")
        assert shown(repo, shell(text)).rewrote == changed, what
        repo.git("checkout", "-q", "-f", "-B", "main", start)
        repo.git("clean", "-qfd")


def test_what_changed_is_printed(repo: Repository) -> None:
    claimed(repo, shell("for i in 1 2 3 4 5 6 7; do echo x > new$i; done"))
    told = ask(repo, "close", T, **ADA).out.decode()
    assert "while it ran, these changed: new1, new2, new3, new4, new5 and 2 more" in told


def test_a_repository_that_git_can_no_longer_read_is_no_silence(repo: Repository) -> None:
    claimed(repo, shell("echo x > .git/index"))
    told = close(repo)
    assert told.code == 1 and "index" in told.problems[0]["what"]


# --- the digest of the code that it ran on ---


def state(repo: Repository) -> str:
    place = locate(repo.root, repo.environ)
    return codestate.digest(place, codestate.look(place, repo.root))


def test_the_same_code_has_one_digest_however_it_is_kept(repo: Repository) -> None:
    """One check of one tree counts once: a commit between two runs makes no second tree."""
    empty = state(repo)
    repo.write("a.py", "one\n")
    repo.write("run.sh", "x\n").chmod(0o755)
    (repo.root / "link").symlink_to("a.py")
    untracked = state(repo)
    repo.git("add", "-A")
    staged = state(repo)
    repo.commit()
    assert untracked == staged == state(repo) != empty
    repo.write("a.py", "two\n")
    edited = state(repo)
    assert edited != staged
    repo.commit()
    assert state(repo) == edited
    repo.write("a.py", "one\n")
    assert state(repo) == staged


def test_records_come_and_go_without_changing_it_and_any_code_changes_it(repo: Repository) -> None:
    task(repo)
    before = state(repo)
    repo.lesson("L-000001", "A lesson")
    assert state(repo) == before
    repo.commit()
    assert state(repo) == before
    known = {before}
    for name in ("new.py", "memory.py", "a/tasks/x.py", "swarm.toml"):
        repo.write(name, "x\n")
        assert state(repo) not in known
        known.add(state(repo))
    (repo.root / "new.py").chmod(0o755)
    assert state(repo) not in known


# --- a command as text ---

REFUSED = [
    "", "   ", "''", "'unbalanced", 'x "y', "a | b", "a && b", "a; b", "a > b", "a 2>&1", "a <b",
    "a\nb", "echo $HOME", "echo ${X}", "echo $(ls)", "echo `ls`", "a # why", "a\0b",
    "sh -c 'a' | tee log", "x" * 40_000,
]  # fmt: skip
TAKEN = {
    "grep '|' x": ["grep", "|", "x"],
    'grep "foo$" x': ["grep", "foo$", "x"],
    r"a\;b": ["a;b"],
    "sh -c 'a | b > c; d'": ["sh", "-c", "a | b > c; d"],
    "pytest -k 'a and b' x.py::y[1-2]": ["pytest", "-k", "a and b", "x.py::y[1-2]"],
    "x#y": ["x#y"],
    "find . -name *.py": ["find", ".", "-name", "*.py"],
    "printf %s '$HOME'": ["printf", "%s", "$HOME"],
}


@pytest.mark.parametrize("command", REFUSED, ids=lambda each: repr(each[:12]))
def test_what_only_a_shell_would_understand_is_refused(command: str) -> None:
    with pytest.raises(UsageError) as refused:
        commands.words(command)
    assert refused.value.remedy


@pytest.mark.parametrize("command", TAKEN)
def test_everything_else_is_a_list_of_words(command: str) -> None:
    assert commands.words(command) == TAKEN[command]


SIGNS = st.text(st.sampled_from("ab '\"\\|&;<>$`#\n(")) | st.text()


@settings(max_examples=100, deadline=None)
@given(SIGNS)
@example("$$")
@example("'a' | b")
@example('"a\\"" ; b')
def test_what_is_taken_means_the_same_to_a_shell(text: str) -> None:
    """The words are those that a shell would make of it, so nobody reads another command."""
    try:
        words = commands.words(text)
    except UsageError:
        return
    assert words and words[0]
    if not set(text) & set("*?[~!{}=()%^\r\t\x0b\x0c") and text.isascii() and text.isprintable():
        quoted = '"' in text and set(text) & set("$`")  # there a shell would expand, and we do not
        if not quoted:
            done = subprocess.run(
                ["sh", "-c", f"printf '%s\\0' {text}"], capture_output=True, check=True
            )
            assert done.stdout.decode().split("\0")[:-1] == words


def test_a_command_in_a_file_that_is_none_is_refused_with_its_remedy(repo: Repository) -> None:
    for command in ("'unbalanced", "a | b", "a\nb"):
        task(repo, command)
        ask(repo, "claim", T, **ADA)
        told = close(repo)
        assert told.code == 7 and f"swarm expect {T}" in told.problems[0]["remedy"]


def test_what_yaml_takes_for_no_word_is_a_command_all_the_same(repo: Repository) -> None:
    """`verify: false` is a command that fails, and not a task without one."""
    for spelled, code in (("false", 7), ("true", 0), ("[sh, -c, 'exit 0']", 0), ("0", 7)):
        repo.write(PATH, f"---\nid: {T}\nstatus: open\nverify: {spelled}\n---\n# Work\n")
        repo.commit()
        ask(repo, "claim", T, **ADA)
        assert close(repo, "--outcome", "confirmed", "--debt", "none").code == 7  # not trusted
        ask(repo, "trust", T, **ADA)
        assert close(repo, "--outcome", "confirmed", "--debt", "none").code == code
