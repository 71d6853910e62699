"""Two lines in .pre-commit-config.yaml, by the real pre-commit, out of a clone of this repository.

It installs swarm with all that swarm needs into an environment of its own, which takes
a minute the first time: `python -m pytest -m precommit tests/test_hooks_precommit.py`
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from boards import run
from conftest import Repository, hermetic
from hooking import BAD, CAUGHT, B, attempt, head, stage
from judging import belief

ROOT = Path(__file__).resolve().parents[1]
TYPES = ("pre-commit", "pre-merge-commit", "commit-msg", "pre-push")
MISSION = "---\ninvariants: []\n---\n# The mission\n"

pytestmark = pytest.mark.precommit


def clone(folder: Path) -> Repository:
    """This repository as it lies here, committed."""
    told = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in filter(None, told.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    made = Repository(folder, hermetic(folder.parent))
    made.git("init", "-q", "-b", "main")
    made.commit()
    return made


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A board whose people use pre-commit."""
    folder = tmp_path_factory.mktemp("precommit")
    source = clone(folder / "swarm")
    repo = Repository(folder / "repo", hermetic(folder) | {"PRE_COMMIT_HOME": str(folder / "kept")})
    repo.root.mkdir()
    repo.git("init", "-q", "-b", "main")
    ids = "".join(f"  - id: swarm-{each}\n" for each in ("check", "message", "push"))
    repo.write(
        ".pre-commit-config.yaml",
        f"repos:\n- repo: {source.root}\n  rev: {head(source)}\n  hooks:\n{ids}",
    )
    repo.write("src/code.py", "x = 1\n")
    repo.write("beliefs/MISSION.md", MISSION)
    repo.commit()
    kinds = [word for each in TYPES for word in ("--hook-type", each)]
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "install", "--install-hooks", *kinds], cwd=repo.root,
        env=os.environ | {"PRE_COMMIT_HOME": repo.environ["PRE_COMMIT_HOME"]}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    repo.git("clone", "-q", "--bare", ".", "../remote")
    repo.git("remote", "add", "origin", "../remote")
    repo.git("fetch", "-q", "origin")
    return repo


@pytest.fixture(autouse=True)
def afresh(begun: Repository) -> None:
    begun.git("reset", "-q", "--hard", "origin/main")
    begun.git("clean", "-q", "-fd")


def test_a_bad_belief_is_refused_and_a_good_one_is_not(begun: Repository) -> None:
    stage(begun, B, BAD)
    code, said = attempt(begun, "commit", "-m", "x")
    assert code and CAUGHT in said and "swarm check" in said
    stage(begun, B, belief())
    begun.write(B, BAD)  # what is not staged is put aside meanwhile
    code, said = attempt(begun, "commit", "-m", "x")
    assert code == 0, said
    assert (begun.root / B).read_text() == BAD
    code, said = attempt(begun, "commit", "-a", "-m", "x")
    assert code and CAUGHT in said
    begun.git("checkout", "-q", ".")
    begun.git("rm", "-q", B)
    code, said = attempt(begun, "commit", "-m", "x")
    assert code and "correct-not-delete" in said


def test_the_message_is_judged_and_a_reason_stays_with_it(begun: Repository) -> None:
    stage(begun, "beliefs/MISSION.md", f"{MISSION}\nMore.\n")
    code, said = attempt(begun, "commit", "-m", "x")
    assert code and "Escalation" in said
    by = "--trailer=Escalation: Ada <ada@example.org>"
    code, said = attempt(begun, "commit", "-m", "x", by)
    assert code == 0, said
    stage(begun, B, BAD)
    code, said = attempt(begun, "commit", "-m", "x", SWARM_BYPASS="not today")
    assert code == 0, said
    assert begun.git("log", "-1", "--format=%B").strip() == "x\n\nSwarm-Bypass: not today"
    code, said = attempt(begun, "push", "origin", "main:let-through")
    assert code == 0, said


def test_what_no_verify_let_through_is_not_pushed(begun: Repository) -> None:
    stage(begun, B, BAD)
    begun.git("commit", "-q", "--no-verify", "-m", "x")
    bad = head(begun)
    for target in ("main", "another"):
        code, said = attempt(begun, "push", "origin", f"main:{target}")
        assert code and bad in said and CAUGHT in said
    begun.git("reset", "-q", "--hard", "HEAD~1")
    stage(begun, "src/code.py", "x = 2\n")
    assert attempt(begun, "commit", "-m", "x")[0] == 0
    code, said = attempt(begun, "push", "origin", "main:good")
    assert code == 0, said


def test_a_merge_is_judged(begun: Repository) -> None:
    begun.git("checkout", "-q", "-B", "side")
    stage(begun, "src/more.py", "")
    begun.git("commit", "-q", "--no-verify", "-m", "x")
    begun.git("checkout", "-q", "main")
    stage(begun, "src/code.py", "x = 2\n")
    begun.git("commit", "-q", "--no-verify", "-m", "x")
    code, said = attempt(begun, "merge", "--no-edit", "side")
    assert code == 0, said


def test_beside_swarm_s_own_hooks(begun: Repository) -> None:
    """Whoever comes last chains what was there, and whoever is taken away leaves the other."""
    hook = begun.root / ".git/hooks/pre-commit"
    before = hook.read_bytes()
    assert run(begun, "hooks", "install")[0] == 0
    stage(begun, B, BAD)
    code, said = attempt(begun, "commit", "-m", "x")
    assert code and CAUGHT in said
    command = [sys.executable, "-m", "pre_commit", "install"]
    subprocess.run(command, cwd=begun.root, env=begun.environ, check=True, capture_output=True)
    code, said = attempt(begun, "commit", "-m", "x")
    assert code and CAUGHT in said and "legacy" not in said, said
    command = [sys.executable, "-m", "pre_commit", "uninstall"]
    subprocess.run(command, cwd=begun.root, env=begun.environ, check=True, capture_output=True)
    assert run(begun, "hooks", "uninstall")[0] == 0
    assert hook.read_bytes() == before
