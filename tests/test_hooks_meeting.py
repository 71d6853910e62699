"""`swarm hooks` killed anywhere, and beside another one: a hook of somebody's is never lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from test_hooks_install import picture, somebodys

from swarm import hookfiles, hooks

MARK = "hers"
LAID: dict[str, Callable[[Path], object]] = {
    "beside": lambda hook: hook.write_text(f"#!/bin/sh\necho {MARK}\n"),
    "below": lambda hook: hook.write_text(f"#!/bin/sh\necho {MARK} ${{0##*/}}\n"),
    "link": lambda hook: hook.symlink_to("./../hers"),
}


def lay(folder: Path, kind: str) -> Path:
    """A hook of somebody's, in one of the ways in which it will be kept."""
    hook = folder / "hooks/pre-commit"
    hook.parent.mkdir(parents=True)
    (folder / "hers").write_text(f"#!/bin/sh\necho {MARK}\n")
    (folder / "hers").chmod(0o755)
    LAID[kind](hook)
    hook.chmod(0o755)
    return hook


def at_step(folder: Path, number: int, then: Callable[[], None]) -> None:
    """Have something happen before the process changes a folder for so many times."""
    left = [number]
    changing = ("os.link", "os.symlink", "os.rename", "os.remove", "os.chmod", "os.mkdir")

    def heard(event: str, arguments: tuple[object, ...]) -> None:
        writes = event == "open" and int(str(arguments[2] or 0)) & os.O_WRONLY
        if left and (event in changing or writes) and any(str(folder) in str(a) for a in arguments):
            left[0] -= 1
            if left[0] < 0:
                left.clear()
                then()

    sys.addaudithook(heard)


def forked(work: Callable[[], object]) -> int:
    """A process of its own, for the audit hook that nobody can take away again."""
    child = os.fork()
    if child:
        return child
    os.closerange(3, 256)  # a lock belongs to whoever has its file open
    try:
        work()
        os._exit(0)
    except BaseException:  # noqa: BLE001 - it ends here, and says so
        os.write(2, traceback.format_exc().encode("utf-8", "replace"))
        os._exit(1)


def act(folder: Path, action: str) -> None:
    getattr(hooks, action)(hooks.Folder(folder))


def ended(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("action", ["install", "uninstall"])
@pytest.mark.parametrize("kind", LAID)
def test_whoever_is_killed_leaves_a_hook_that_runs_and_can_be_taken_away(
    tmp_path: Path, kind: str, action: str
) -> None:
    for number in range(60):
        hook = lay(tmp_path / str(number), kind)
        before = picture(hook.parent)
        if action == "uninstall":
            act(hook.parent, "install")

        def killed(hook: Path = hook, number: int = number) -> None:
            at_step(hook.parent, number, lambda: os.kill(os.getpid(), signal.SIGKILL))
            act(hook.parent, action)

        code = ended(forked(killed))
        done = subprocess.run([hook], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert MARK in done.stdout, (number, done.stderr, picture(hook.parent))
        act(hook.parent, "install")
        assert {each.state for each in hooks.status(hooks.Folder(hook.parent))} == {"installed"}
        act(hook.parent, "uninstall")
        assert picture(hook.parent) == before, number
        if code == 0:
            break
    assert code == 0 and number > 4


MEETINGS = [(one, other) for one in ("install", "uninstall") for other in ("install", "uninstall")]


@pytest.mark.parametrize(("one", "other"), MEETINGS)
def test_two_at_once_lose_nothing(tmp_path: Path, one: str, other: str) -> None:
    """The other one runs to its end, if nobody keeps it from that, at each step of the one."""
    for number in range(60):
        hook = lay(tmp_path / str(number), "beside")
        before = somebodys(hook.parent)
        whole = picture(hook.parent)
        if one == "uninstall":
            act(hook.parent, "install")
        met: list[int] = []

        def meets(hook: Path = hook, met: list[int] = met) -> None:
            met.append(forked(lambda: act(hook.parent, other)))
            for _ in range(20):
                if os.waitid(os.P_PID, met[0], os.WEXITED | os.WNOHANG | os.WNOWAIT):
                    return
                time.sleep(0.001)

        def first(hook: Path = hook, number: int = number, met: list[int] = met) -> None:
            at_step(hook.parent, number, lambda: meets(hook, met))
            act(hook.parent, one)
            os._exit(10 * ended(met[0]) if met else 99)

        code = ended(forked(first))
        assert code in (0, 99)
        assert somebodys(hook.parent) == before, number
        states = {each.name: each.state for each in hooks.status(hooks.Folder(hook.parent))}
        assert set(states.values()) in ({"installed"}, {"missing"})
        act(hook.parent, "uninstall")
        assert picture(hook.parent) == whole, number
        if code == 99:
            break
    assert code == 99 and number > 4


def test_one_waits_for_the_other(tmp_path: Path) -> None:
    """What a lock is for: nobody reads what another one is about to change."""
    hook = lay(tmp_path, "beside")
    with hookfiles.alone(hook.parent):
        child = forked(lambda: act(hook.parent, "install"))
        time.sleep(0.05)
        assert os.waitpid(child, os.WNOHANG) == (0, 0)
        assert list(picture(hook.parent)) == ["pre-commit"]
    assert ended(child) == 0
