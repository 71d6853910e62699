"""Leases on refs: one winner, here and over clones; late holders refused; bad refs told.

Races and kills are real processes (`tests/lab`); where the hour matters, verbs
are called with an hour of the test's choosing.
"""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path

import pytest
from claiming import (
    DAMAGES,
    HOUR,
    PATHS,
    REF,
    Pair,
    board,
    call,
    code,
    damage,
    desk,
    pair,
    stock,
)
from conftest import Repository
from lab import races

from swarm import claims as leasing
from swarm.arbiter import Arbiter
from swarm.errors import SwarmError
from swarm.identity import Proof, whoami

__all__ = ["board", "pair", "stock"]  # fixtures


# --- races ---


def test_eight_processes_have_one_winner(tmp_path: Path) -> None:
    assert races.local(tmp_path, 10) == []


def test_six_processes_over_three_clones_have_one_winner(tmp_path: Path) -> None:
    assert races.remote(tmp_path, 4) == []


# --- one clone ---


def test_a_claim_says_what_is_held_and_by_whom(board: Repository) -> None:
    told = call(board, "claim", "T-aaa", "--ttl", "1h", "--path", "src/**").data["claim"]
    assert told["key"] == "t-aaaaaa" and told["id"] == "T-aaaaaa" and told["holder"] == "ada"
    assert told["scope"] == "local" and told["paths"] == ["src/**"] and told["held"] == "new"
    assert told["token"] >= time.time() - 60 and told["expires"].endswith("Z")
    other = call(board, "claim", "T-aaaaaa", agent="bob")
    assert other.exit_code == 5 and other.data["claim"] is None
    assert other.data["held"]["holder"] == "ada" and "until" in other.problems[0].what


def test_a_lease_names_nobody_but_the_run(board: Repository) -> None:
    call(board, "claim", "T-aaaaaa")
    assert board.git("log", "-1", "--format=%an %ae %cn %ce", REF).split() == [
        "swarm", "swarm@localhost", "swarm", "swarm@localhost",
    ]  # fmt: skip
    assert "Ada" not in board.git("cat-file", "-p", REF)
    board.git("fsck", "--strict")


def test_the_same_agent_gets_its_lease_back(board: Repository) -> None:
    first = call(board, "claim", "T-aaaaaa").data["claim"]
    again = call(board, "claim", "T-aaaaaa", "--path", "src/a.py").data["claim"]
    assert again["held"] == "mine" and again["token"] == first["token"]
    assert again["paths"] == ["src/a.py"]


def test_a_derived_name_never_repeats_a_claim(board: Repository) -> None:
    assert code(board, "claim", "T-aaaaaa", agent="") == 0
    again = call(board, "claim", "T-aaaaaa", agent="")
    assert again.exit_code == 5 and again.data["held"]["held"] == "already"
    proof = next((board.root / ".git/swarm/state/claims").iterdir())
    assert str(proof) in again.problems[0].remedy
    nonce = re.findall("-([0-9a-f]{32})", proof.name)[0]
    assert (
        call(board, "claim", "T-aaaaaa", "--nonce", nonce, agent="").data["claim"]["held"] == "mine"
    )
    assert code(board, "renew", "T-aaaaaa", agent="") == 0
    assert code(board, "release", "T-aaaaaa", agent="") == 0


def test_two_leases_under_one_derived_name_prove_neither(board: Repository) -> None:
    assert code(board, "claim", "T-aaaaaa", "--ttl", "1h", agent="") == 0
    assert code(board, "claim", "T-aaaaaa", agent="", at=2 * HOUR) == 0
    assert code(board, "renew", "T-aaaaaa", agent="", at=2 * HOUR) == 6


def test_who_one_is() -> None:
    assert whoami({"SWARM_AGENT": " a  b\n"}).name == "a b"
    one, two = whoami({"TMUX_PANE": "%1"}), whoami({"TMUX_PANE": "%2"})
    assert one.derived and one != two and "%1" not in one.name
    assert whoami({"CLAUDECODE": "1"}).name.startswith("claude-")


def test_takeover_after_expiry_names_whom_it_was_taken_from(board: Repository) -> None:
    first = call(board, "claim", "T-aaaaaa", "--ttl", "1h").data["claim"]
    assert code(board, "claim", "T-aaaaaa", agent="bob", at=HOUR + 60) == 5  # clocks may differ
    taken = call(board, "claim", "T-aaaaaa", agent="bob", at=HOUR + 130).data["claim"]
    assert taken["taken_over_from"]["holder"] == "ada" and taken["token"] > first["token"]
    for verb in ("renew", "release"):
        with pytest.raises(leasing.LeaseLost, match="bob"):
            call(board, verb, "T-aaaaaa", at=HOUR + 140)
    assert code(board, "renew", "T-aaaaaa", at=HOUR + 140) == 6


def test_an_expired_lease_that_nobody_took_is_renewed(board: Repository) -> None:
    first = call(board, "claim", "T-aaaaaa", "--ttl", "1h").data["claim"]
    later = call(board, "renew", "T-aaaaaa", at=5 * HOUR).data["claim"]
    assert later["token"] == first["token"] and later["expires"] > first["expires"]


def test_tokens_grow_through_release_and_wiped_refs_and_a_clock_set_back(board: Repository) -> None:
    tokens = [call(board, "claim", "T-aaaaaa").data["claim"]["token"]]
    for at in (0, -86_400, -86_400):
        assert code(board, "release", "T-aaaaaa", at=at) == 0
        assert board.git("rev-parse", REF)  # a tombstone, never a deleted ref
        tokens.append(call(board, "claim", "T-aaaaaa", at=at).data["claim"]["token"])
    board.git("update-ref", "-d", REF)
    tokens.append(call(board, "claim", "T-aaaaaa", at=9).data["claim"]["token"])
    assert tokens == sorted(set(tokens))


def test_releasing_twice_is_releasing_once(board: Repository) -> None:
    call(board, "claim", "T-aaaaaa")
    assert [code(board, "release", "T-aaaaaa") for _ in range(2)] == [0, 0]
    assert code(board, "release", "T-bbbbbb") == 6 and code(board, "renew", "T-aaaaaa") == 6


def test_overlapping_paths_exclude_and_a_loser_holds_nothing(board: Repository) -> None:
    assert code(board, "claim", "T-aaaaaa", "--path", "src/**") == 0
    lost = call(board, "claim", "T-bbbbbb", "--path", "src/a.py", agent="bob")
    assert lost.exit_code == 5 and "src/**" in lost.problems[0].what
    assert "t-bbbbbb" not in board.git("for-each-ref")
    assert code(board, "claim", "T-bbbbbb", "--path", "docs/**", agent="bob") == 0
    assert code(board, "release", "T-aaaaaa") == 0
    assert code(board, "claim", "F-cccccc", "--path", "src/a.py", agent="eve") == 0


def test_what_is_done_or_no_work_is_not_claimed(board: Repository) -> None:
    assert [code(board, "claim", name) for name in ("T-dddddd", "L-7k3qfa", "T-zzzzzz")] == [
        1,
        2,
        4,
    ]


def test_claims_lists_and_writes_nothing(board: Repository) -> None:
    call(board, "claim", "T-aaaaaa", "--ttl", "1h")
    call(board, "claim", "T-bbbbbb", agent="bob")
    before = board.git("for-each-ref")
    told = call(board, "claims", at=2 * HOUR - 200).data
    assert [(each["id"], each["state"]) for each in told["claims"]] == [
        ("T-aaaaaa", "expired"), ("T-bbbbbb", "live"),
    ]  # fmt: skip
    assert told["identity"] == {"agent": "ada", "derived": False, "from": "SWARM_AGENT"}
    assert [each["id"] for each in call(board, "claims", "--mine").data["claims"]] == ["T-aaaaaa"]
    assert board.git("for-each-ref") == before


# --- refs that nobody should have written ---


@pytest.mark.parametrize("how", DAMAGES)
def test_a_bad_claim_ref_is_told_and_its_remedy_works(board: Repository, how: str) -> None:
    main = board.git("rev-parse", "main")
    damage(board, how)
    with pytest.raises(SwarmError, match=REF) as refused:
        call(board, "claim", "T-aaaaaa")
    told = call(board, "claims")
    assert [each.remedy for each in told.problems] == [refused.value.remedy]
    assert code(board, "claim", "T-bbbbbb") == 0  # nobody else is in the way
    subprocess.run(refused.value.remedy, shell=True, cwd=board.root, env=board.environ, check=True)  # noqa: S602
    assert code(board, "claim", "T-aaaaaa") == 0
    assert board.git("rev-parse", "main") == main


def test_a_dangling_symbolic_ref_is_never_followed(board: Repository) -> None:
    board.git("symbolic-ref", REF, "refs/heads/nowhere")
    assert code(board, "claim", "T-aaaaaa") == 0
    assert "nowhere" not in board.git("for-each-ref")


def test_a_lease_from_a_clock_gone_wrong_is_told(board: Repository) -> None:
    call(board, "claim", "T-aaaaaa", at=10**9)
    assert "clock" in call(board, "claims").problems[0].what


# --- a remote ---


def test_the_push_decides(pair: Pair) -> None:
    bare, one, two = pair
    first = call(one, "claim", "T-aaaaaa", "--path", "src/**").data["claim"]
    assert first["scope"] == "remote" and bare.git("rev-parse", REF) == one.git("rev-parse", REF)
    assert code(two, "claim", "T-aaaaaa", agent="bob") == 5
    assert code(two, "claim", "T-bbbbbb", "--path", "src/a.py", agent="bob") == 5
    assert "t-bbbbbb" not in two.git("for-each-ref") + bare.git("for-each-ref")
    assert code(one, "release", "T-aaaaaa") == 0
    taken = call(two, "claim", "T-aaaaaa", agent="bob").data["claim"]  # its mirror was out of date
    assert taken["scope"] == "remote" and taken["token"] > first["token"]
    assert code(one, "renew", "T-aaaaaa") == 6


def test_a_late_holder_of_another_clone_is_refused(
    pair: Pair,
) -> None:
    bare, one, two = pair
    call(one, "claim", "T-aaaaaa", "--ttl", "1h")
    call(two, "claim", "T-aaaaaa", agent="bob", at=2 * HOUR)
    held = bare.git("rev-parse", REF)
    with pytest.raises(leasing.LeaseLost, match="bob"):
        call(one, "renew", "T-aaaaaa", at=2 * HOUR)
    assert bare.git("rev-parse", REF) == held


def away(repo: Repository, url: str = "/nowhere/at/all.git") -> str:
    known = repo.git("remote", "get-url", "origin").strip()
    repo.git("remote", "set-url", "origin", url)
    return known


def test_offline_is_local_and_is_settled_later(
    pair: Pair,
) -> None:
    bare, one, two = pair
    url = away(one)
    told = call(one, "claim", "T-aaaaaa", "--path", "src/**")
    assert told.data["claim"]["scope"] == "local" and "--sync" in told.problems[0].remedy
    assert call(one, "claims").data["claims"][0]["scope"] == "unconfirmed"
    away(one, url)
    oid = one.git("rev-parse", REF)
    assert call(one, "claims", "--sync").data["claims"][0]["scope"] == "remote"
    assert bare.git("rev-parse", REF) == oid  # the very same object
    assert code(two, "claim", "T-bbbbbb", "--path", "src/a.py", agent="bob") == 5


def test_a_lease_taken_offline_gives_way_to_the_remote_and_says_so(
    pair: Pair,
) -> None:
    _, one, two = pair
    url = away(one)
    call(one, "claim", "T-aaaaaa", "--path", "src/**")
    call(two, "claim", "T-bbbbbb", "--path", "src/a.py", agent="bob")
    away(one, url)
    told = call(one, "claims", "--sync")
    assert [each["id"] for each in told.data["claims"]] == ["T-bbbbbb"]
    assert "no more" in told.problems[0].what
    assert code(one, "renew", "T-aaaaaa") == 6


def hanging(repo: Repository, name: str = "hang") -> Path:
    """A program in the place of the remote's that never answers."""
    program = repo.write(f".git/{name}", "#!/bin/sh\nsleep 60\n")
    program.chmod(0o755)
    repo.git("config", "remote.origin.receivepack", str(program))
    return program


def test_a_remote_that_hangs_is_unconfirmed_and_settled_with_the_same_object(
    pair: Pair,
) -> None:
    bare, one, _ = pair
    hanging(one)
    began = time.monotonic()
    first = leasing.take(desk(one, "ada", 1.0), leasing.Want("T-aaaaaa", HOUR))
    assert first.scope == "unconfirmed" and time.monotonic() - began < 10
    oid = one.git("rev-parse", REF)
    one.git("config", "--unset", "remote.origin.receivepack")
    again = leasing.take(desk(one, "ada", 20.0), leasing.Want("T-aaaaaa", 60))
    assert (again.scope, again.lease) == ("remote", first.lease)
    assert bare.git("rev-parse", REF) == oid


def test_an_answer_that_was_lost_is_found_to_have_been_yes(
    pair: Pair,
) -> None:
    """The remote took it and the answer never came: `[up to date]` is then our own lease."""
    bare, one, two = pair
    url = away(one)
    call(one, "claim", "T-aaaaaa")
    away(one, url)
    one.git("push", "-q", "origin", f"{REF}:{REF}")
    assert call(one, "claim", "T-aaaaaa", "--ttl", "1m").data["claim"]["scope"] == "remote"
    assert code(two, "claim", "T-aaaaaa", agent="bob") == 5
    assert bare.git("rev-parse", REF) == one.git("rev-parse", REF)


def test_a_remote_that_refuses_claims_leaves_a_local_lease_and_says_so(
    pair: Pair,
) -> None:
    bare, one, _ = pair
    hook = bare.root / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    told = call(one, "claim", "T-aaaaaa")
    assert told.data["claim"]["scope"] == "local" and "hook" in told.problems[0].what
    hook.unlink()
    bare.git("config", "receive.hideRefs", "refs/swarm")
    told = call(one, "claim", "T-bbbbbb")
    assert told.data["claim"]["scope"] == "local" and "refuses" in told.problems[0].what


def test_several_push_addresses_and_unknown_remotes_are_refused(
    pair: Pair,
) -> None:
    _, one, _ = pair
    one.git("remote", "set-url", "--add", "--push", "origin", "/a.git")
    one.git("remote", "set-url", "--add", "--push", "origin", "/b.git")
    with pytest.raises(SwarmError, match="push addresses"):
        call(one, "claim", "T-aaaaaa")


def test_a_wiped_remote_ref_is_made_again_with_a_larger_token(
    pair: Pair,
) -> None:
    bare, one, two = pair
    first = call(one, "claim", "T-aaaaaa").data["claim"]
    bare.git("update-ref", "-d", REF)
    second = call(two, "claim", "T-aaaaaa", agent="bob", at=5).data["claim"]
    assert second["token"] > first["token"] and code(one, "renew", "T-aaaaaa") == 6


def test_junk_on_the_remote_is_told(pair: Pair) -> None:
    bare, one, _ = pair
    blob = bare.git("hash-object", "-w", "--stdin", stdin=b"x").strip()
    bare.git("update-ref", REF, blob)
    assert code(one, "claim", "T-aaaaaa") == 1
    assert bare.git("rev-parse", REF).strip() == blob


# --- closing, and being killed ---


def test_a_close_is_fenced_by_the_lease(board: Repository) -> None:
    call(board, "claim", "T-aaaaaa", "--path", "src/**", "--ttl", "1h")
    opened = desk(board, "ada", 5.0)
    lease, swaps = leasing.fence(opened, leasing.Want("T-aaaaaa"))
    assert {each.ref for each in swaps} == {REF, PATHS} and lease.holder == "ada"
    call(board, "renew", "T-aaaaaa")  # the ref has moved: the close must fail whole
    assert opened.refs.swap(swaps)
    _, swaps = leasing.fence(opened, leasing.Want("T-aaaaaa"))
    assert not opened.refs.swap(swaps)
    assert call(board, "claims").data["claims"] == []
    call(board, "claim", "T-aaaaaa", agent="bob")
    with pytest.raises(leasing.LeaseLost, match="bob"):
        leasing.fence(opened, leasing.Want("T-aaaaaa"))


def test_the_desk_is_made_of_what_was_read_once(board: Repository) -> None:
    opened = desk(board, "ada", 1.0)
    assert isinstance(opened.refs, Arbiter) and opened.proof is Proof


def test_orient_reads_claims_whatever_the_remote_is_called(repo: Repository) -> None:
    """It only looks: a remote that is not there is no reason to say nothing."""
    repo.write("tasks/T-aaaaaa.md", "---\nid: T-aaaaaa\nstatus: open\n---\n# Work\n")
    repo.commit()
    assert repo.swarm("claim", "T-aaaaaa", SWARM_AGENT="ada").returncode == 0
    repo.write("swarm.toml", '[claims]\nremote = "upstream"\n')
    done = repo.swarm("orient", "--for", "work", SWARM_AGENT="bob")
    assert done.returncode == 0 and "by “ada” until" in done.stdout
    assert repo.swarm("claim", "T-aaaaaa", SWARM_AGENT="bob").returncode == 1


def test_a_ref_whose_name_is_no_utf8_stops_nobody(repo: Repository) -> None:
    repo.write("tasks/T-aaaaaa.md", "---\nid: T-aaaaaa\nstatus: open\n---\n# Work\n")
    repo.commit()
    head = repo.git("rev-parse", "HEAD").strip()
    packed = f"{head} refs/swarm/claims/\udcff\n".encode("utf-8", "surrogateescape")
    (repo.root / ".git" / "packed-refs").write_bytes(b"# pack-refs with: sorted \n" + packed)
    assert repo.swarm("claims").returncode in (0, 1)
    assert repo.swarm("orient", "--for", "work").returncode == 0
    assert repo.swarm("claim", "T-aaaaaa", SWARM_AGENT="ada").returncode == 0
