"""Made-up text whose words are spread as in real notes: few very common, most rare."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import accumulate

_COMMON = (
    "the is not to in a of and for at with but as from on by rule session n when this be than or "
    "it before after only no every per one more all an are that which into same each without"
)
_ONSETS = "b c d f g h k l m n p r s t v w z br ch dr fl gr pl sh st th tr"
_NUCLEI = "a e i o u ai ea ou"
_CODAS = ["", "", "", "", "n", "r", "s", "t", "l", "ck", "nd", "m"]
_MARKS = (" — ", " → ", ": ", ", ", " (", ") ", "; ")
_JAPANESE = "知識の共有は記録から始まる。競合を避けるには小さく分ける"

_WORDS = 20_000


class Words:
    """A vocabulary and a way to speak it; the same seed says the same things."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        made = [_made_up(rng) for _ in range(_WORDS)]
        self._words = list(dict.fromkeys([*_COMMON.split(), *made]))
        self._weights = list(accumulate(1 / (rank + 2.7) for rank in range(len(self._words))))

    def some(self, count: int) -> list[str]:
        return self._rng.choices(self._words, cum_weights=self._weights, k=count)

    def title(self) -> str:
        """Six to sixteen words, as people write titles."""
        words = self.some(self._rng.randint(6, 16))
        if self._rng.random() < 0.4:
            words.insert(len(words) // 2, "—")
        return " ".join(words).capitalize()

    def sentences(self, count: int) -> list[str]:
        """About so many words, with figures, code and signs between them."""
        told = []
        while count > 0:
            length = min(count, self._rng.randint(7, 22))
            told.append(self._sentence(self.some(length)))
            count -= length
        return told

    def _sentence(self, words: list[str]) -> str:
        middle = len(words) // 2
        chance = self._rng.random()
        if chance < 0.3:
            words.insert(middle, f"{self._rng.randint(1, 990) / 10}%")
        elif chance < 0.45:
            words[middle] = f"`{words[middle]}.py`"
        elif chance < 0.5:
            words[middle] = f"**{words[middle]}**"
        elif chance < 0.505:
            words.append(_JAPANESE)
        mark = self._rng.choice(_MARKS)
        return f"{' '.join(words[:middle])}{mark}{' '.join(words[middle:])}.".capitalize()


def paragraphs(sentences: Sequence[str], size: int = 4) -> str:
    """Sentences, a few to a paragraph."""
    groups = [sentences[at : at + size] for at in range(0, len(sentences), size)]
    return "\n\n".join(" ".join(group) for group in groups)


def _made_up(rng: random.Random) -> str:
    onsets, nuclei = _ONSETS.split(), _NUCLEI.split()
    parts = rng.choices((1, 2, 3), (4, 5, 1))[0]
    return "".join(
        rng.choice(onsets) + rng.choice(nuclei) + rng.choice(_CODAS) for _ in range(parts)
    )
