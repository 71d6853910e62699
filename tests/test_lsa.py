"""Texts as vectors by the company their words keep: what is alike is near, and always the same."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from swarm import lsa

PETS = ["cat", "dog", "fur", "vet", "leash", "purr", "bark", "kennel"]
SHIPS = ["mast", "sail", "keel", "harbour", "anchor", "tide", "crew", "rope"]
COMMON = ["the", "of", "when", "it", "is"]

ALPHABETS = {
    "latin": ("small batches win under lock contention", "small batches help when locks contend"),
    "cyrillic": (
        "малые пакеты выигрывают при блокировках", "малые пакеты помогают при блокировках",
    ),
    "greek": ("μικρές δέσμες κερδίζουν στο κλείδωμα", "μικρές δέσμες βοηθούν στο κλείδωμα"),
    "arabic": ("الدفعات الصغيرة تفوز عند القفل", "الدفعات الصغيرة تساعد عند القفل"),
    "devanagari": ("छोटे बैच ताले में जीतते हैं", "छोटे बैच ताले में मदद करते हैं"),
    "han": ("小さな束が競合に勝つ", "小さな束が競合を防ぐ"),
}  # fmt: skip


def some(dice: random.Random, words: Sequence[str], count: int) -> list[str]:
    """Texts about one thing, half of whose words are everybody's."""
    return [" ".join(dice.choices([*words, *COMMON], k=12)) for _ in range(count)]


def board(seed: int = 1, count: int = 40) -> list[str]:
    dice = random.Random(seed)  # noqa: S311
    return [*some(dice, PETS, count), *some(dice, SHIPS, count)]


def large(count: int = 900) -> list[str]:
    """So many texts that they are not compared one with one: twenty subjects, some words apart."""
    dice = random.Random(2)  # noqa: S311
    subjects = [[f"s{subject}w{word}" for word in range(30)] for subject in range(20)]
    return [
        " ".join([*dice.choices(dice.choice(subjects), k=20), f"own{number}"])
        for number in range(count)
    ]


def cosines(rows: Any) -> Any:
    return rows @ rows.T


def test_texts_about_one_thing_are_nearer_than_texts_about_two() -> None:
    texts = board()
    alike = cosines(lsa.embed(lsa.fit(texts, 4), texts))
    within = (alike[:40, :40].mean() + alike[40:, 40:].mean()) / 2
    assert within > 0.5
    assert within > 2 * abs(alike[:40, 40:].mean())


def test_words_that_never_stand_together_are_near_when_they_keep_the_same_company() -> None:
    texts = [f"{word} purr fur vet" for word in ("cat", "kitten")] * 5
    texts += [f"{word} sail mast keel" for word in ("ship", "boat")] * 5
    model = lsa.fit(texts, 2)
    cat, kitten, ship = lsa.embed(model, ["cat", "kitten", "ship"])
    assert cat @ kitten > 0.99
    assert abs(cat @ ship) < 0.01


def test_more_texts_are_worth_more_directions_as_far_as_they_can_be_paid_for() -> None:
    told = [lsa.directions(size) for size in (0, 10, 600, 1_000, 2_000, 10_000, 20_000)]
    assert told == sorted(told)
    assert told[0] == 64
    assert told[-1] == 256
    assert lsa.directions(100_000) == lsa.DIMENSIONS


def test_it_finds_the_strongest_directions_there_are() -> None:
    texts = large()
    found = lsa.fit(texts)
    counted = lsa.count(texts)
    held = np.bincount(counted.said, minlength=len(counted.words))
    whole = lsa._weighed(counted, 1 + np.log((1 + len(texts)) / (1 + held))).toarray()
    best = np.linalg.eigvalsh(whole @ whole.T)[-found.dimensions :].sum()
    order = [counted.words[word] for word in found.words]
    said = ((whole[:, order] @ found.basis) ** 2).sum()
    assert 0.995 * best < said < 1.0001 * best
    upright = found.basis.T @ found.basis
    assert np.allclose(upright, np.eye(found.dimensions), atol=1e-4)


@pytest.mark.parametrize("texts", [board(), large()], ids=["few", "many"])
def test_the_same_texts_give_the_same_model_to_the_bit(texts: list[str]) -> None:
    one, other = lsa.frozen(lsa.fit(texts)), lsa.frozen(lsa.fit(list(texts)))
    assert {name: held.tobytes() for name, held in one.items()} == {
        name: held.tobytes() for name, held in other.items()
    }


TOLD = """
import hashlib
from test_lsa import large
from swarm import lsa
model = lsa.fit(large())
rows = lsa.embed(model, large()[:50])
print(hashlib.sha256(model.basis.tobytes() + rows.tobytes()).hexdigest())
"""


def test_two_processes_agree_whatever_their_hashes_and_threads() -> None:
    told = {
        subprocess.run(
            [sys.executable, "-c", TOLD], cwd="tests", check=True, capture_output=True, text=True,
            env={"PYTHONHASHSEED": number, "PYTHONPATH": "..", "OPENBLAS_NUM_THREADS": number},
        ).stdout
        for number in ("1", "2")
    }  # fmt: skip
    assert len(told) == 1


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=60), max_size=12), st.integers(1, 20))
@example(["", "\x00", "---", "\ud800 half a character"], 3)
def test_any_texts_become_rows_of_length_one_or_nothing(texts: list[str], dimensions: int) -> None:
    model = lsa.fit(texts, dimensions)
    rows = lsa.embed(model, texts)
    assert rows.shape == (len(texts), model.dimensions)
    assert model.dimensions <= min(dimensions, len(texts))
    assert rows.dtype == np.float32
    lengths = np.linalg.norm(rows, axis=1)
    assert np.all((lengths == 0) | (np.abs(lengths - 1) < 1e-5))


def test_a_row_does_not_depend_on_what_else_is_embedded() -> None:
    texts = large(600)
    model = lsa.fit(texts)
    together = lsa.fold(model, texts)
    alone = np.concatenate([lsa.fold(model, [text]) for text in texts[::50]])
    assert np.array_equal(together[::50], alone)


@pytest.mark.parametrize("name", ALPHABETS)
def test_each_alphabet_is_read(name: str) -> None:
    texts = [text for pair in ALPHABETS.values() for text in pair]
    alike = cosines(lsa.embed(lsa.fit(texts, 8), texts))
    np.fill_diagonal(alike, -1)
    at = 2 * list(ALPHABETS).index(name)
    assert alike[at].argmax() == at + 1
    assert alike[at + 1].argmax() == at


@pytest.mark.parametrize(
    ("texts", "lengths"),
    [
        ([], []),
        ([""], [0]),
        (["---", "!?"], [0, 0]),
        (["one"], [1]),
        (["one", ""], [1, 0]),
        (["the same words"] * 5, [1] * 5),
        (["the same words"] * 600, [1] * 600),
        ([f"word{at % 9} thing{at % 7}" for at in range(600)], [1] * 600),
    ],
)
def test_odd_boards_have_vectors_too(texts: list[str], lengths: list[int]) -> None:
    rows = lsa.embed(lsa.fit(texts), texts)
    assert np.linalg.norm(rows, axis=1).round(4).tolist() == lengths


def test_the_same_text_is_its_own_nearest_however_often_it_is_there() -> None:
    texts = [*["the same words"] * 600, "other words here"]
    rows = lsa.embed(lsa.fit(texts), texts)
    assert np.allclose(cosines(rows[:600]), 1, atol=1e-5)
    assert (rows[:600] @ rows[600]).max() < 0.9


def test_a_text_of_five_megabytes_is_a_text() -> None:
    huge = " ".join(f"word{at}" for at in range(600_000))
    assert len(huge) > 5e6
    texts = [huge, "word1 word2", "!?"]
    model = lsa.fit(texts)
    assert len(model.words) == lsa.VOCABULARY
    rows = lsa.embed(model, texts[1:])
    assert np.allclose(np.linalg.norm(rows, axis=1), [1, 0], atol=1e-4)


def test_texts_that_were_learned_from_have_not_drifted_and_unknown_ones_have_wholly() -> None:
    texts = board()
    model = lsa.fit(texts)
    assert abs(lsa.drift(model, texts)) < 1e-6
    assert lsa.drift(model, ["zebra quagga okapi"]) == 1
    assert lsa.drift(model, []) == 0


def test_texts_of_another_subject_have_drifted_further_than_those_of_the_same() -> None:
    dice = random.Random(3)  # noqa: S311
    model = lsa.fit(some(dice, PETS, 60), 8)
    same, other = some(dice, PETS, 30), some(dice, SHIPS, 30)
    assert lsa.drift(model, same) < 0.3 < lsa.drift(model, other)
    assert lsa.drift(model, same) < lsa.drift(model, [*same, *other]) < lsa.drift(model, other)


def test_a_word_that_nobody_met_before_takes_its_share_of_a_text() -> None:
    model = lsa.fit(board(), 8)
    assert lsa.drift(model, ["cat dog fur zebra"]) > lsa.drift(model, ["cat dog fur"]) + 0.1


def test_a_model_that_was_kept_is_the_same_model() -> None:
    texts = [*board(), "小さな束", "\ud800 half"]
    model = lsa.fit(texts)
    again = lsa.thawed(lsa.frozen(model))
    assert again is not None
    assert again.words == model.words
    assert np.array_equal(lsa.fold(again, texts), lsa.fold(model, texts))
    assert lsa.drift(again, texts[:9]) == lsa.drift(model, texts[:9])
    nothing = lsa.fit([])
    assert lsa.thawed(lsa.frozen(nothing)) == nothing._replace(
        rarity=pytest.approx([]), basis=pytest.approx(np.zeros((0, 0)))
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda held: held.pop("basis"),
        lambda held: held.update(basis=held["basis"][:-1]),
        lambda held: held.update(basis=held["basis"][0]),
        lambda held: held.update(rarity=held["rarity"][:-1]),
        lambda held: held.update(words=np.frombuffer(b"\xff\xfe", dtype=np.uint8)),
        lambda held: held.update(about=held["about"][:1]),
    ],
    ids=["no basis", "short", "flat", "rarity", "no text", "about"],
)
def test_what_is_no_model_is_not_taken_for_one(change: Any) -> None:
    held = lsa.frozen(lsa.fit(board()))
    change(held)
    assert lsa.thawed(held) is None
