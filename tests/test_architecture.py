"""Who may import whom, who may start a process, who may look at the clock: the design as a test.

Everything here is read off the source, but for the last claim, which is read off a process.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from conftest import Repository

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "swarm"
# The nouns, the errors, and what a commit's message says: everybody may know them.
FREE = {"records", "errors", "saying"}
MOST_SIBLINGS = 2

FILES = sorted(PACKAGE.rglob("*.py"))


def name_of(file: Path) -> str:
    """A file as a dotted name inside the package: `verbs.find`, `git`."""
    return ".".join(file.relative_to(PACKAGE).with_suffix("").parts)


MODULES = {
    name_of(file).removesuffix(".__init__"): ast.parse(file.read_text("utf-8")) for file in FILES
}
PACKAGES = {name_of(file).removesuffix(".__init__") for file in FILES if file.name == "__init__.py"}


def running(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node that runs: what only a type checker sees is left out."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for other in node.orelse:
                yield other
                yield from running(other)
            continue
        yield node
        yield from running(node)


@cache
def imports(module: str) -> tuple[str, ...]:
    """The dotted names that a module imports when it runs, inside functions too."""
    return tuple(_imported(module))


def _imported(module: str) -> Iterator[str]:
    for node in running(MODULES[module]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                folder = module if module in PACKAGES else module.rpartition(".")[0]
                for _ in range(node.level - 1):
                    folder = folder.rpartition(".")[0]
                base = ".".join(part for part in ("swarm", folder, node.module) if part)
            yield from (f"{base}.{alias.name}" for alias in node.names)


def siblings(module: str) -> set[str]:
    """The modules of this package that a module needs to run, the free ones aside."""
    found = set()
    for name in imports(module):
        if name.split(".")[0] != "swarm":
            continue
        inner = name.removeprefix("swarm").lstrip(".")
        while inner and inner not in MODULES:  # `from swarm.board import Board` means the module
            inner = inner.rpartition(".")[0]
        if inner and inner != module:
            found.add(inner)
    return found - FREE


def called(module: str) -> Iterator[tuple[str, ast.Call]]:
    """Every call with the dotted name of what is called."""
    for node in running(MODULES[module]):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


@cache
def spelled(module: str) -> frozenset[str]:
    """The dotted names that a module uses or imports."""
    used = (each for each in running(MODULES[module]) if isinstance(each, ast.Attribute))
    return frozenset(map(ast.unparse, used)) | frozenset(imports(module))


def mentions(module: str, *names: str) -> set[str]:
    """Which of some dotted names (`os.environ`) a module uses or imports."""
    return spelled(module) & set(names)


def those_that(*names: str) -> set[str]:
    return {module for module in MODULES if mentions(module, *names)}


def those_importing(*libraries: str) -> set[str]:
    starts = tuple(f"{library}." for library in libraries)
    return {
        module
        for module in MODULES
        if any(f"{name}.".startswith(starts) for name in imports(module))
    }


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_module_reads_at_most_two_siblings(module: str) -> None:
    assert len(siblings(module)) <= MOST_SIBLINGS, sorted(siblings(module))


def test_no_two_modules_need_each_other() -> None:
    needs = {module: siblings(module) | FREE & set(MODULES) - {module} for module in MODULES}
    needs |= {free: siblings(free) for free in FREE}
    done: set[str] = set()
    while ready := {
        module for module, wanted in needs.items() if module not in done and wanted <= done
    }:
        done |= ready
    assert done == set(MODULES), f"in a circle: {sorted(set(MODULES) - done)}"


def test_the_nouns_know_nothing_of_the_package_or_of_any_technology() -> None:
    for module in FREE:
        assert siblings(module) == set(), module
        tops = {name.split(".")[0] for name in imports(module)} - {"swarm"}
        assert tops <= set(sys.stdlib_module_names) - {"sqlite3", "subprocess", "os"}, module


def test_only_git_and_the_proof_of_a_task_start_processes() -> None:
    starters = ("subprocess", "pty", "multiprocessing", "asyncio", "concurrent")
    assert those_importing(*starters) == {"git", "proving"}
    assert {m for m in MODULES if "proving" in siblings(m)} == {"trust"}  # which asks first
    forbidden = re.compile(r"os\.(system|popen|fork|forkpty|exec\w+|spawn\w+|posix_spawnp?)$")
    found = {(m, name) for m in MODULES for name, _ in called(m) if forbidden.match(name)}
    assert found == set()


def test_every_write_of_a_record_goes_through_the_gate() -> None:
    """Behind it is the commit, before it the oracle: nobody walks around."""
    assert {m for m in MODULES if "commit" in siblings(m)} == {"gate"}
    asking = {"enforcing"}  # one rule, what would run: of no write
    assert {m for m in MODULES if "oracle" in siblings(m)} == {"hearing"} | asking
    assert {m for m in MODULES if "hearing" in siblings(m)} == {"gate", "review"}  # which reads


def test_only_the_command_line_knows_click() -> None:
    users = those_importing("click")
    assert {m for m in users if m != "cli" and not m.startswith("verbs.")} == set()


def test_only_the_projection_knows_sqlite() -> None:
    assert those_importing("sqlite3") <= {"store", "projection", "view"}


def test_only_what_earns_it_knows_the_mathematics() -> None:
    """What stands here is imported inside functions, when its question is asked."""
    assert those_importing("networkx") == {"graph", "clusters"}
    of_vectors = {"lsa", "neighbours", "shelf", "transformer", "vectors"}
    of_groups = {"chance", "clusters", "likeness", "swaps"}
    assert those_importing("numpy", "scipy", "faiss") <= of_vectors | of_groups
    learned = ("torch", "sentence_transformers", "transformers", "huggingface_hub", "safetensors")
    assert those_importing(*learned) == {"transformer"}


def test_only_the_edge_reads_the_environment_and_the_clock() -> None:
    clock = ("time.time", "time.time_ns", "time.monotonic", "time.perf_counter", "datetime.now",
             "datetime.utcnow", "datetime.today", "date.today", "datetime.datetime.now",
             "datetime.date.today")  # fmt: skip
    assert those_that("os.environ", "os.environb", "os.getenv", "os.getenvb", *clock) <= {"cli"}


def test_what_else_comes_from_outside_is_named_here() -> None:
    """Chance, the user, the terminal: each has one door."""
    assert those_importing("random", "secrets", "uuid") == set()  # they take 5 ms to import
    drawing = {"arbiter", "deposit", "git", "granting", "index", "kept", "shelf", "trust", "write"}
    assert those_that("os.urandom") <= drawing  # fresh ids, nonces, names of drafts
    assert those_that("os.getpid", "os.kill") <= {"crash"}  # a crash point kills its own process
    queueing = {"index", "claimrefs", "daughter.placing", "hookfiles"}  # who dies leaves it
    assert those_importing("fcntl") <= queueing
    assert those_that("os.ttyname", "os.getsid", "os.uname") <= {"identity"}  # a name for this run
    assert those_that("sys.stdin") <= {"verbs.new", "verbs.hook"}  # --body -, and git to pre-push
    assert those_that("sys.argv", "sys.stdout", "sys.stderr", "sys.exit") <= {"cli"}
    assert {m for m in MODULES if any(name == "print" for name, _ in called(m))} <= {"cli"}
    assert those_that("os.getcwd", "Path.cwd", "pathlib.Path.cwd") <= {"cli"}  # where one stands
    assert those_that("Path.home", "pathlib.Path.home", "os.path.expanduser") == set()
    assert (
        those_importing("getpass", "pwd", "socket", "platform", "locale", "urllib.request") == set()
    )


def test_nothing_is_run_that_was_only_text() -> None:
    for module in MODULES:
        for name, call in called(module):
            assert name not in ("eval", "exec", "compile", "__import__", "os.system"), module
            shell = [word.value for word in call.keywords if word.arg == "shell"]
            assert not shell, f"{module}: shell={ast.unparse(shell[0])}"


def test_a_broad_except_stands_at_the_boundary_only() -> None:
    """Elsewhere it may only tidy up and raise what it caught."""
    broad = {"Exception", "BaseException"}
    for module, tree in MODULES.items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.ExceptHandler):
                continue
            caught = (
                {part.id for part in ast.walk(node.type) if isinstance(part, ast.Name)}
                if node.type
                else broad
            )
            last = node.body[-1]
            passed_on = isinstance(last, ast.Raise) and last.exc is None
            if caught & broad and not passed_on:
                assert module == "cli", f"{module}:{node.lineno}"


def test_the_boundary_itself_is_one_place() -> None:
    handlers = [node for node in ast.walk(MODULES["cli"]) if isinstance(node, ast.ExceptHandler)]
    assert [ast.unparse(each.type) for each in handlers if each.type].count("Exception") == 1


PROBE = """
import sys
before = set(sys.modules)
from swarm.cli import run
code = run({arguments!r})
sys.stderr.write("\\n".join(["IMPORTED", *sorted(set(sys.modules) - before)]))
sys.exit(code)
"""

MAY_BE_IMPORTED = {
    "swarm", "swarm.board", "swarm.cli", "swarm.errors", "swarm.fulltext", "swarm.git",
    "swarm.gitenv", "swarm.history", "swarm.leaning", "swarm.links", "swarm.moments",
    "swarm.parsed", "swarm.projection", "swarm.records", "swarm.render", "swarm.settings",
    "swarm.settling", "swarm.showing", "swarm.store", "swarm.trails", "swarm.tree", "swarm.verbs",
    "swarm.view", "swarm.weights", "swarm.words",
}  # fmt: skip
MAY_ORIENT = MAY_BE_IMPORTED | {
    "swarm.agenda", "swarm.brief", "swarm.consult", "swarm.knowledge", "swarm.lanes",
    "swarm.layout", "swarm.recombine", "swarm.retrieve", "swarm.silence", "swarm.situation",
    "swarm.staleness",
}  # fmt: skip
MAY_DISPATCH = MAY_BE_IMPORTED | {
    "swarm.agenda", "swarm.candidates", "swarm.dispatch", "swarm.doubts", "swarm.evidence",
    "swarm.posterior", "swarm.recombine", "swarm.situation", "swarm.voi",
}  # fmt: skip
HEAVY = {
    "asyncio", "concurrent.futures", "email", "http", "importlib.metadata", "logging",
    "multiprocessing", "socket", "tempfile", "tomllib", "traceback", "unittest",
    "urllib.request", "xml",
}  # fmt: skip


def imported_by(repo: Repository, *arguments: str) -> set[str]:
    """What one command brings into a fresh process."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(arguments=list(arguments))],
        cwd=repo.root, env=repo.environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return set(done.stderr.partition("IMPORTED\n")[2].split())


def foreign(told: set[str]) -> set[str]:
    """Those that do not come with Python."""
    return {name for name in told if name.split(".")[0] not in sys.stdlib_module_names}


WARM = [
    ["orient", "--for", "small batches"],
    ["orient"],
    ["dispatch"],
    ["find", "small"],
    ["find", "小さな束"],
    ["list"],
    ["show", "L-7k3qfa"],
    ["list", "--json"],
]


@pytest.mark.parametrize("arguments", WARM, ids=" ".join)
def test_a_warm_read_imports_click_and_the_standard_library(
    repo: Repository, arguments: list[str]
) -> None:
    repo.lesson("L-7k3qfa", "Small batches win", "小さな束が勝つ。")
    repo.write("tasks/T-5mz81k.md", "---\nid: T-5mz81k\nstatus: open\ntests: L-7k3qfa\n---\n# Do\n")
    repo.commit()
    repo.swarm("list")
    told = imported_by(repo, *arguments)
    own = {name for name in told if name.split(".")[0] == "swarm"}
    verb = {"list": "list_"}.get(arguments[0], arguments[0])
    may = {"orient": MAY_ORIENT, "dispatch": MAY_DISPATCH}.get(verb, MAY_BE_IMPORTED)
    assert own <= may | {f"swarm.verbs.{verb}"}
    assert {name.split(".")[0] for name in foreign(told) - own} == {"click"}
    assert told.isdisjoint(HEAVY)


def test_a_cold_read_loads_the_parsers_and_no_mathematics(repo: Repository) -> None:
    repo.lesson("L-7k3qfa", "Small batches win", "See [[L-01cq8d]].")
    told = {name.split(".")[0] for name in foreign(imported_by(repo, "find", "small"))}
    assert {"click", "yaml", "markdown_it"} <= told
    assert told.isdisjoint(
        ("numpy", "scipy", "networkx", "faiss", "torch", "sentence_transformers")
    )
