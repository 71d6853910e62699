"""What stood in a hook's place finds the same as before, and a line is told where it works."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from boards import run, told
from conftest import Repository
from hooking import BAD, CAUGHT, B, attempt, stage
from judging import belief
from test_hooks_install import picture

from swarm import hookcall, hookscript, ownname
from swarm.ownname import BELOW, BESIDE, NOWHERE

DISPATCH = "#!/bin/sh\ncase ${0##*/} in pre-commit) echo told as pre-commit ;; *) exit 3 ;; esac\n"
NEAR = '#!/bin/sh\necho told "$(cat "$(dirname "$0")/words")"\n'
EACH = '#!/bin/sh\nfor f in "$0".d/*; do "$f"; done\n'

PLACES = [
    ("#!/bin/sh\ntrue\n", BESIDE), ("#!/bin/sh\necho ${0##*/}x >&2\n", BELOW),
    ('#!/bin/sh\ncase $(basename "$0") in esac\n', BELOW),
    ('#!/bin/sh\nHERE="$(cd "$(dirname "$0")" && pwd)"\n', BESIDE),
    ('#!/bin/sh\nHERE=${0%/*}\n', BESIDE), ('#!/bin/sh\nx=${0%/*} y=${0##*/}\n', NOWHERE),
    ('#!/bin/sh\nfor f in "$0".d/*; do $f; done\n', NOWHERE),
    ('#!/bin/sh\necho "$0: failed" >&2\nprintf "$0"\n', BESIDE),
    ('#!/bin/sh\nx=$(echo "$0" | sed s,.*/,,)\n', NOWHERE),
    ("#!/bin/sh\n# as $0 says\nawk '{print $0}' <x\n", BESIDE),
    ('#!/bin/sh\n. "$(dirname "$0")/husky.sh"\n', NOWHERE), ("#!/bin/sh\n. ~/lib.sh\n", BELOW),
    ("#!/usr/bin/env bash\ncd ${BASH_SOURCE%/*}\n", BESIDE),
    ('#!/usr/bin/env bash\ncd "$(dirname "${BASH_SOURCE[0]}")"\n', BESIDE),
    ("#!/usr/bin/env python3\nimport beside\n", BESIDE),
    ("#!/usr/bin/env python3\nprint(os.path.dirname(__file__))\n", BESIDE),
    ("#!/usr/bin/env python3\nprint(Path(__file__).name)\n", BELOW),
    ("#!/usr/bin/env python3\nprint(sys.argv[0])\n", NOWHERE),
    ("#!/usr/bin/env ruby\nhook = File.basename($0)\n", BELOW),
    ("\x7fELF\0", BELOW), ("", BELOW), ("true\n", BELOW),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), PLACES)
def test_where_a_hook_finds_what_it_looks_for(text: str, wanted: str) -> None:
    assert ownname.place(text.encode(), is_link=False) == wanted
    if wanted != BESIDE:
        assert ownname.place(text.encode(), is_link=True) == wanted


@pytest.mark.parametrize(("text", "wanted"), [("#!/bin/sh\ntrue\n", BELOW), (NEAR, BESIDE)])
def test_where_a_link_finds_what_it_looks_for(text: str, wanted: str) -> None:
    """Its name is why it is one, unless its folder is."""
    assert ownname.place(text.encode(), is_link=True) == wanted


def laid(repo: Repository, name: str, text: str) -> Path:
    path = repo.write(f".git/hooks/{name}", text)
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("hook", "goal", "kept"),
    [(DISPATCH, "", True), (DISPATCH, "dispatch", True), (DISPATCH, "../hooks/./dispatch", True),
     (NEAR, "", True), (NEAR, "dispatch", True), (EACH, "", False), (EACH, "dispatch", False)],
)  # fmt: skip
def test_a_hook_that_asks_who_it_is_is_told_the_same_or_left_alone(
    repo: Repository, hook: str, goal: str, kept: bool
) -> None:
    repo.commit()
    for name in hookscript.NAMES:
        (repo.root / f".git/hooks/{name}.sample").unlink(missing_ok=True)
    laid(repo, "words", "something\n")
    laid(repo, "pre-commit.d/one", "#!/bin/sh\necho told by one\n")
    path = laid(repo, (goal and "dispatch") or "pre-commit", hook)
    if goal:
        (repo.root / ".git/hooks/pre-commit").symlink_to(goal)
    before = picture(path.parent)
    heard = attempt(repo, "commit", "--allow-empty", "-q", "-m", "x")
    assert heard[0] == 0 and "told" in heard[1]
    code, out, _ = run(repo, "hooks", "install")
    assert code == (0 if kept else 1)
    assert kept or hookscript.line("pre-commit") in out
    assert attempt(repo, "commit", "--allow-empty", "-q", "-m", "x") == heard
    states = [each["state"] for each in told(repo, "hooks", "status")["data"]["hooks"]]
    assert states.count("installed") == (4 if kept else 3)
    run(repo, "hooks", "uninstall")
    assert picture(path.parent) == before


def test_an_installation_of_the_first_kind_is_understood(repo: Repository) -> None:
    """It kept everything beside, and took a folder anywhere for the clone's own."""
    apart = repo.root.parent / "apart"
    by = hookscript.Swarm(sys.executable, str(Path(hookscript.__file__).parent))
    for folder in (repo.root / ".git/hooks", apart):
        for each in folder.glob("*"):
            each.unlink()
        folder.mkdir(exist_ok=True)
        hers = folder / "pre-commit"
        hers.write_text(DISPATCH)
        before = picture(folder)
        hers.rename(folder / "pre-commit.before-swarm")
        for name in hookscript.NAMES:
            (folder / name).write_bytes(hookscript.text(name, by))
            (folder / name).chmod(0o755)
        repo.git("config", "core.hooksPath", str(folder))
        found = told(repo, "hooks", "status")["data"]["hooks"]
        assert {each["state"] for each in found} == {"installed"}
        assert found[0]["before"] == str(folder / "pre-commit.before-swarm")
        run(repo, "hooks", "uninstall")
        assert picture(folder) == before


# Lines in scripts that people keep


def on_path(repo: Repository) -> dict[str, str]:
    return {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}


SCRIPTS = [
    "#!/bin/sh\necho ran", "#!/bin/sh\necho ran\nexit 0\n", "#!/bin/bash\necho ran\nexec true\n",
    "#!/bin/sh -e\n# swarm hook pre-commit\necho ran\n", "echo ran\nexit 0", "\n",
    "#!/bin/sh\necho ran\nexit 0\n" + hookscript.line("pre-commit") + "\n",
]  # fmt: skip


@pytest.mark.parametrize("text", SCRIPTS)
def test_the_line_works_in_any_script_and_harms_none(repo: Repository, text: str) -> None:
    repo.git("config", "core.hooksPath", ".githooks")
    script = repo.write(".githooks/pre-commit", text)
    script.chmod(0o755)
    repo.commit()
    (found, *_) = told(repo, "hooks", "status")["data"]["hooks"]
    assert found["state"] == "missing"
    subprocess.run(["sh", "-c", found["remedy"]], check=True, cwd=repo.root)
    (found, *_) = told(repo, "hooks", "status")["data"]["hooks"]
    assert found["state"] == "installed" and found["remedy"] == ""
    assert [each.name for each in script.parent.iterdir()] == ["pre-commit"]
    stage(repo, B, BAD)
    code, said = attempt(repo, "commit", "-q", "-m", "x", **on_path(repo))
    assert code and CAUGHT in said
    stage(repo, B, belief())
    code, said = attempt(repo, "commit", "-q", "-m", "x", **on_path(repo))
    assert code == 0 and ("ran" in said) == ("ran" in text), said


@pytest.mark.parametrize("text", ["#!/usr/bin/env python3\nprint(1)\n", "#!/usr/bin/fish\n", "\0"])
def test_what_is_no_shell_s_is_not_told_to_say_it(repo: Repository, text: str) -> None:
    repo.git("config", "core.hooksPath", ".githooks")
    repo.write(".githooks/pre-commit", text)
    repo.commit()
    (found, *_) = told(repo, "hooks", "status")["data"]["hooks"]
    assert found["state"] == "missing" and "awk" not in found["remedy"]
    assert hookscript.line("pre-commit") in found["remedy"]


def test_a_push_of_which_another_line_has_read_all_is_judged_by_head(
    repo: Repository,
) -> None:
    repo.git("config", "core.hooksPath", ".githooks")
    text = f"#!/bin/sh\ncat >/dev/null\n{hookscript.line('pre-push')}\n"
    repo.write(".githooks/pre-push", text).chmod(0o755)
    repo.commit()
    repo.git("init", "-q", "--bare", "../remote")
    repo.git("remote", "add", "origin", "../remote")
    code, said = attempt(repo, "push", "-q", "-u", "origin", "HEAD", **on_path(repo))
    assert code == 0, said
    stage(repo, B, BAD)
    repo.git("commit", "-q", "-m", "x")
    code, said = attempt(repo, "push", "-q", "origin", "HEAD", **on_path(repo))
    assert code and CAUGHT in said


def test_a_push_that_brings_nothing_is_not_judged_by_head(repo: Repository) -> None:
    repo.commit()
    repo.git("branch", "other")
    repo.git("init", "-q", "--bare", "../remote")
    repo.git("push", "-q", "../remote", "other")
    assert run(repo, "hooks", "install")[0] == 0
    stage(repo, B, BAD)
    repo.git("commit", "-q", "--no-verify", "-m", "x")
    assert attempt(repo, "push", "-q", "../remote", "other") == (0, "")


def test_a_pipe_that_nobody_closes_is_not_waited_for_for_ever(
    repo: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit()
    ours, theirs = os.pipe()
    monkeypatch.setattr(hookcall, "PUSH_SECONDS", 0.2)
    with os.fdopen(ours, encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        code, _, err = run(repo, "hook", "pre-push", "origin")
        os.close(theirs)
    assert code == 1 and "was stopped" in err and "git push --no-verify" in err


# Set aside by whoever came later


@pytest.mark.parametrize("suffix", [".legacy", ".old"])
@pytest.mark.parametrize("hers", ["", "#!/bin/sh\ntrue\n"])
def test_ours_is_taken_away_where_a_manager_has_put_it(
    repo: Repository, suffix: str, hers: str
) -> None:
    hook = repo.root / ".git/hooks/pre-commit"
    if hers:
        laid(repo, "pre-commit", hers)
    run(repo, "hooks", "install")
    aside = hook.with_name(f"pre-commit{suffix}")
    hook.rename(aside)
    laid(repo, "pre-commit", "#!/bin/sh\n# hook-impl\n")
    code, out, _ = run(repo, "hooks", "uninstall")
    assert code == 0 and "→" not in out
    assert hook.read_text() == "#!/bin/sh\n# hook-impl\n"
    assert (aside.read_text() if aside.exists() else "") == hers
    assert not list(hook.parent.glob("*before-swarm*"))


def test_a_changed_one_that_a_manager_has_put_aside_is_told_of(repo: Repository) -> None:
    run(repo, "hooks", "install")
    hook = repo.root / ".git/hooks/pre-commit"
    aside = hook.rename(hook.with_name("pre-commit.legacy"))
    aside.write_bytes(aside.read_bytes() + b"true\n")
    _, out, _ = run(repo, "hooks", "uninstall")
    assert str(aside) in out and aside.exists()


# What is taken for swarm


@pytest.mark.parametrize("value", [":/opt/lib", ".", "/opt/lib:", "{root}", "src:/opt"])
@pytest.mark.parametrize("known", [True, False])
def test_no_file_where_somebody_stands_is_taken_for_swarm(
    repo: Repository, value: str, known: bool
) -> None:
    run(repo, "hooks", "install")
    if not known:
        for name in hookscript.NAMES:
            gone = hookscript.text(name, hookscript.Swarm("/nowhere/python", "/nowhere"))
            (repo.root / ".git/hooks" / name).write_bytes(gone)
        if value == "{root}":  # whoever says so means it
            return
    for name in ("click", "swarm", "src/click", "src/swarm", "yaml"):
        repo.write(f"{name}/__init__.py", "raise SystemExit(print('taken') or 0)\n")
    stage(repo, B, BAD)
    around = on_path(repo) | {"PYTHONPATH": value.format(root=repo.root)}
    code, said = attempt(repo, "commit", "-q", "-m", "x", **around)
    assert code and CAUGHT in said and "taken" not in said, said


def test_the_scope_is_named_that_says_where_hooks_are(repo: Repository) -> None:
    repo.commit()
    repo.git("config", "extensions.worktreeConfig", "true")
    repo.git("config", "--worktree", "core.hooksPath", os.devnull)
    code, _, err = run(repo, "hooks", "status")
    remedy = err.split("try:")[1].strip()
    assert code == 1 and "--worktree" in remedy
    subprocess.run(["sh", "-c", remedy], check=True, cwd=repo.root, env=repo.environ)
    assert run(repo, "hooks", "status")[0] == 0
