"""Vectors of what a board says: made once, kept where they may be lost, and never wrong for it."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ask import ask
from boards import cache_files
from conftest import PINNED, Repository
from hypothesis import given
from hypothesis import strategies as st
from test_cache import as_nobody, everybody_may_read, public

from swarm import cli, embedders, vectors, wording
from swarm.shelf import Shelf
from swarm.verbs import vectors as verb

__all__ = ["public"]  # a board in a folder that every user can enter

LOADED = (np.load, np.linalg, verb)  # before anybody becomes a user who may not read Python
ROOT = Path(__file__).resolve().parents[1]
ALPHABETS = ("small batches", "малые пакеты", "μικρές δέσμες", "دفعات صغيرة", "छोटे बैच", "小さな束")


def texts(count: int, seed: int = 1, subject: str = "s") -> list[str]:
    """Texts of twenty subjects, each with a word of its own."""
    dice = random.Random(seed)  # noqa: S311
    words = [[f"{subject}{at}w{word}" for word in range(20)] for at in range(20)]
    return [
        " ".join([*dice.choices(dice.choice(words), k=12), f"{subject}own{number}"])
        for number in range(count)
    ]


def bring(folder: Path, told: Sequence[str], **given: Any) -> vectors.Vectors:
    return vectors.bring(folder, vectors.Choice(), told, **given)


def fresh(told: Sequence[str], folder: Path) -> vectors.Vectors:
    """The same from nothing."""
    shutil.rmtree(folder, ignore_errors=True)
    return bring(folder, told)


def files(folder: Path, what: str = "rows") -> list[Path]:
    return sorted(folder.glob(f"{what}-*.npz"))


def shelf_of(repo: Repository) -> Path:
    return repo.root / ".git" / "swarm" / "cache" / "vectors"


# What is made, and when


def test_what_was_made_once_is_not_made_again(tmp_path: Path) -> None:
    told = texts(60)
    first = bring(tmp_path, told)
    second = bring(tmp_path, told)
    assert (first.made, second.made) == (60, 0)
    assert first.lasting
    assert np.array_equal(first.rows, second.rows)
    assert [path.name.split("-")[0] for path in sorted(tmp_path.iterdir())] == ["model", "rows"]


def test_the_same_text_is_embedded_once_and_stands_for_all(tmp_path: Path) -> None:
    told = ["one thing", "another thing", "one thing"]
    found = bring(tmp_path, told)
    assert found.made == 2
    assert np.array_equal(found.rows[0], found.rows[2])


def test_a_text_that_no_word_is_known_of_is_a_row_of_zeros_and_named(tmp_path: Path) -> None:
    found = bring(tmp_path, ["one thing", "", "---", "another thing"])
    assert found.silent == [1, 2]
    assert not found.rows[1:3].any()


@given(st.integers(0, 300_000), st.sampled_from([1, 4, 32]))
def test_a_model_is_learned_from_all_but_the_last_step(size: int, steps: int) -> None:
    first = embedders.learned_from(size, steps)
    assert size - size / steps <= first <= size
    assert embedders.learned_from(first, steps) == first


def few_words(count: int) -> list[str]:
    """Texts of which a model says all there is, however many more there are."""
    dice = random.Random(1)  # noqa: S311
    return [" ".join(dice.choices("abcdefghijkl", k=8)) for _ in range(count)]


def test_growth_that_says_the_same_is_folded_in_until_the_next_step(tmp_path: Path) -> None:
    told = few_words(320)
    start = bring(tmp_path, told[:256])
    grown = bring(tmp_path, told[:319])
    assert grown.model == start.model
    assert grown.made < 64
    assert np.array_equal(grown.rows[:256], start.rows)
    assert bring(tmp_path, told).model != start.model


def test_a_board_that_drifts_is_learned_anew_before_the_next_step(tmp_path: Path) -> None:
    told, strange = texts(256), texts(40, subject="other")
    start = bring(tmp_path, told)
    assert bring(tmp_path, [*told, *strange[:5]]).model == start.model
    drifted = bring(tmp_path, [*told, *strange])
    assert drifted.model != start.model
    assert drifted.silent == []


@pytest.mark.parametrize("seed", range(3))
def test_however_a_board_grew_its_vectors_are_those_of_a_new_cache(
    tmp_path: Path, seed: int
) -> None:
    """Law 1: nothing depends on when somebody asked."""
    dice = random.Random(seed)  # noqa: S311
    told = texts(250, seed)
    for _ in range(6):
        if dice.random() < 0.5:
            del told[dice.randrange(len(told))]
        subject = dice.choice(["s", "other"])
        told += texts(dice.randint(1, 25), dice.randint(1, 9), subject)
        grown, new = bring(tmp_path / "grown", told), fresh(told, tmp_path / "new")
        assert grown.model == new.model
        assert np.array_equal(grown.rows, new.rows)


def test_two_branches_share_a_model_and_keep_each_others_rows(tmp_path: Path) -> None:
    told = few_words(300)
    one, other = [*told[:256], *told[256:270]], [*told[:256], *told[280:]]
    assert bring(tmp_path, one).model == bring(tmp_path, other).model
    assert (bring(tmp_path, one).made, bring(tmp_path, other).made) == (0, 0)


def test_of_many_models_the_last_are_kept(tmp_path: Path) -> None:
    told = texts(300)
    for start in range(6):
        bring(tmp_path, told[start : start + 100])
    assert bring(tmp_path, told[5:105]).made == 0
    assert bring(tmp_path, told[4:104]).made == 0
    models = {path.name.split("-")[2] for path in tmp_path.iterdir()}
    assert len(models) == 4
    assert bring(tmp_path, told[:100]).made == 100


def test_a_board_that_grows_record_by_record_leaves_no_heap_of_files(tmp_path: Path) -> None:
    told = [*texts(256), *texts(60, subject="other")]
    for size in range(300, len(told)):
        bring(tmp_path, told[:size])
    assert len(list(tmp_path.iterdir())) <= 8


# A cache that is not what it was


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def flipped(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(bytes(raw))


def foreign(path: Path) -> None:
    path.write_bytes(b"\x80\x04.pickled")


def another(path: Path) -> None:
    """Sound, of the same shape, and something else."""
    with np.load(path) as held:
        arrays = {name: held[name] for name in held.files}
    name = "rows" if "rows" in arrays else "basis"
    np.savez(path, **(arrays | {name: arrays[name][::-1].copy()}))


@pytest.mark.parametrize("harm", [cut, emptied, flipped, foreign, another])
@pytest.mark.parametrize("what", ["rows", "model"])
def test_a_damaged_file_is_made_again(
    tmp_path: Path, what: str, harm: Callable[[Path], None]
) -> None:
    told = texts(270)
    honest = bring(tmp_path, told)
    (path,) = files(tmp_path, what)
    harm(path)
    found = bring(tmp_path, told)
    assert np.array_equal(found.rows, honest.rows)
    assert bring(tmp_path, [*told, "s1w1 s1w2 s1w3"]).made == 1
    grown = fresh([*told, "s1w1 s1w2 s1w3"], tmp_path / "new")
    assert np.array_equal(bring(tmp_path, [*told, "s1w1 s1w2 s1w3"]).rows, grown.rows)


def test_rows_of_another_dimension_are_made_again(tmp_path: Path) -> None:
    told = texts(80)
    honest = bring(tmp_path, told[:79])
    (path,) = files(tmp_path)
    label = path.name.rpartition("-")[0]
    keys = np.frombuffer(b"".join(map(embedders.key, told[:40])), dtype=np.uint8).reshape(40, -1)
    path.unlink()
    assert Shelf(tmp_path).put(label, {"keys": keys, "rows": np.ones((40, 7), dtype=np.float32)})
    found = bring(tmp_path, told[:79])
    assert found.made == 79
    assert np.array_equal(found.rows, honest.rows)


@pytest.mark.parametrize(
    "arrays",
    [
        {},
        {"keys": np.zeros((2, 16), dtype=np.uint8)},
        {"keys": np.zeros((2, 16), dtype=np.uint8), "rows": np.zeros((3, 128), dtype=np.float32)},
        {"keys": np.zeros(2, dtype=np.uint8), "rows": np.zeros((2, 128), dtype=np.float32)},
        {"keys": np.zeros((2, 16), dtype=np.uint8), "rows": np.array([["a"], ["b"]])},
    ],
    ids=["nothing", "no rows", "too many", "flat", "words"],
)
def test_arrays_that_are_no_rows_are_not_taken_for_some(
    tmp_path: Path, arrays: dict[str, Any]
) -> None:
    told = texts(20)
    honest = bring(tmp_path, told)
    (path,) = files(tmp_path)
    assert Shelf(tmp_path).put(path.name.rpartition("-")[0], arrays)
    found = bring(tmp_path, told)
    assert np.array_equal(found.rows, honest.rows)


def test_a_pickle_is_never_opened(tmp_path: Path) -> None:
    shelf, trap = Shelf(tmp_path), tmp_path / "sprung"

    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return (os.mkdir, (str(trap),))

    np.savez(tmp_path / "x.npz", rows=np.array([Trap()], dtype=object), allow_pickle=True)
    raw = (tmp_path / "x.npz").read_bytes()
    (tmp_path / "x.npz").unlink()
    kept = shelf.put("rows-1-x", {"rows": np.zeros(1)})
    (tmp_path / kept).unlink()
    digest = embedders.key("")  # as long as any
    assert len(digest) == 16
    from swarm.shelf import _digest

    (tmp_path / f"rows-1-x-{_digest(raw)}.npz").write_bytes(raw)
    assert shelf.get("rows-1-x") == []
    assert not trap.exists()


def test_where_nothing_can_be_kept_vectors_are_made_and_it_is_said(repo: Repository) -> None:
    repo.lesson("L-7k3qfa", "Small batches win")
    shelf_of(repo).parent.mkdir(parents=True)
    shelf_of(repo).write_text("in the way")
    told = ask(repo, "vectors", "build")
    assert told.code == 0, told.err
    assert told.out.decode().splitlines() == [
        "1 text by lsa: 1 vector made",
        "they cannot be kept here, and are made anew each time",
    ]
    assert shelf_of(repo).read_text() == "in the way"


def test_who_may_not_write_uses_what_is_there(public: Repository) -> None:
    if not everybody_may_read(Path(cli.__file__)):
        pytest.fail("other users cannot read this package: nothing can be shown here")
    assert ask(public, "vectors", "build").code == 0
    before = {path: path.read_bytes() for path in shelf_of(public).iterdir()}
    public.lesson("L-zzzzzz", "Written since then")
    code, out, err = as_nobody(public, "vectors", "build", "--json")
    assert (code, err) == (0, "")
    data = json.loads(out)["data"]
    assert (data["texts"], data["made"], data["kept"]) == (14, 14, False)
    assert {path: path.read_bytes() for path in shelf_of(public).iterdir()} == before


# Several processes, and killed ones

BUILD = """
import sys
from pathlib import Path
sys.path.insert(0, "tests")
from test_vectors import bring, texts
print(bring(Path(sys.argv[1]), texts(int(sys.argv[2]))).made)
"""


def started(folder: Path, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", BUILD, str(folder), str(count)], cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ | PINNED,
    )  # fmt: skip


def test_a_build_that_is_killed_goes_on_from_there(tmp_path: Path) -> None:
    count = 2_048  # several batches, by one model
    process = started(tmp_path, count)
    while not files(tmp_path):
        assert process.poll() is None, process.communicate()
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    rest = started(tmp_path, count)
    out, err = rest.communicate()
    assert (rest.returncode, err) == (0, "")
    assert 0 < int(out) <= count - embedders.Lsa.batch
    assert len(files(tmp_path)) == 1
    assert bring(tmp_path, texts(count)).made == 0


def test_builders_at_once_do_each_other_no_harm(tmp_path: Path) -> None:
    together = [started(tmp_path / "cache", 1_024) for _ in range(3)]
    told = [each.communicate() for each in together]
    assert [(each.returncode, err) for each, (_, err) in zip(together, told, strict=True)] == [
        (0, "")
    ] * 3
    found = bring(tmp_path / "cache", texts(1_024))
    assert found.made == 0
    assert np.array_equal(found.rows, fresh(texts(1_024), tmp_path / "alone").rows)
    assert list((tmp_path / "cache").glob(".*")) == []


def test_what_killed_writers_left_goes_away_in_time(tmp_path: Path) -> None:
    old, young = tmp_path / ".0123.draft", tmp_path / ".4567.draft"
    for path in (old, young):
        path.write_bytes(b"half a fi")
    os.utime(old, (1, 1))
    bring(tmp_path, texts(3))
    assert (old.exists(), young.exists()) == (False, True)


# The command


def test_it_tells_what_there_is(repo: Repository) -> None:
    repo.lesson("L-7k3qfa", "Small batches win", "Under lock contention.")
    repo.lesson("L-01cq8d", "小さな束が勝つ")
    repo.write("tasks/T-5mz81k.md", "---\nid: T-5mz81k\nstatus: open\n---\n# Not known yet\n")
    repo.commit()
    assert ask(repo, "vectors", "status").out.decode().splitlines() == [
        "2 texts by lsa: 0 vectors there",
        "next: swarm vectors build",
    ]
    assert ask(repo, "vectors", "build").out.decode() == "2 texts by lsa: 2 vectors made\n"
    assert ask(repo, "vectors", "status").out.decode() == "2 texts by lsa: 2 vectors there\n"
    assert ask(repo, "vectors", "build", "--json").data == {
        "action": "build", "model": "lsa", "texts": 2, "made": 0, "dimensions": 2, "kept": True,
        "silent": [],
    }  # fmt: skip


@pytest.mark.parametrize(
    "lessons",
    [
        {},
        {"L-000001": "Alone"},
        {f"L-{at:06}": "All the same" for at in range(9)},
        dict(zip((f"L-{at:06}" for at in range(6)), ALPHABETS, strict=True)),
        {"L-000001": "words " * 300_000, "L-000002": "Beside it"},
    ],
    ids=["empty", "one", "identical", "alphabets", "two megabytes"],
)
def test_any_board_can_be_built(repo: Repository, lessons: dict[str, str]) -> None:
    for name, body in lessons.items():
        repo.write(f"memory/lessons/{name}.md", f"---\nid: {name}\n---\n# Title\n\n{body}\n")
    told = ask(repo, "vectors", "build", "--json")
    assert told.code == 0, told.err
    assert told.data["texts"] == len(lessons)
    assert told.data["silent"] == []
    assert ask(repo, "vectors", "status", "--json").data["missing"] == 0


def test_what_says_nothing_is_named(repo: Repository) -> None:
    repo.lesson("L-7k3qfa", "Small batches win")
    repo.write("memory/lessons/L-01cq8d.md", "---\nid: L-01cq8d\n---\n# …\n\n[[L-7k3qfa]]\n")
    told = ask(repo, "vectors", "build")
    assert told.out.decode().splitlines()[-1] == "without a known word: L-01cq8d"
    assert ask(repo, "vectors", "status", "--json").data["silent"] == [
        {"id": "L-01cq8d", "path": "memory/lessons/L-01cq8d.md"}
    ]


def test_a_renamed_file_and_an_edited_head_cost_nothing(repo: Repository) -> None:
    path = repo.lesson("L-7k3qfa", "Small batches win")
    assert ask(repo, "vectors", "build", "--json").data["made"] == 1
    path.rename(path.with_name("L-7k3qfa-renamed.md"))
    repo.write(
        "memory/lessons/L-7k3qfa-renamed.md",
        "---\nid: L-7k3qfa\nconfidence: observed\ncites: [L-01cq8d]\n---\n# Small batches win\n",
    )
    assert ask(repo, "vectors", "build", "--json").data["made"] == 0


def test_an_older_commit_has_vectors_of_what_it_said(repo: Repository) -> None:
    repo.lesson("L-7k3qfa", "Small batches win")
    repo.commit()
    repo.lesson("L-01cq8d", "Large ones lose")
    repo.commit()
    assert ask(repo, "vectors", "build", "--at", "HEAD~1", "--json").data["texts"] == 1
    assert ask(repo, "vectors", "build", "--json").data["texts"] == 2


def test_while_vectors_are_made_nobody_is_kept_from_the_index(repo: Repository) -> None:
    for at in range(3):
        repo.lesson(f"L-{at:06}", f"Number n{at}")
    (ask(repo, "list"), ask(repo, "list"))
    locked = []

    def meanwhile(_: int, __: int) -> None:
        with closing(sqlite3.connect(cache_files(repo.root / ".git")[0], timeout=0)) as other:
            other.execute("BEGIN EXCLUSIVE")  # an error while anybody reads
            other.execute("ROLLBACK")
        locked.append(True)

    board = replace(repo.board(), progress=meanwhile)
    answer = verb.command.callback(board, "build", None, False)  # type: ignore[misc]
    assert answer.data["made"] == 3
    assert locked


# Models


def run_without(repo: Repository, library: str, *arguments: str) -> tuple[int, str]:
    """The command in a process that has no such library, and no network."""
    code = (
        f"import sys, socket; sys.modules[{library!r}] = None\n"
        "def nobody(*_, **__): print('THE NETWORK WAS ASKED', file=sys.stderr); raise OSError\n"
        "socket.socket.connect = socket.getaddrinfo = nobody\n"
        "from swarm.cli import run; sys.exit(run(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=repo.root, env=repo.environ,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stderr


REMEDY = "pip install torch==2.13.0 && pip install 'sentence-transformers>=6.0'"


@pytest.mark.parametrize("model", ["some-model", "owner/some-model", "."])
def test_without_the_library_a_model_fails_at_once_with_the_remedy(
    repo: Repository, model: str
) -> None:
    repo.lesson("L-7k3qfa", "Small batches win")
    library = "sentence_transformers" if model == "." else "huggingface_hub"
    code, err = run_without(repo, library, "vectors", "build", "--model", model)
    assert code == 1
    assert err.splitlines()[0].startswith("swarm: sentence-transformers cannot be loaded: ")
    assert err.splitlines()[-1] == f"  try:   {REMEDY}"
    assert len(err.splitlines()) == 2


@pytest.mark.parametrize("model", ["/no/such/folder", "../nowhere/at/all", "-x", "a/b/c"])
def test_a_folder_that_is_not_there_is_an_error_and_no_name_to_fetch(
    repo: Repository, model: str
) -> None:
    code, err = run_without(
        repo, "huggingface_hub", "vectors", "build", "--allow-download", f"--model={model}"
    )
    assert code == 1
    assert err.splitlines()[0] == "swarm: there is no such model"


def test_a_model_that_brings_code_is_refused_before_anything_is_loaded(repo: Repository) -> None:
    repo.lesson("L-7k3qfa", "Small batches win")
    repo.write("model/modules.json", '[{"idx": 0, "name": "0", "path": "", "type": "evil.Module"}]')
    repo.write("model/evil.py", "raise SystemExit('run')")
    repo.write("swarm.toml", '[vectors]\nmodel = "model"\n')
    code, err = run_without(repo, "no_library_at_all", "vectors", "build")
    assert code == 1
    assert err.splitlines()[0] == (
        "swarm: this model would run code of its own, and is not loaded: evil.Module"
    )


def test_the_board_names_its_model_and_a_person_another(repo: Repository) -> None:
    repo.write("swarm.toml", '[vectors]\nmodel = "no/such"\n')
    code, err = run_without(repo, "huggingface_hub", "vectors", "build")
    assert (code, REMEDY in err) == (1, True)
    assert ask(repo, "vectors", "build", "--model", "lsa").code == 0


@pytest.mark.parametrize("said", ["model = 3", 'model = ""', 'model = "a\\nb"', 'model = ["lsa"]'])
def test_a_setting_that_names_no_model_is_a_warning(repo: Repository, said: str) -> None:
    repo.write("swarm.toml", f"[vectors]\n{said}\n")
    told = ask(repo, "vectors", "status", "--json")
    assert told.code == 0
    assert told.data["model"] == "lsa"
    assert [each["what"] for each in told.problems] == ["`vectors.model` names no model"]


# What a record says


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("See [[L-7k3qfa]] and [[L-01cq8d|that one]].", "See and ."),
        ("Cites: L-590, P-175, B16", "Cites: , ,"),
        ("As [the rule](../lessons/L-7k3qfa-small.md#a) says", "As [the rule] says"),
        ("In `L-601` or __L-602__ (F-META1)", "In ` ` or ( )"),
        ("https://example.org/L-601 is one", "https is one"),
        ("No link in 3.5% of v0.1", "No link in 3.5% of v0.1"),
        ("小さなL-601束", "小さな 束"),
    ],
)
def test_what_a_record_links_to_is_no_part_of_what_it_says(written: str, left: str) -> None:
    assert " ".join(wording.said("", "", written).split()) == left


def test_two_records_that_only_cite_the_same_one_are_not_alike(repo: Repository) -> None:
    repo.lesson("L-000001", "Alpha beta", "Gamma delta, see [[L-000003]] and L-000003.")
    repo.lesson("L-000002", "Epsilon zeta", "Theta iota: L-000003, [[L-000003]].")
    repo.lesson("L-000003", "Kappa lambda")
    board = repo.board()
    told = wording.of(board.view)
    board.close()
    found = {each.id: each.text for each in told}
    common = set(found["L-000001"].lower().split()) & set(found["L-000002"].lower().split())
    assert not any(any(map(str.isalnum, word)) for word in common - {"and"})
