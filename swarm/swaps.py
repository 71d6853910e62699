"""How much more the records of a group cite alike than if citations had been swapped at random.

What is counted of a group: its links to itself, and each pair of members that cite the same
record, which weighs less the more often that one is cited. By chance each record would cite as
many as it does, but drawn from what those close to it in time cite. So what was talked of in those
days, and what everybody cites, is no surprise. What a few write together in one go is one, whether
they are of one mind or of one hour: nothing tells these apart, and it is shown to whoever asks.

Nothing is drawn: how often each record would be cited by a group is a sum of independent yes and
no, whose moments can be written down. They are exact but for what draws do to each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb
from typing import TYPE_CHECKING, Any, NamedTuple

from swarm import chance, clusters

if TYPE_CHECKING:
    from swarm.chance import Floats
    from swarm.lsa import Rows

Group = chance.Group
rates = chance.rates
Progress = clusters.Progress
WITNESS = "citations"

CLOSE = chance.CLOSE
_DEEP = 6  # the third moment of a count of pairs takes six of a kind
_FLOOR = 2.0  # what is less than twice what chance makes is no finding
_AT_ONCE = 2_000  # groups; what they would cite fills memory


def found(rows: Rows, links: Any, progress: Progress | None = None) -> list[Group]:
    """The groups of some rows in the order of time, tested by who of them cites whom.

    `links` are (source, target), without repeats. Sources are rows; targets may have higher
    numbers, if they are not among those that are grouped.
    """
    groups = clusters.groups(rows, progress)
    return chance.judged(groups, test(groups, links, len(rows)), WITNESS)


def test(groups: Sequence[Sequence[int]], links: Any, size: int) -> chance.Tested:
    """Count each group's citations, and say what chance would make of them."""
    import numpy as np

    citing = _citations(links, size)
    parts = []
    for start in range(0, len(groups), _AT_ONCE):
        some = groups[start : start + _AT_ONCE]
        member, label = _membership(some, size), _labels(some, citing.cited.shape[1])
        told = _counted(member @ citing.cited, label, citing.weight)
        parts.append(np.stack([told, *_by_chance(member, citing, label)]))
    told, mean, variance, third = np.concatenate(parts, axis=1) if parts else np.zeros((4, 0))
    step = variance / np.where(mean > 0, mean, 1.0)  # what comes at once, on average
    return chance.Tested(told, mean, variance, third, step, _FLOOR * mean)


def together(pairs: Sequence[tuple[int, int]], links: Any, size: int) -> Floats:
    """For each pair of records the odds that chance has both cite so many that both cite."""
    import numpy as np
    from scipy import special  # type: ignore[import-untyped,unused-ignore]

    cited, falls, odds, _ = _citations(links, size)
    one, other = np.asarray(pairs, dtype=np.int64).T
    told = np.asarray(cited[one].multiply(cited[other]).sum(axis=1)).ravel()
    both = np.asarray(odds[one].multiply(odds[other]).sum(axis=1)).ravel()
    same = falls[one].multiply(falls[other]) @ np.diff(cited.indptr)  # one citation, to two
    found = special.gammainc(np.maximum(told, 1), np.maximum(both - same, 0.0))  # a Poisson count
    return np.asarray(np.where(told > 0, found, 1.0), dtype=np.float64)


class _Citing(NamedTuple):
    """Sparse tables of who cites whom, and of where citations fall by chance."""

    cited: Any
    falls: Any  # the odds that a citation of the second record falls to the first
    odds: Any  # that the first record cites the second
    weight: Floats  # of two that cite a record


def _citations(links: Any, size: int) -> _Citing:
    """A citation falls to a record close in time as often as that one cites."""
    import numpy as np
    from scipy import sparse  # type: ignore[import-untyped,unused-ignore]

    ends = np.asarray(links, dtype=np.int64).reshape(-1, 2)
    width = max(size, int(ends.max(initial=0)) + 1)
    cited = sparse.csr_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(size, width))
    many = np.diff(cited.indptr).astype(np.float64)
    reach = min(CLOSE, max(size - 1, 0))
    falls = sparse.diags_array(
        [np.ones(size - abs(step)) for step in range(-reach, reach + 1)],
        offsets=range(-reach, reach + 1), shape=(size, size), format="csr",
    )  # fmt: skip
    there = falls @ many
    falls.data = np.repeat(many, np.diff(falls.indptr)) / np.maximum(there[falls.indices], 1.0)
    odds = (falls @ cited).tocsr()
    odds.data[np.repeat(np.arange(size), np.diff(odds.indptr)) == odds.indices] = 0.0  # itself
    odds.data = np.minimum(odds.data, 1.0)
    odds.eliminate_zeros()
    popular = np.bincount(ends[:, 1], minlength=width)
    return _Citing(cited, falls, odds, 1 / np.log(2 + popular))


def _membership(groups: Sequence[Sequence[int]], size: int) -> Any:
    import numpy as np
    from scipy import sparse

    lengths = [len(each) for each in groups]
    rows = np.repeat(np.arange(len(groups)), lengths)
    columns = np.concatenate([np.asarray(each, dtype=np.int64) for each in groups])
    return sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(groups), size))


def _labels(groups: Sequence[Sequence[int]], width: int) -> Any:
    """The group of each record; none is -1."""
    import numpy as np

    found = np.full(width, -1, dtype=np.int64)
    for number, each in enumerate(groups):
        found[list(each)] = number
    return found


def _counted(times: Any, label: Any, weight: Floats) -> Floats:
    """The sum for each group of what its citations are worth."""
    import numpy as np

    group, inside = _places(times, label)
    worth = inside * times.data + weight[times.indices] * times.data * (times.data - 1) / 2
    return np.asarray(np.bincount(group, worth, minlength=times.shape[0]), dtype=np.float64)


def _by_chance(member: Any, citing: _Citing, label: Any) -> tuple[Any, Any, Any]:
    """Mean, variance and third central moment of that sum: those of its parts add up."""
    import numpy as np

    powers = [_sorted(member @ citing.odds.power(deep)) for deep in range(1, _DEEP + 1)]
    odds = powers[0]
    group, inside = _places(odds, label)
    ways = _ways([each.data for each in powers])
    apart = _apart(member, citing, odds, group, ways[2])
    ways = [each * apart ** max(count - 1, 0) for count, each in enumerate(ways)]
    first, second, third = (
        _expected(power, ways, inside, citing.weight[odds.indices]) for power in (1, 2, 3)
    )
    parts = first, second - first**2, third - 3 * first * second + 2 * first**3
    mean, variance, skewed = (np.bincount(group, part, minlength=odds.shape[0]) for part in parts)
    return mean, np.maximum(variance, 0.0), skewed


def _apart(member: Any, citing: _Citing, odds: Any, group: Any, pairs: Any) -> Any:
    """The share of the expected pairs that are two citations, and not one that fell to two."""
    import numpy as np

    falls = member @ citing.falls
    twice = _sorted(falls.power(2) @ citing.cited - member @ (citing.falls.power(2) @ citing.cited))
    width = odds.shape[1]
    keys = np.repeat(np.arange(twice.shape[0]), np.diff(twice.indptr)) * width + twice.indices
    wanted = group * width + odds.indices
    at = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
    found = keys[at] == wanted if len(keys) else np.zeros(len(wanted), dtype=bool)
    same = np.zeros(len(wanted))
    same[found] = twice.data[at[found]] / 2
    return np.clip(1 - same / np.where(pairs > 0, pairs, 1.0), 0.0, 1.0)


def _places(table: Any, label: Any) -> tuple[Any, Any]:
    """For each entry of a table of groups and records its group, and if that holds the record."""
    import numpy as np

    group = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))
    return group, label[table.indices] == group


def _sorted(table: Any) -> Any:
    table.sort_indices()
    return table


def _ways(sums: Sequence[Any]) -> list[Any]:
    """In how many ways k of some independent things are expected to happen, for k = 0, 1, …

    Newton's identities: out of the sums of the k-th powers of their odds.
    """
    import numpy as np

    found = [np.ones_like(sums[0])]
    for k in range(1, len(sums) + 1):
        turns = ((-1) ** (i - 1) * found[k - i] * sums[i - 1] for i in range(1, k + 1))
        found.append(np.maximum(sum(turns) / k, 0.0))
    return found


def _expected(power: int, ways: Sequence[Any], inside: Any, weight: Any) -> Any:
    """The expected power of what a record is worth to a group, cited by a random count of it."""
    values = [(inside * n + weight * n * (n - 1) / 2) ** power for n in range(2 * power + 1)]
    total = 0.0 * weight
    for j in range(1, 2 * power + 1):
        step = sum((-1) ** (j - m) * comb(j, m) * values[m] for m in range(j + 1))
        total = total + step * ways[j]
    return total
