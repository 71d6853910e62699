"""Claims among killed processes, junk, remotes that lie, hang or ask, and clocks that are wrong."""

from __future__ import annotations

import http.server
import os
import pty
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nursery
import pytest
from ask import ask
from claiming import (
    DAY,
    HOUR,
    REF,
    STATES,
    Pair,
    board,
    call,
    cloned,
    code,
    damage,
    desk,
    follow,
    in_the_middle,
    pair,
    stock,
    tasks,
)
from conftest import Maker, Repository

from swarm import claims as leasing
from swarm.errors import SwarmError

__all__ = ["board", "pair", "stock"]  # fixtures

PATHS_OF = "--path=src/**"


def program(repo: Repository, name: str, script: str) -> Path:
    path = repo.write(f".git/{name}", f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


# --- SIGKILL at every step of every verb --------------------------------------------------------

STEPS = {
    "claim": ("identity.Proofs.add", "claimrefs.store", "claimrefs.swap", "claimrefs.push"),
    "takeover": ("identity.Proofs.add", "claimrefs.store", "claimrefs.swap", "claimrefs.push",
                 "claimrefs.fetch"),
    "renew": ("claimrefs.store", "claimrefs.swap", "claimrefs.push"),
    "release": ("claimrefs.store", "claimrefs.swap", "claimrefs.push", "identity.Proofs.drop"),
    "claims": ("claimrefs.fetch", "claimrefs.push"),
}  # fmt: skip
DEATHS = {  # after a step is before the next
    verb: [f"before {steps[0]}", *(f"after {step}" for step in steps)]
    for verb, steps in STEPS.items()
}


def many(repo: Repository, count: int) -> Repository:
    for number in range(count):
        name = f"T-{number:06}"
        repo.write(f"tasks/{name}.md", f"---\nid: {name}\nstatus: open\n---\n# Task {number}\n")
    repo.commit()
    return repo


def die(repo: Repository, place: str, *arguments: str) -> None:
    around = repo.environ | {"SWARM_AGENT": "ada"}
    (done,) = nursery.run([nursery.Run(arguments, str(repo.root), around, dies=place)])
    assert done.returncode == -signal.SIGKILL, (place, arguments, done.stdout, done.stderr)


def no_lock_is_left(repo: Repository) -> None:
    """A git that outlives us for a moment lets go of its locks."""
    for _ in range(100):
        left = [*(repo.root / ".git").glob("*.lock"), *(repo.root / ".git/refs").rglob("*.lock")]
        if not left:
            return
        time.sleep(0.02)
    raise AssertionError(left)


@pytest.mark.parametrize(
    ("verb", "alone"), [("claim", True), ("release", True), *((verb, False) for verb in STEPS)]
)
def test_killed_at_any_step_a_verb_can_be_repeated_and_blocks_nobody(
    make_repository: Maker, tmp_path: Path, verb: str, alone: bool
) -> None:
    """The same call by the same agent ends it; a stranger waits for no longer than a lease."""
    first = many(make_repository("first"), len(DEATHS[verb]))
    bare, one, two = (first,) * 3 if alone else cloned(first, tmp_path)
    for number, place in enumerate(DEATHS[verb]):
        if alone and re.search("push|fetch", place):
            continue
        task, paths, token = f"T-{number:06}", f"--path=src/{number}/**", 0
        words = [verb, task]
        if verb == "takeover":
            held = call(two, "claim", task, paths, agent="gone", at=-3 * HOUR).data["claim"]
            words, token = ["claim", task, paths], held["token"]
        elif verb == "claim":
            words = ["claim", task, paths]
        else:
            token = call(one, "claim", task, paths, "--ttl", "1h").data["claim"]["token"]
        if verb == "claims":
            one.git("update-ref", "-d", f"refs/swarm/seen/t-{number:06}")  # as if never answered
            bare.git("update-ref", "-d", f"refs/swarm/claims/t-{number:06}")
            words = ["claims", "--sync"]
        die(one, place, *words)
        no_lock_is_left(one)
        again = call(one, *words)
        told = [each for each in again.problems if task in each.path]
        assert again.exit_code == 0 and told == [], place
        if verb in ("claim", "takeover"):
            assert again.data["claim"]["token"] > token, place
            assert again.data["claim"]["scope"] == ("local" if alone else "remote"), place
        expected = 0 if verb == "release" else 5
        assert code(two, "claim", task, paths, agent="bob") == expected, place
    later = call(two, "claim", task, paths, agent="eve", at=DAY)
    assert later.exit_code == 0 and later.data["claim"]["token"] > token
    one.git("fsck", "--strict", "--no-dangling")


def test_killed_in_the_middle_of_a_push_the_remote_decides(pair: Pair, tmp_path: Path) -> None:
    """git goes on without us: what it brought about is found by whoever asks next."""
    bare, one, two = pair
    begun = tmp_path / "begun"
    slow = program(one, "slow", f'touch {begun}\nsleep 0.5\nexec git-receive-pack "$@"')
    one.git("config", "remote.origin.receivepack", str(slow))
    with subprocess.Popen(
        [sys.executable, "-m", "swarm", "claim", "T-aaaaaa"], cwd=one.root,
        env=one.environ | {"SWARM_AGENT": "ada"}, stdout=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        while not begun.exists() and process.poll() is None:
            time.sleep(0.01)
        process.kill()
    one.git("config", "--unset", "remote.origin.receivepack")
    taken = call(two, "claim", "T-aaaaaa", agent="bob")
    again = call(one, "claim", "T-aaaaaa")
    assert sorted((taken.exit_code, again.exit_code)) == [0, 5]
    assert bare.git("rev-parse", REF) == one.git("rev-parse", REF) == two.git("rev-parse", REF)


# --- junk ---------------------------------------------------------------------------------------

JUNK = {
    "a blob": lambda repo: damage(repo, "blob"),
    "a commit with a message nobody wrote": lambda repo: damage(repo, "commit"),
    "a ref below the key": lambda repo: damage(repo, "commit", f"{REF}/x"),
    "a ref in the place of the folder": lambda repo: damage(repo, "commit", REF.rpartition("/")[0]),
}


@pytest.mark.parametrize("junk", JUNK)
@pytest.mark.parametrize("where", ["here", "on the remote"])
def test_junk_is_named_at_once_and_its_remedy_frees_the_task(
    pair: Pair, junk: str, where: str
) -> None:
    bare, one, _ = pair
    JUNK[junk](bare if where == "on the remote" else one)
    main = bare.git("rev-parse", "main")
    with pytest.raises(SwarmError, match="refs/swarm/") as refused:
        call(one, "claim", "T-aaaaaa")
    if where == "on the remote":
        assert f"origin :{REF}"[: len("origin :refs/swarm/claims")] in refused.value.remedy
    follow(one, refused.value.remedy)
    told = call(one, "claim", "T-aaaaaa")
    assert told.data["claim"]["scope"] == "remote" and told.problems == ()
    assert bare.git("rev-parse", "main") == main
    assert call(one, "claims", "--sync").problems == ()


def test_a_remedy_for_junk_does_not_take_away_what_somebody_has_mended(pair: Pair) -> None:
    bare, one, two = pair
    damage(bare, "blob")
    with pytest.raises(SwarmError) as refused:
        call(one, "claim", "T-aaaaaa")
    bare.git("update-ref", "-d", REF)
    call(two, "claim", "T-aaaaaa", agent="bob")
    held = bare.git("rev-parse", REF)
    follow(one, refused.value.remedy)
    assert bare.git("rev-parse", REF) == held
    assert code(one, "claim", "T-aaaaaa") == 5


def test_a_broken_ref_file_on_the_remote_leaves_a_local_lease_and_names_the_file(
    pair: Pair,
) -> None:
    """git itself takes no push while it lies there."""
    bare, one, _ = pair
    damage(bare, "garbage", "refs/swarm/claims/t-zzzzzz")
    told = call(one, "claim", "T-aaaaaa")
    (problem,) = told.problems
    assert told.data["claim"]["scope"] == "local"
    assert "where origin lies: rm" in problem.remedy and "t-zzzzzz" in problem.remedy
    follow(bare, problem.remedy.partition(": ")[2])
    assert call(one, "claims", "--sync").data["claims"][0]["scope"] == "remote"


@pytest.mark.parametrize("where", ["here", "on the remote"])
def test_a_lock_that_somebody_left_is_named_with_what_to_do(
    pair: Pair, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare, one, _ = pair
    monkeypatch.setattr(leasing, "STUCK", 1)
    place = bare.root if where == "on the remote" else one.root / ".git"
    lock = place / f"{REF}.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.touch()
    with pytest.raises(SwarmError) as refused:
        call(one, "claim", "T-aaaaaa")
    assert refused.value.remedy.endswith(f"rm {lock}") or f"{lock.name}" in refused.value.remedy
    assert "if no git is at work there" in refused.value.remedy
    assert lock.exists() and one.git("for-each-ref", REF) == ""
    lock.unlink()
    assert code(one, "claim", "T-aaaaaa") == 0


NAMES = ["..", "a..b", "x@{1}", "--", "-rf", "../../HEAD", "refs/heads/main", "T-aaaaaa/x",
         "x" * 300, "T-aaaaaa.lock", "\x00", "é", "", " "]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_is_no_task_makes_no_ref(board: Repository, name: str) -> None:
    before = board.git("for-each-ref")
    for verb in ("claim", "renew", "release"):
        told = ask(board, verb, "--json", "--", name, SWARM_AGENT="ada")
        assert told.code in (2, 4), (verb, told.err)
        assert told.json["problems"][0]["remedy"]
    assert board.git("for-each-ref") == before


# --- never a question ---------------------------------------------------------------------------


class Locked(http.server.BaseHTTPRequestHandler):
    """A server that wants a password, whatever it is asked."""

    def do_GET(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="here"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def serving(handler: type[http.server.BaseHTTPRequestHandler]) -> Iterator[tuple[str, list[str]]]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.asked = []  # type: ignore[attr-defined]
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/r.git", server.asked  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def on_a_terminal(repo: Repository, *arguments: str, **environ: str) -> tuple[int, bytes]:
    """A command with a terminal of its own that it could ask on. What it showed there."""
    pid, ours = pty.fork()
    if not pid:
        os.chdir(repo.root)
        told = repo.environ | environ
        os.execve(sys.executable, [sys.executable, "-m", "swarm", *arguments], told)  # noqa: S606
    shown = b""
    while True:
        try:
            more = os.read(ours, 65_536)
        except OSError:  # how Linux says that nobody is there any more
            break
        if not more:
            break
        shown += more
    os.close(ours)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown


def test_a_remote_that_wants_a_password_is_never_given_a_chance_to_ask(pair: Pair) -> None:
    """Neither on the terminal nor by any of the programs that git would ask through."""
    _, one, _ = pair
    asker = program(one, "asker", f'echo "$@" >> {one.root}/.git/was-asked; echo secret')
    one.git("config", "core.askPass", str(asker))
    askers = {"GIT_ASKPASS": str(asker), "SSH_ASKPASS": str(asker), "DISPLAY": ":0"}
    with serving(Locked) as (url, asked):
        one.git("remote", "set-url", "origin", url)
        ended, shown = on_a_terminal(one, "claim", "T-aaaaaa", SWARM_AGENT="ada", **askers)
        assert (ended, b"local" in shown, b"swarm claims --sync" in shown) == (0, True, True)
        assert b"Username for" in shown and b"terminal prompts disabled" in shown
        one.environ.update(askers)
        for words in (["claims", "--sync"], ["renew", "T-aaaaaa"], ["release", "T-aaaaaa"]):
            assert call(one, *words).problems
        assert len(asked) >= 4
    assert not (one.root / ".git" / "was-asked").exists()


def test_ssh_has_no_terminal_to_ask_on(pair: Pair) -> None:
    _, one, _ = pair
    ssh = program(
        one, "ssh",
        f"(exec 3</dev/tty) 2>/dev/null && touch {one.root}/.git/has-terminal\n"
        f"echo $SSH_ASKPASS_REQUIRE >> {one.root}/.git/required\n"
        "echo 'ada@example.org: Permission denied (publickey,password).' >&2\nexit 255",
    )  # fmt: skip
    one.git("remote", "set-url", "origin", "ssh://ada@example.org/r.git")
    ended, shown = on_a_terminal(
        one, "claim", "T-aaaaaa", SWARM_AGENT="ada", GIT_SSH_COMMAND=str(ssh), DISPLAY=":0"
    )
    assert ended == 0 and b"local" in shown and b"Could not read" in shown
    assert not (one.root / ".git" / "has-terminal").exists()
    assert set((one.root / ".git" / "required").read_text().split()) == {"never"}


# --- no answer ----------------------------------------------------------------------------------


class Silent(http.server.BaseHTTPRequestHandler):
    """A server that takes a question and never answers it."""

    def do_GET(self) -> None:
        time.sleep(5)

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.mark.parametrize("kind", ["ssh", "ssh that will not stop", "a remote helper", "http"])
def test_a_remote_that_hangs_is_waited_for_so_long_and_no_longer(
    pair: Pair, kind: str, tmp_path: Path
) -> None:
    """The lease is unconfirmed, and whatever was started for it is gone."""
    bare, one, two = pair
    beat = tmp_path / "beat"
    beat.touch()
    ignoring = "trap '' TERM\n" if "stop" in kind else ""
    sleepy = f"{ignoring}while :; do echo >> {beat}; sleep 0.02; done"
    sleeper = program(one, "git-remote-sleepy", sleepy)
    url = {"a remote helper": "sleepy::x", "http": ""}.get(kind, "ssh://example.org/r.git")
    one.environ["GIT_SSH_COMMAND"] = str(sleeper)
    one.environ["PATH"] = f"{sleeper.parent}{os.pathsep}{one.environ['PATH']}"
    with serving(Silent) as (silent, _):
        one.git("remote", "set-url", "origin", url or silent)
        began = time.monotonic()
        taken = leasing.take(desk(one, "ada", 0.4), leasing.Want("T-aaaaaa", HOUR))
        assert taken.scope == "unconfirmed" and "did not answer" in taken.problems[0].what
        assert time.monotonic() - began < 15  # not for ever: bounded, however busy this machine is
    beats = beat.stat().st_size
    time.sleep(0.2)
    assert beat.stat().st_size == beats and bool(beats) == (kind != "http")
    one.git("remote", "set-url", "origin", str(bare.root))
    assert code(one, "claim", "T-aaaaaa") == 0 and code(two, "claim", "T-aaaaaa", agent="bob") == 5


# --- clocks -------------------------------------------------------------------------------------


def test_a_clock_set_back_a_day_wins_nothing_and_loses_nothing(pair: Pair) -> None:
    _, one, two = pair
    held = call(one, "claim", "T-aaaaaa", PATHS_OF).data["claim"]
    for at in (-DAY, -DAY + 60):  # mine went back
        renewed = call(one, "renew", "T-aaaaaa", at=at)
        assert renewed.data["claim"]["token"] == held["token"]
    assert code(one, "claim", "T-aaaaaa", at=-DAY) == 0
    assert code(two, "claim", "T-aaaaaa", agent="bob", at=-DAY) == 5
    assert code(two, "claim", "T-bbbbbb", "--path=src/a.py", agent="bob", at=-DAY) == 5
    assert code(one, "release", "T-aaaaaa", at=-DAY) == 0
    taken = call(two, "claim", "T-aaaaaa", agent="bob", at=-DAY)  # and so did his
    assert taken.exit_code == 0 and taken.data["claim"]["token"] > held["token"]
    assert code(one, "renew", "T-aaaaaa") == 6
    (lease,) = call(one, "claims", "--sync", at=-2 * DAY).data["claims"]
    assert (lease["holder"], lease["state"]) == ("bob", "live")
    assert code(one, "claim", "T-aaaaaa") == 0  # bob's two hours were over yesterday


def test_a_lease_of_tomorrow_ends_when_it_says_and_can_be_given_back_before(
    board: Repository,
) -> None:
    """The clock was a day ahead when it was taken, and is right by now."""
    call(board, "claim", "T-aaaaaa", at=DAY)
    assert code(board, "claim", "T-aaaaaa", agent="bob") == 5
    assert code(board, "claim", "T-aaaaaa", agent="bob", at=DAY + 3 * HOUR) == 0
    call(board, "claim", "T-bbbbbb", at=DAY)
    assert code(board, "release", "T-bbbbbb") == 0
    assert code(board, "claim", "T-bbbbbb", agent="bob") == 0


# --- where one stands ---------------------------------------------------------------------------


def test_claims_between_clones_of_a_sha256_repository(
    make_repository: Maker, tmp_path: Path
) -> None:
    bare, one, two = cloned(tasks(make_repository("long", "--object-format=sha256")), tmp_path)
    told = call(one, "claim", "T-aaaaaa", PATHS_OF).data["claim"]
    assert told["scope"] == "remote" and len(bare.git("rev-parse", REF).strip()) == 64
    assert code(two, "claim", "T-bbbbbb", "--path=src/a.py", agent="bob") == 5
    assert code(one, "renew", "T-aaaaaa") == 0 and code(one, "release", "T-aaaaaa") == 0
    assert call(two, "claim", "T-aaaaaa", agent="bob").data["claim"]["token"] > told["token"]
    bare.git("fsck", "--strict", "--no-dangling")


def test_in_a_subfolder_paths_are_still_those_of_the_repository(board: Repository) -> None:
    board.write("sub/deep/a.txt", "a\n")
    board.commit()
    below = Repository(board.root / "sub" / "deep", board.environ)
    assert ask(below, "claim", "T-aaaaaa", "--path", "sub/**", SWARM_AGENT="ada").code == 0
    for place in (("-C", "sub"), ("-C", "sub/deep"), ("-C", "tasks")):
        told = ask(board, "claims", *place, "--json", SWARM_AGENT="ada").data["claims"]
        assert [(each["id"], each["paths"]) for each in told] == [("T-aaaaaa", ["sub/**"])]
    lost = ask(board, "claim", "-C", "sub", "T-bbbbbb", "--path", "sub/x", SWARM_AGENT="bob")
    assert lost.code == 5
    assert ask(below, "release", "T-aaaaaa", SWARM_AGENT="ada").code == 0


@pytest.mark.parametrize("state", STATES)
def test_claims_do_not_care_what_the_work_tree_is_in_the_middle_of(
    board: Repository, state: str
) -> None:
    in_the_middle(board, STATES[state])
    board.write(".git/index.lock", "")  # and somebody holds the index
    before = board.git("status", "--porcelain"), board.git("rev-parse", "HEAD", "main", "side")
    for verb in ("claim", "renew", "release", "claim"):
        assert code(board, verb, "T-aaaaaa") == 0, verb
    assert code(board, "claim", "T-aaaaaa", agent="bob") == 5
    after = board.git("status", "--porcelain"), board.git("rev-parse", "HEAD", "main", "side")
    assert after == before


# --- one name -----------------------------------------------------------------------------------


def test_a_name_is_the_same_wherever_it_is_told(board: Repository) -> None:
    name, told = "  a\nb\x1b[1m\u202e " + "c" * 300, "a b [1m " + "c" * 192
    head = f"id: T-eeeeee\nstatus: open\nexpect: x\nby: {told}\n"
    board.write("tasks/T-eeeeee.md", f"---\n{head}---\n# E\n")
    board.commit()
    claimed = ask(board, "claim", "T-aaaaaa", "--json", SWARM_AGENT=name).data["claim"]
    made = ask(board, "new", "lesson", "One", "--json", SWARM_AGENT=name).data["record"]
    left = ask(board, "handoff", "--done", "all", "--json", SWARM_AGENT=name).data
    assert claimed["holder"] == made["keys"]["by"] == left["record"]["keys"]["by"] == told
    assert left["awaited"] == ["T-eeeeee"]
    trailers = board.git("log", "-2", "--format=%(trailers:key=Swarm-Agent,valueonly,separator=)")
    assert set(trailers.split("\n")) - {""} == {told}


def test_what_is_listed_as_mine_can_be_renewed_and_nothing_else(board: Repository) -> None:
    """Two runs that share a derived name, and one that was given it."""
    call(board, "claim", "T-aaaaaa", "--ttl", "1h", agent="")
    name = call(board, "claims", agent="").data["identity"]["agent"]
    call(board, "claim", "T-aaaaaa", agent="", at=2 * HOUR)  # by the other of the two, later
    call(board, "claim", "T-bbbbbb", agent="")
    call(board, "claim", "F-cccccc", agent=name)
    for agent in ("", name, "bob"):
        mine = {each["id"] for each in call(board, "claims", "--mine", agent=agent).data["claims"]}
        all_of_them = call(board, "claims", agent=agent).data["claims"]
        assert {each["id"] for each in all_of_them if each["mine"]} == mine
        codes = {
            each["id"]: code(board, "renew", each["id"], agent=agent, at=2 * HOUR)
            for each in all_of_them
        }
        assert {task for task, ended in codes.items() if ended == 0} == mine, agent
        assert set(codes.values()) <= {0, 6}
    assert "T-aaaaaa" not in {
        each["id"] for each in call(board, "claims", "--mine", agent="").data["claims"]
    }
