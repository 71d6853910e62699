"""Does it find the work that others come to build on? The ancestor's lanes, scored beforehand.

What follows was written down before any lane was scored, and stands unchanged.

**A lane** is an id in the ancestor's lane logs. Its *first row* is in the first commit, of
the first-parent chain, that holds one; it is *executed* when a later row, or the same one, says
that it is closed (MERGED, CLOSED, DONE). That commit concludes it. Executed lanes are
numbered by the commit of the first row, then as they stand in the log; two are so many
lanes apart as their numbers differ, whether those between them are usable or not.

**What could be known then** is the ancestor as the parent of the commit with the first row
has it, imported by `swarm.ancestor`, and one open task beside it: the lane, with
nothing but the domain and the `tests` of its first row. No word of its result, no citation.

**Its run** is the session of its first row: the one that chose it. Its runs are the sessions
of all its rows up to the one that concludes it.

**A lesson it produced** is named in the row that concludes it, did not yet stand in the
ancestor before the commit of its first row, and is of one of its runs. A lesson's
place is that of its first version, as `ancestor.lessons` orders them; its run is the session
in the head of that version, else the one that the subject of its commit begins with.

**Usable** is a lane that was executed and produced a lesson. Left out, for the first reason
that applies: it stood there when the log began (nobody knows what was known when it was
chosen); the concluding row names no lesson (early rows rarely do, so that this does not say
that there was none); all it names stood before; none is of its own runs; or one of them has
fewer than 100 lessons after it.

**Worth** (primary) is yes or no: a lesson that it produced is named in the first versions
of at least three of the next 100 lessons, not counting those of its own runs, nor those
whose run nobody knows. "The next 100" are lessons, since lessons are what cites.
*Citations by anybody* is the number of the next 100 lessons that name it, the most-cited
one where a lane produced several. *Falsified* is whether what the import reads as the
lane's outcome at its conclusion is `falsified`, or one of several is; lanes without an
outcome, or with `null`, do not count here.

**Policies** score a lane by what the product's own functions say of that board:
`value of information` is the score of the lane as a candidate of `swarm dispatch`; `without
trails` is the same product with φ as 1; `heat` is what is left of the trail to what the
lane is about (`use` of its basis); `Sharpe × UCB1` is the bandit factor before it is held
between ½ and 2, which a policy by itself needs not. `random` is right half the time. No lane
of the ancestor was decided by a check, so its outcomes add nothing to a posterior;
`as if verified` is value of information on a second board, where a check decided each.

**Concordance** is the share of pairs in which a policy gives more to the lane that is worth
more, among pairs of usable lanes at most 20 apart that differ in worth. A tie counts ½:
scores that agree to nine digits tie. Intervals hold 95 % of 2,000 resamples of whole runs;
the weight of a pair is the product of how often the runs of its two lanes were drawn.

**The primary comparison** is the concordance of value of information less that of Sharpe ×
UCB1, on worth. An interval above 0 is "yes". One that covers 0 and is wider than ±.05, from
end to end more than .10, is "not enough data". Any other is "no". The secondary family are
the same difference on falsified expectations, and on citations by anybody; each policy
against random, on worth; and `as if verified` less Sharpe × UCB1, on worth. Their p is twice
the smaller share of resamples on either side of 0, itself counted on both;
Benjamini–Hochberg at .05.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.eval import guard, policies, retold, subject
from tools.eval.executed import Told, Work
from tools.eval.guard import Leak
from tools.eval.policies import Scored
from tools.eval.repository import Failed, Repository

PROVED = 3  # lanes scored again where nothing later exists


def replay(told: Told, ancestor: Repository, root: Path, say: retold.Say) -> policies.Result:
    """All of it. The boards are made below `root`, unless they are there."""
    if not told.works:
        raise Failed("no lane of this history was executed and produced a lesson")
    boards = retold.retold(ancestor, told.works, root, say)
    found = scored(boards, told.works, say)
    proved = prove(ancestor, boards, found, say)
    return policies.summary(told, found, proved)


def scored(boards: Repository, works: Sequence[Work], say: retold.Say) -> list[Scored]:
    """Every lane by every policy, on the board as it was just before."""
    usual = list(_weighed(boards, retold.AS_IT_IS, works, say))
    proven = list(_weighed(boards, retold.AS_IF_VERIFIED, works, say))
    return [
        Scored(work, policies.scores(one, other), one.terms)
        for work, one, other in zip(works, usual, proven, strict=True)
    ]


def prove(
    ancestor: Repository, boards: Repository, found: Sequence[Scored], say: retold.Say
) -> int:
    """Take some lanes where nothing later exists, and raise Leak if that makes a difference.

    The product's own import of a history that ends before the lane must write what stands
    on its board; and a board without a later commit must give it the same factors.
    """
    begun = retold.commits(boards, retold.AS_IT_IS)
    spread = {(2 * at + 1) * len(found) // (2 * PROVED) for at in range(PROVED)}
    for work, _, terms in (found[at] for at in sorted(spread)):
        say(f"ancestor: {work.name} once more, in a history that ends before it")
        commit = begun[work.name]
        with TemporaryDirectory(prefix="swarm-eval-") as folder:
            before = ancestor.run("rev-parse", f"{work.commit}^").decode().strip()
            past = ancestor.until(before, Path(folder) / "ancestor.git")
            if _imported(past) != _standing(boards, commit, work):
                raise Leak(f"{work.name}: its board is not what stood before {work.commit}")
            alone = boards.until(commit, Path(folder) / "board.git")
            with subject.opened(alone.root, commit) as board:
                if subject.weighed(board, work.name).terms != terms:
                    raise Leak(f"{work.name}: weighed otherwise where nothing came after {commit}")
    return len(spread)


def _weighed(
    boards: Repository, branch: str, works: Sequence[Work], say: retold.Say
) -> Iterator[subject.Weighed]:
    begun = retold.commits(boards, branch)
    for number, work in enumerate(works, 1):
        say(f"ancestor: lane {number} of {len(works)}, board {branch}")
        commit = begun[work.name]
        with subject.opened(boards.root, commit) as board:
            seen = subject.seen(board)
            later = {path for path, name in seen.records.items() if name in work.produced}
            guard.check(seen, boards.tree(commit), later.__contains__)
            yield subject.weighed(board, work.name)


def _imported(ancestor: Repository) -> list[bytes]:
    return sorted(map(retold.unplaced, subject.imported(ancestor.root)))


def _standing(boards: Repository, commit: str, work: Work) -> list[bytes]:
    """What the files of a board say, the work that is about to begin aside."""
    _, _, own = retold.task(work.row, retold.when(boards, commit))
    said = boards.blobs(boards.tree(commit).values()).values()
    return sorted(each for each in said if each != own)
