"""Everything swarm refuses to do, as one small tree.

An error says what happened, where, and the command that mends it. Its class
carries the exit code; `cli` is the only place that turns one into the other.
"""


class SwarmError(Exception):
    """What happened, where, and the command that mends it."""

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = remedy


class UsageError(SwarmError):
    """The words of the command do not make sense together."""

    exit_code = 2


class GitError(SwarmError):
    """git said no. `what` is git's own sentence."""


class NoRepository(GitError):
    """There is no git repository here."""

    exit_code = 3


class NotFound(SwarmError):
    """Nothing, or more than one thing, answers to that name."""

    exit_code = 4


class CacheDamaged(SwarmError):
    """The cache does not hold what it should. It can be thrown away."""


class Bug(SwarmError):
    """Something that nobody thought of."""

    exit_code = 70
