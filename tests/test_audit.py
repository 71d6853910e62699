"""Coupling is what the architecture test says; verbs are judged by what came of their work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import test_architecture
from boards import run, told
from conftest import Repository

from swarm import coupling
from swarm.errors import NotFound, UsageError

PACKAGE = Path(__file__).resolve().parents[1] / "swarm"


def package(root: Path, files: dict[str, str]) -> Path:
    """A package `pack` with some files in it."""
    for name, text in {"__init__.py": "", **files}.items():
        path = root / "pack" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root / "pack"


def reads(folder: Path, *free: str) -> dict[str, list[str]]:
    return {each.name: list(each.reads) for each in coupling.measure(folder, free).modules}


# --- coupling -----------------------------------------------------------------------------------


def test_the_verb_says_the_same_as_the_architecture_test(repo: Repository) -> None:
    """And so it holds for this package: no module reads more than two."""
    free = [word for each in sorted(test_architecture.FREE) for word in ("--free", each)]
    data = told(repo, "audit", "coupling", str(PACKAGE), "--most", "2", *free)["data"]
    found = {each["name"]: set(each["reads"]) for each in data["modules"]}
    assert found == {each: test_architecture.siblings(each) for each in test_architecture.MODULES}
    assert data["over"] == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import pack.b", ["b"]),
        ("import pack.b as x, os", ["b"]),
        ("from pack import b", ["b"]),
        ("from pack import b, c", ["b", "c"]),
        ("from pack.b import thing", ["b"]),
        ("from pack.b.c import thing", ["b"]),
        ("from . import b", ["b"]),
        ("from .b import thing", ["b"]),
        ("from .sub import inner", ["sub.inner"]),
        ("from .sub import thing", ["sub"]),
        ("from .sub.inner import thing", ["sub.inner"]),
        ("from pack import thing", ["__init__"]),
        ("from . import *", ["__init__"]),
        ("import pack", ["__init__"]),
        ("def f():\n    from . import b", ["b"]),
        ("class A:\n    def f(self):\n        import pack.b", ["b"]),
        ("async def f():\n    async with x:\n        import pack.b", ["b"]),
        ("try:\n    import pack.b\nexcept ImportError:\n    import pack.c", ["b", "c"]),
        ("match x:\n    case 1:\n        import pack.b", ["b"]),
        ("import pack.a", []),  # itself
        ("import packet.b, b, os.path", []),
        ("from ..elsewhere import b", []),
        ("from ...... import b", []),
        ("import pack.gone", ["__init__"]),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pack.b", []),
        ("import typing\nif typing.TYPE_CHECKING:\n    import pack.b", []),
        ("if TYPE_CHECKING:\n    import pack.b\nelse:\n    import pack.c", ["c"]),
        ("if not TYPE_CHECKING:\n    import pack.b\nelse:\n    import pack.c", ["b"]),
        ("if x:\n    pass\nelif TYPE_CHECKING:\n    import pack.b", []),
        ("if x:\n    import pack.b", ["b"]),
        ("from typing import TYPE_CHECKING as TC\nif TC:\n    import pack.b", []),
        ("import typing as t\nif t.TYPE_CHECKING:\n    import pack.b", []),
        ("from other import TC\nif TC:\n    import pack.b", ["b"]),
        ("if TYPE_CHECKING and x:\n    import pack.b\nelse:\n    import pack.c", ["c"]),
        ("if TYPE_CHECKING or x:\n    import pack.b\nelse:\n    import pack.c", ["b", "c"]),
        ("if not TYPE_CHECKING or x:\n    import pack.b\nelse:\n    import pack.c", ["b"]),
        ("if False:\n    import pack.b", []),
        ("if 0:\n    import pack.b\nelse:\n    import pack.c", ["c"]),
        ("if 1:\n    import pack.b\nelse:\n    import pack.c", ["b"]),
        ("import importlib\nimportlib.import_module('pack.b')", ["b"]),
        ("import importlib as i\nx = [i.import_module('pack.b').thing]", ["b"]),
        ("from importlib import import_module\nx = import_module('.b', 'pack')", ["b"]),
        ("from importlib import import_module as im\nim('.sub.inner', __package__)", ["sub.inner"]),
        ("def f():\n    return __import__('pack.b', fromlist=['x'])", ["b"]),
        ("if __import__('pack.b').x:\n    pass", ["b"]),
        ("from other import import_module\nimport_module('pack.b')", []),
        ("import importlib\nimportlib.import_module('pack.' + x)", []),
        ("import importlib\nimportlib.import_module(name)\nimportlib.import_module()", []),
        ("__import__('os')\n__import__('.....x')\n__import__('')", []),
        ("# import pack.b\n'import pack.b'", []),
        ("\ufeffimport pack.b", ["b"]),
    ],
)
def test_what_a_module_reads_when_it_runs(tmp_path: Path, source: str, expected: list[str]) -> None:
    files = {"a.py": source, "b.py": "", "c.py": "", "sub/__init__.py": "", "sub/inner.py": ""}
    assert reads(package(tmp_path, files))["a"] == expected


def test_relative_imports_climb_from_where_they_stand(tmp_path: Path) -> None:
    files = {
        "b.py": "", "sub/__init__.py": "from .inner import x\nfrom .. import b",
        "sub/inner.py": "from . import other\nfrom ..b import y\nfrom ... import z",
        "sub/other.py": "from .. import b",
    }  # fmt: skip
    found = reads(package(tmp_path, files))
    assert found["sub"] == ["b", "sub.inner"]
    assert found["sub.inner"] == ["b", "sub.other"]
    assert found["sub.other"] == ["b"]


def test_a_namespace_has_no_init_and_its_modules_are_found_all_the_same(tmp_path: Path) -> None:
    space = tmp_path / "space"
    folder = package(space, {"a.py": "import space.pack.b\nfrom pack import c", "b.py": "",
                             "c.py": "", "bare/x.py": "from pack.bare import y",
                             "bare/y.py": "from ..a import z"})  # fmt: skip
    assert reads(folder)["a"] == ["b", "c"]
    assert reads(folder)["bare.x"] == ["bare.y"] and reads(folder)["bare.y"] == ["a"]
    assert reads(space)["pack.a"] == ["pack.b", "pack.c"]  # which goes by its own name, too


def test_packages_below_a_folder_that_is_none_go_by_their_own_names(tmp_path: Path) -> None:
    reader = "import pack.b\nfrom pack.sub import c\nimport other.x"
    files = {"a.py": reader, "b.py": "", "sub/__init__.py": "", "sub/c.py": "import json"}
    package(tmp_path / "src", files)
    (tmp_path / "src/other").mkdir()
    for name, text in {"__init__": "", "x": "from pack import b", "json": ""}.items():
        (tmp_path / f"src/other/{name}.py").write_text(text)
    assert reads(tmp_path / "src")["pack.a"] == ["other.x", "pack.b", "pack.sub.c"]
    assert reads(tmp_path / "src")["other.x"] == ["pack.b"]
    assert reads(tmp_path)["src.pack.a"] == ["src.other.x", "src.pack.b", "src.pack.sub.c"]
    assert reads(tmp_path)["src.pack.sub.c"] == []
    assert reads(tmp_path / "src/pack")["a"] == ["b", "sub.c"]


def test_scripts_read_those_that_lie_beside_them(tmp_path: Path) -> None:
    for path, text in {
        "one.py": "import two, three\nfrom two import x\nimport os", "two.py": "",
        "deep/three.py": "import four", "deep/four.py": "", "far/four.py": "", "os2.py": "",
    }.items():  # fmt: skip
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    assert reads(tmp_path)["one"] == ["two"]
    assert reads(tmp_path)["deep.three"] == ["deep.four"]


def test_a_folder_is_named_from_where_one_works(repo: Repository) -> None:
    package(repo.root / "in", {"a.py": "import pack.b", "b.py": ""})
    for words in (["-C", "in", "audit", "coupling", "pack"],
                  ["audit", "coupling", "pack", "-C", "in"],
                  ["-C", "in", "audit", "coupling", "-C", "pack", "."]):  # fmt: skip
        found = told(repo, *words)["data"]["modules"]
        assert {each["name"]: each["reads"] for each in found}["a"] == ["b"], words


def test_a_part_of_a_package_is_measured_by_its_whole_name(tmp_path: Path) -> None:
    files = {"b.py": "", "sub/__init__.py": "", "sub/x.py": "from pack.sub import y\nimport pack.b",
             "sub/y.py": ""}  # fmt: skip
    assert reads(package(tmp_path, files) / "sub")["x"] == ["y"]


def test_free_modules_do_not_count_and_must_be_there(tmp_path: Path) -> None:
    folder = package(tmp_path, {"a.py": "from . import b, c", "b.py": "", "c.py": ""})
    assert reads(folder, "b")["a"] == ["c"]
    with pytest.raises(UsageError):
        reads(folder, "d")


@pytest.mark.parametrize(
    "source",
    [b"def f(:\n", b"x = '\x00'\n", b"\xff\xfe\x00", b"# coding: nonsense\n", b"(" * 5_000,
     b"def f():\n\tx\n        y\n"],
)  # fmt: skip
def test_what_cannot_be_parsed_is_said_and_fails(repo: Repository, source: bytes) -> None:
    folder = package(repo.root, {"a.py": "from . import b", "b.py": ""})
    (folder / "bad.py").write_bytes(source)
    answer = told(repo, "audit", "coupling", code=1)
    assert [each["path"] for each in answer["problems"]] == ["bad.py"]
    assert {each["name"] for each in answer["data"]["modules"]} == {"__init__", "a", "b"}


def test_a_deep_expression_is_no_trouble(tmp_path: Path) -> None:
    chain = "\nx" + ".y" * 900 + "()\n" + "if " + "not " * 100 + "x:\n    pass\n"
    text = "x = " + " + ".join(["'a'"] * 900) + chain + "\nimport pack.b\n"
    assert reads(package(tmp_path, {"a.py": text, "b.py": ""}))["a"] == ["b"]


def test_links_and_hidden_folders_are_left_alone(tmp_path: Path) -> None:
    folder = package(tmp_path, {"a.py": "", ".hidden/x.py": "", "__pycache__/y.py": ""})
    (folder / "round").symlink_to(folder)
    assert set(reads(folder)) == {"__init__", "a"}


def test_too_much_of_it_fails(repo: Repository) -> None:
    package(repo.root, {"a.py": "from . import b, c, d", "b.py": "", "c.py": "", "d.py": ""})
    repo.commit()
    assert told(repo, "audit", "coupling", "--most", "3")["data"]["over"] == []
    assert told(repo, "audit", "coupling", "--most", "2", code=1)["data"]["over"] == ["a"]
    code, out, _ = run(repo, "audit", "coupling", "--most", "2")
    assert code == 1 and "3  a" in out and "1 of them reads more than 2" in out


@pytest.mark.parametrize("source", ["src", "."])
def test_the_one_package_of_a_repository_need_not_be_named(repo: Repository, source: str) -> None:
    package(repo.root / source, {"a.py": ""})
    package(repo.root / "tests", {})
    assert told(repo, "audit", "coupling")["data"]["package"] == "pack"


def test_several_packages_or_none_are_asked_back(repo: Repository) -> None:
    assert told(repo, "audit", "coupling", code=2)["problems"]
    for name in ("one", "two"):
        repo.write(f"{name}/__init__.py", "")
    assert "one, two" in told(repo, "audit", "coupling", code=2)["problems"][0]["what"]


def test_what_holds_no_python_is_not_found(repo: Repository, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotFound):
        coupling.measure(tmp_path / "empty")
    told(repo, "audit", "coupling", str(tmp_path / "gone"), code=4)


def test_coupling_is_not_read_off_a_commit(repo: Repository) -> None:
    package(repo.root, {"a.py": ""})
    repo.commit()
    told(repo, "audit", "coupling", "--at", "HEAD", code=2)


# --- verbs --------------------------------------------------------------------------------------


def matrix(repo: Repository, *at: str) -> dict[str, dict[str, Any]]:
    data = told(repo, "audit", "verbs", *at)["data"]
    return {each["name"]: each for each in (*data["verbs"], *data["agents"])}


def finish(repo: Repository, name: str, verify: str, agent: str) -> None:
    """A task, predicted and closed by what its command shows."""
    repo.write(f"tasks/{name}-one.md", f"---\nid: {name}\nstatus: open\n---\n# One {name}\n")
    repo.commit(f"one\n\nSwarm-Verb: new\nSwarm-Agent: {agent}")
    told(repo, "claim", name, SWARM_AGENT=agent)
    told(repo, "expect", name, "it does", "--p", "0.8", "--verify", verify, SWARM_AGENT=agent)
    outcome = "confirmed" if verify == "true" else "falsified"
    told(repo, "close", name, "--outcome", outcome, "--n", "1", SWARM_AGENT=agent)


def test_verbs_are_told_with_what_came_of_the_tasks_they_touched(repo: Repository) -> None:
    finish(repo, "T-1", "true", "ada")
    finish(repo, "T-2", "false", "ben")
    repo.write("tasks/T-3-one.md", "---\nid: T-3\nstatus: open\n---\n# One T-3\n")
    repo.commit("one\n\nSwarm-Verb: new\nSwarm-Agent: ada")
    found = matrix(repo)
    assert found["close"]["commits"] == found["close"]["tasks"] == 2
    assert found["close"]["outcomes"] == {"confirmed": 1, "falsified": 1, "partial": 0, "null": 0}
    assert (found["new"]["tasks"], found["new"]["undecided"]) == (3, 1)
    assert found["ada"]["outcomes"]["confirmed"] == found["ben"]["outcomes"]["falsified"] == 1


def test_of_few_outcomes_no_ratio_is_told(repo: Repository) -> None:
    finish(repo, "T-1", "true", "ada")
    assert matrix(repo)["close"]["sharpe"]["value"] is None
    assert "  –  1" in run(repo, "audit", "verbs")[1]


def test_of_enough_it_is_the_ledgers_own(repo: Repository) -> None:
    for at in range(5):
        name = f"T-{at + 1}"
        head = f"id: {name}\nstatus: open\nexpect: it does\np: 0.7"
        repo.write(f"tasks/{name}-one.md", f"---\n{head}\n---\n# One\n")
    repo.commit("five")
    for at in range(5):
        name, outcome = f"T-{at + 1}", "confirmed" if at else "falsified"
        head = f"id: {name}\nstatus: closed\nexpect: it does\np: 0.7\noutcome: {outcome}"
        repo.write(f"tasks/{name}-one.md", f"---\n{head}\nfound_by: check\n---\n# One\n")
        repo.commit(f"close\n\nSwarm-Verb: close\nSwarm-Agent: ada\nSwarm-Task: {name}")
    figure = matrix(repo)["close"]["sharpe"]
    ledger = told(repo, "calibration")["data"]["groups"]["headline"]["sharpe"]
    assert figure == ledger and figure["value"] == pytest.approx(2.0)
    assert "2.00" in run(repo, "audit", "verbs")[1]
    assert matrix(repo, "--at", "HEAD~4")["close"]["commits"] == 1


def test_a_board_that_no_verb_has_touched_says_so(repo: Repository) -> None:
    assert run(repo, "audit", "verbs")[1] == "no commit behind this one was made by a verb\n"
    repo.commit("by hand")
    assert matrix(repo) == {}
    told(repo, "audit", "verbs", "--most", "2", code=2)
