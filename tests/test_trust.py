"""A command in a file is code from a stranger: it runs when somebody here has allowed it.

The tests of signatures need a program that signs: ssh-keygen (openssh-client) or gpg
(gnupg). Where neither is installed they fail and say so, since nothing else shows
that an author's name proves nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ask import Told, ask
from conftest import Repository
from jobs import ADA, PATH, T, close, head, script, task

from swarm import naming, trust
from swarm.errors import SwarmError
from swarm.git import locate


def asked(repo: Repository, command: str, name: str = T) -> trust.Asked:
    return trust.Asked(locate(repo.root, repo.environ), repo.root, name, PATH, command)


def how(repo: Repository, command: str) -> str:
    """How a command is trusted; nothing when it is not."""
    try:
        return trust.check(asked(repo, command))
    except trust.NotTrusted:
        return ""


def named(repo: Repository, command: str) -> set[str]:
    return set(naming.named_files(locate(repo.root, repo.environ), repo.root, command))


def refused(told: Told) -> bool:
    return told.code == 7 and "nobody in this clone has allowed" in told.problems[0]["what"]


# --- a stranger's command ---


def test_a_strangers_command_is_shown_and_not_run(repo: Repository) -> None:
    proof = repo.root.parent / "it-ran"
    task(repo, f"touch {proof}")
    ask(repo, "claim", T, **ADA)
    told = close(repo)
    assert refused(told) and f"touch {proof}" in told.problems[0]["what"]
    assert told.problems[0]["remedy"] == f"read it, then: swarm trust {T}"
    assert told.data == {
        "record": None, "verdict": None, "commit": "", "claim": None, "offers": [],
    }  # fmt: skip
    printed = ask(repo, "close", T, **ADA)
    assert printed.code == 7 and f"touch {proof}".encode() in printed.err and not printed.out
    assert not proof.exists() and head(repo)["status"] == "open"
    assert ask(repo, "trust", T).code == 0
    assert not proof.exists()
    assert close(repo).code == 0 and proof.exists()


def test_what_is_allowed_is_shown_without_obeying_it(repo: Repository) -> None:
    task(repo, "sh run.sh 'a\x1b[2J\u202eb'")
    repo.write("run.sh", "true\n")
    told = ask(repo, "trust", T)
    assert b"\x1b" not in told.out and b"\\x1b[2J\\u202e" in told.out
    assert b"with run.sh as it is now" in told.out
    data = ask(repo, "trust", T, "--json").data["trust"]
    assert data["command"] == "sh run.sh 'a\x1b[2J\u202eb'" and data["files"] == ["run.sh"]
    assert data["record"]["id"] == T and Path(data["kept"]).is_file()


def test_there_is_nothing_to_trust_without_a_command(repo: Repository) -> None:
    task(repo)
    told = ask(repo, "trust", T, "--json")
    assert told.code == 2 and f"swarm expect {T}" in told.problems[0]["remedy"]
    assert ask(repo, "trust", "T-nobody").code == 4


# --- what takes the trust away ---

NAMES = {
    "sh run.sh": {"run.sh"},
    "./run.sh": {"run.sh"},
    "sub/../run.sh": {"run.sh"},
    "sh -c './run.sh;./other.sh'": {"run.sh", "other.sh"},
    "sh -c 'cd sub && ./deep.sh'": {"sub/deep.sh", "sub/a b.sh", "sub/x.mk"},
    "sh -c '\"$PWD/run.sh\"'": {"run.sh"},
    "sh -c 'cat <run.sh|sh'": {"run.sh"},
    "sh -c \"sh 'sub/a b.sh'\"": {"sub/a b.sh"},
    "env A=1 run.sh": {"run.sh"},
    "python -m pkg.mod": {"pkg/mod.py"},
    "python -mpkg": {"pkg/__init__.py", "pkg/mod.py"},
    "python -m pkg": {"pkg/__init__.py", "pkg/mod.py"},
    "tool --config=conf/x.toml": {"conf/x.toml"},
    "tool -fsub/x.mk @args.txt": {"sub/x.mk", "args.txt"},
    "tool a,conf/x.toml:3": {"conf/x.toml"},
    "ruby tests/test_x.py:12": {"tests/test_x.py"},
    "ls 'tests/test_*.py'": {"tests/test_x.py"},
    "ls 'link?d'": {"sub/deep.sh", "sub/a b.sh", "sub/x.mk"},
    "make all": {"Makefile"},
    "sh -c 'make all'": {"Makefile"},
    "env X=1 /usr/bin/make": {"Makefile"},
    "make -C sub": {"Makefile", "sub/deep.sh", "sub/a b.sh", "sub/x.mk"},
    "pytest tests/test_x.py::test_y[1]": {"tests/test_x.py", "tests/conftest.py", "setup.cfg"},
    "sh linked.sh": {"linked.sh", "run.sh"},
    "sh outside.sh": {"outside.sh"},
    "ls linked": {"sub/deep.sh", "sub/a b.sh", "sub/x.mk"},
    "ls linked/deep.sh": {"linked/deep.sh", "sub/deep.sh"},
    "ls outer": {"outer/far.sh"},
    "cat ignored.log": {"ignored.log"},
    "ls logs": {"logs/kept.txt"},
    "tool pipe": set(),
    "true": set(),
    "/bin/sh -c true": set(),
    "cat ../elsewhere/far.sh": set(),
}


@pytest.fixture
def tree(repo: Repository) -> Repository:
    for path in (
        "run.sh", "other.sh", "sub/deep.sh", "sub/a b.sh", "sub/x.mk", "pkg/__init__.py",
        "pkg/mod.py", "conf/x.toml", "args.txt", "tests/test_x.py", "tests/conftest.py",
        "setup.cfg", "Makefile", "logs/kept.txt", "memory/lessons/L-000001-x.md",
        "../elsewhere/far.sh", "ignored.log", "logs/x.log",
    ):  # fmt: skip
        repo.write(path, f"{path}\n")
    repo.write(".gitignore", "*.log\n")
    for link, target in {
        "linked": "sub", "linked.sh": "run.sh", "outer": "../elsewhere",
        "outside.sh": "../elsewhere/far.sh", "zero": "/dev/zero", "sub/loop": "..",
    }.items():  # fmt: skip
        (repo.root / link).symlink_to(target)
    (repo.root / "sub" / "loop").unlink()
    os.mkfifo(repo.root / "pipe")
    return repo


def test_a_command_names_these_files(tree: Repository) -> None:
    for command, files in NAMES.items():
        assert named(tree, command) == files, command
    assert named(tree, f"sh {tree.root}/run.sh") == {"run.sh"}


def test_the_whole_repository_is_named_with_a_dot_but_for_its_records(tree: Repository) -> None:
    everything = named(tree, "pytest .")
    assert {"run.sh", "sub/x.mk", "pkg/mod.py", ".gitignore", "outer/far.sh"} <= everything
    assert not any(path.startswith("memory/") or path.endswith(".log") for path in everything)


def test_links_in_a_circle_and_devices_keep_nobody_waiting(tree: Repository) -> None:
    (tree.root / "sub" / "loop").symlink_to("../sub")
    (tree.root / "sub" / "up").symlink_to("../../elsewhere")
    (tree.root / "../elsewhere/back").symlink_to("../repo/sub")
    (tree.root / "sub" / "zero").symlink_to("/dev/zero")
    assert "sub/deep.sh" in named(tree, "ls sub zero pipe")


def test_a_change_of_any_file_that_is_named_takes_the_trust_away(tree: Repository) -> None:
    for command, files in NAMES.items():
        trust.allow(asked(tree, command))
        assert how(tree, command) == "allowed here", command
        for path in sorted(files):
            target = tree.root / path
            if not target.is_file():
                continue
            before = target.read_bytes()
            target.write_bytes(b"something else\n")
            assert not how(tree, command), (command, path)
            target.write_bytes(before)
            assert how(tree, command), (command, path)


COMES = {
    "make all": "GNUmakefile",
    "python -m pytest tests": "pytest.py",
    "python -m pkg": "pkg/__main__.py",
    "pytest tests/test_x.py": "conftest.py",
    "ls tests": "tests/new.py",
    "sh later.sh": "later.sh",
    "ls 'sub/*.sh'": "sub/z.sh",
}


def test_so_does_a_file_that_comes_or_goes_or_is_another_link(tree: Repository) -> None:
    for command, path in COMES.items():
        trust.allow(asked(tree, command))
        tree.write(path, "new\n")
        assert not how(tree, command), command
        (tree.root / path).unlink()
        assert how(tree, command), command
    trust.allow(asked(tree, "sh linked.sh"))
    (tree.root / "linked.sh").unlink()
    (tree.root / "linked.sh").symlink_to("other.sh")
    assert not how(tree, "sh linked.sh")
    trust.allow(asked(tree, "sh run.sh"))
    (tree.root / "run.sh").unlink()
    assert not how(tree, "sh run.sh")


def test_any_other_command_is_another_one(tree: Repository) -> None:
    trust.allow(asked(tree, "sh run.sh"))
    for command in ("sh  run.sh", "sh run.sh x", "sh ./run.sh", "bash run.sh", "sh other.sh"):
        assert not how(tree, command), command


def test_a_command_that_names_too_much_cannot_be_allowed(tree: Repository) -> None:
    blob = tree.git("hash-object", "-w", "--stdin", stdin=b"x").strip()
    rows = (f"100644 {blob}\tmany/{number}\n" for number in range(naming.MOST_FILES + 1))
    tree.git("update-index", "--index-info", stdin="".join(rows).encode())
    (tree.root / "many").mkdir()
    with pytest.raises(SwarmError, match="more than 10,000 files") as told:
        trust.allow(asked(tree, "ls many"))
    assert told.value.exit_code == 7 and told.value.remedy


def test_a_message_names_a_few_of_many_files(tree: Repository) -> None:
    for number in range(20):
        tree.write(f"many/{number:02}.py", "x\n")
    with pytest.raises(trust.NotTrusted, match=r"many/04\.py and 15 more files: ls many"):
        trust.check(asked(tree, "ls many"))


# --- typed here ---


def test_what_was_typed_here_runs_for_that_task_alone(repo: Repository) -> None:
    for path, name in ((PATH, T), ("tasks/T-bbbbbb-x.md", "T-bbbbbb")):
        task(repo, path=path, id=name)
    assert ask(repo, "expect", T, "it works", "--p", ".8", "--verify", "true", **ADA).code == 0
    assert how(repo, "true") == "typed here"
    with pytest.raises(trust.NotTrusted):
        trust.check(asked(repo, "true", "T-bbbbbb"))
    assert not how(repo, "true x")


def test_a_typed_command_runs_though_its_files_are_yet_to_be_written(repo: Repository) -> None:
    task(repo)
    ask(repo, "expect", T, "it works", "--p", ".8", "--verify", "sh check.sh", **ADA)
    repo.write("check.sh", "exit 0\n")
    ask(repo, "claim", T, **ADA)
    assert close(repo).code == 0


def test_new_types_a_command_as_expect_does(repo: Repository) -> None:
    told = ask(repo, "new", "task", "Work", "--set", f"id={T}", "--set", "verify=true", "--json")
    assert told.code == 0 and how(repo, "true") == "typed here"
    ask(repo, "claim", T, **ADA)
    assert close(repo).code == 0
    for command in ("a | b", "'x", ""):
        told = ask(repo, "new", "task", "Work", "--set", f"verify={command}", "--json")
        assert told.code == (2 if command else 0), command
    told = ask(repo, "new", "lesson", "A verb", "--set", "verify=true", "--set", "id=L-000001")
    assert told.code == 0
    with pytest.raises(trust.NotTrusted):
        trust.check(asked(repo, "true", "L-000001"))


def test_a_typed_command_that_was_changed_in_the_file_is_no_more_typed(repo: Repository) -> None:
    ask(repo, "new", "task", "Work", "--set", f"id={T}", "--set", "verify=true")
    (path,) = (repo.root / "tasks").iterdir()
    path.write_text(path.read_text().replace("verify: true", "verify: echo stranger"))
    repo.commit()
    ask(repo, "claim", T, **ADA)
    assert refused(close(repo))


def test_expecting_the_same_command_again_is_typing_it(repo: Repository) -> None:
    """A stranger's command that somebody repeats was read by somebody."""
    task(repo, "true", expect="it works", p=0.8, predicted="2026-01-01T00:00:00Z")
    assert not how(repo, "true")
    told = ask(repo, "expect", T, "it works", "--p", "0.8", "--verify", "true", "--json")
    assert told.data["commit"] == "" and how(repo, "true") == "typed here"


# --- where trust is kept ---


def test_trust_is_of_the_clone_and_not_of_a_work_tree(repo: Repository) -> None:
    task(repo, "sh run.sh")
    repo.write("run.sh", "true\n")
    repo.commit()
    ask(repo, "trust", T)
    repo.git("worktree", "add", "-q", "../other")
    other = Repository(repo.root.parent / "other", repo.environ)
    assert how(other, "sh run.sh") == "allowed here"
    repo.git("clone", "-q", ".", "../clone")
    clone = Repository(repo.root.parent / "clone", repo.environ)
    assert not how(clone, "sh run.sh")
    ask(clone, "claim", T, **ADA)
    assert refused(close(clone))


def test_trust_outlives_the_cache_and_is_no_part_of_the_work_tree(repo: Repository) -> None:
    task(repo, "true")
    ask(repo, "trust", T)
    shutil.rmtree(repo.root / ".git" / "swarm" / "cache")
    assert how(repo, "true") == "allowed here" and repo.git("status", "--short") == ""
    (kept,) = (repo.root / ".git" / "swarm" / "state" / "trust").iterdir()
    assert json.loads(kept.read_text())["command"] == "true"


def test_a_place_that_cannot_be_written_is_told(repo: Repository) -> None:
    task(repo, "true")
    repo.write(".git/swarm/state/trust", "a file in the way\n")
    told = ask(repo, "trust", T, "--json")
    assert told.code == 1 and told.problems[0]["remedy"]


# --- signatures ---

Signing = Callable[[str], str]  # makes a key; its fingerprint


@pytest.fixture
def signing(repo: Repository) -> Iterator[Signing]:
    """Makes keys and sets git up to sign with the newest, as whatever is installed can."""
    if shutil.which("ssh-keygen", path=repo.environ["PATH"]):
        yield lambda name: _ssh_key(repo, name)
    elif shutil.which("gpg", path=repo.environ["PATH"]):
        yield lambda name: _gpg_key(repo, name)
        run(repo, "gpgconf", "--kill", "gpg-agent")
    else:
        pytest.fail("nothing here can sign: install openssh-client (ssh-keygen) or gnupg (gpg)")


def run(repo: Repository, *arguments: str) -> str:
    done = subprocess.run(
        arguments, env=repo.environ, capture_output=True, text=True, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def _ssh_key(repo: Repository, name: str) -> str:
    path = repo.root.parent / f"key-{name}"
    run(repo, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(path))
    known = repo.root.parent / "known"
    public = path.with_suffix(".pub").read_text()
    with known.open("a") as file:
        file.write(f"{name}@example.org {public}")
    for key, value in {
        "gpg.format": "ssh", "user.signingKey": str(path), "commit.gpgSign": "true",
        "gpg.ssh.allowedSignersFile": str(known),
    }.items():  # fmt: skip
        repo.git("config", key, value)
    return run(repo, "ssh-keygen", "-l", "-f", str(path)).split()[1]


def _gpg_key(repo: Repository, name: str) -> str:
    home = Path(repo.environ["HOME"], ".gnupg")
    home.mkdir(mode=0o700, exist_ok=True)
    who = f"{name}@example.org"
    run(repo, "gpg", "--batch", "--passphrase", "", "--quick-gen-key", who, "ed25519", "sign")
    rows = run(repo, "gpg", "--list-keys", "--with-colons", who).splitlines()
    fingerprint = next(row.split(":")[9] for row in rows if row.startswith("fpr:"))
    repo.git("config", "user.signingKey", fingerprint)
    repo.git("config", "commit.gpgSign", "true")
    return fingerprint


def test_a_commit_signed_by_a_listed_key_is_trusted_and_nothing_else_is(
    repo: Repository, signing: Signing
) -> None:
    mine, other = signing("ada"), signing("bob")
    repo.write("run.sh", "true\n")
    task(repo, "sh run.sh")  # signed by bob, whom nobody has listed
    assert repo.git("log", "-1", "--format=%G?").strip() in ("G", "U")
    assert not how(repo, "sh run.sh")
    repo.git("config", "--add", trust.KEYS, mine)
    assert not how(repo, "sh run.sh")
    repo.git("config", "--add", trust.KEYS, other)
    assert how(repo, "sh run.sh") == f"signed by {other}"
    repo.git("config", "log.showSignature", "true")
    assert how(repo, "sh run.sh") == f"signed by {other}"
    ask(repo, "claim", T, **ADA)

    repo.git("config", "commit.gpgSign", "false")
    repo.write("run.sh", "true # changed\n")  # the file that it names is not as it was signed
    assert not how(repo, "sh run.sh")
    repo.commit()
    assert not how(repo, "sh run.sh")
    repo.git("revert", "-n", "HEAD")
    assert how(repo, "sh run.sh")
    path = repo.root / PATH
    path.write_text(path.read_text() + "\nOne more word.\n")  # nor is the task
    assert not how(repo, "sh run.sh")
    repo.commit()  # under the very name and address of who signed before
    assert repo.git("log", "-1", "--format=%an %G?") == "Ada N\n"
    assert not how(repo, "sh run.sh") and refused(close(repo))


def test_a_forged_or_shortened_key_proves_nothing(repo: Repository, signing: Signing) -> None:
    key = signing("ada")
    task(repo, "true")
    for listed in (key[:-1], key[-16:], key.swapcase(), "Ada", "ada@example.org", "*", ".*"):
        repo.git("config", "--replace-all", trust.KEYS, listed)
        hexadecimal = ":" not in key  # of gpg, in which letter case means nothing
        assert not how(repo, "true") or (hexadecimal and listed == key.swapcase()), listed
    repo.git("config", "--replace-all", trust.KEYS, key)
    assert how(repo, "true")
    signed = repo.git("cat-file", "commit", "HEAD").replace("change", "forged").encode()
    forged = repo.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=signed).strip()
    repo.git("reset", "-q", "--hard", forged)
    assert repo.git("log", "-1", "--format=%s").strip() == "forged"
    assert not how(repo, "true")


def test_no_key_is_listed_by_what_a_repository_brings_along(
    repo: Repository, signing: Signing
) -> None:
    key = signing("ada")
    repo.write(".gitconfig", f"[swarm]\n\ttrustedKey = {key}\n")
    repo.write("swarm.toml", f'[trust]\ntrustedKey = "{key}"\n')
    task(repo, "true")
    assert not how(repo, "true")
    environ = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": trust.KEYS, "GIT_CONFIG_VALUE_0": key}
    place = locate(repo.root, repo.environ | environ)
    with pytest.raises(trust.NotTrusted):
        trust.check(asked(repo, "true")._replace(repo=place))


def test_a_program_beside_the_repository_is_named_by_nobody(repo: Repository) -> None:
    """Trust covers the repository's files: what lies elsewhere did not come with it."""
    command = script(repo, "check", "exit 0")
    task(repo, command)
    assert named(repo, command) == set()
    ask(repo, "trust", T)
    assert how(repo, command) == "allowed here"
