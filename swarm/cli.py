"""The command line: verbs found by name, and the one place where an error ends.

A verb module holds a click command whose callback takes a Board and plain
arguments and returns an Answer, and a function `text` that turns the answer's
data into lines. The options that every verb has, the opening of the board, the
printing and the exit code are here.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

import click

from swarm import render
from swarm.errors import Bug, CacheDamaged, NoRepository, SwarmError, UsageError
from swarm.records import Answer, Line, Place, Problem, Surroundings

if TYPE_CHECKING:
    from swarm.board import Board, Progress

# In the order of a first hour. The module is the verb's name, with _ where Python needs it.
VERBS = (
    "init", "orient", "next", "dispatch", "new", "show", "list", "find", "trails", "recombine",
    "harvest", "graph", "vectors", "doctor", "mission", "check", "claim", "renew", "release",
    "claims", "expect", "close", "trust", "calibration", "council", "audit", "handoff", "import",
    "hooks", "hook", "merge-driver",
)  # fmt: skip

_SHOWN_PROBLEMS = 3


class Outcome(NamedTuple):
    """What a verb came to, before it is printed."""

    command: str
    module: ModuleType
    answer: Answer
    as_json: bool


class Verbs(click.Group):
    """Loads a verb's module when it is called, and no other."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        suffix = "_" if cmd_name in ("list", "import") else ""
        return _wired(cmd_name, import_module(f"swarm.verbs.{cmd_name.replace('-', '_')}{suffix}"))


@click.group(
    cls=Verbs,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("-C", "folder", type=click.Path(), default=".", help="Work in this folder.")
@click.version_option(package_name="swarm-blackboard", prog_name="swarm")
@click.pass_context
def swarm(ctx: click.Context, folder: str) -> None:
    """A git-native blackboard for coding agents and the people who work with them."""
    ctx.obj = folder
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def main() -> None:
    """The console script."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command and give its exit code. Every error ends here."""
    try:
        # click would make an exit code of its own of a reader who went away: print after it
        outcome = swarm.main(arguments, prog_name="swarm", standalone_mode=False)
        return _emit(outcome) if isinstance(outcome, Outcome) else int(outcome or 0)
    except click.UsageError as error:
        remedy = error.ctx.command_path + " --help" if error.ctx else "swarm --help"
        return _refused(UsageError(error.format_message(), remedy=remedy), arguments)
    except click.exceptions.Exit as error:
        return error.exit_code
    except SwarmError as error:
        return _refused(error, arguments)
    except (KeyboardInterrupt, click.Abort):
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141  # what a shell expects of a program whose reader went away
    except Exception as error:  # noqa: BLE001 - the boundary: anything that gets here is a bug
        return _refused(_bug(error), arguments)


def _wired(name: str, module: ModuleType) -> click.Command:
    """A verb's command with the options that every verb has."""
    command: click.Command = module.command
    reads = getattr(module, "READS", False)

    @click.pass_context
    def callback(
        ctx: click.Context, /, chdir: str, as_json: bool, at: str | None = None, **given: Any
    ) -> Outcome:
        here = _here()
        start = here / (ctx.obj or ".") / chdir
        if getattr(module, "MAKES_BOARD", False):  # where there may be no repository yet
            assert command.callback is not None
            answer = command.callback(start, Surroundings(os.environ, time.time_ns()), **given)
            return Outcome(name, module, answer, as_json)
        if getattr(module, "OPENS_NO_BOARD", False):
            assert command.callback is not None
            answer = command.callback(Place(start, os.environ, start != here), **given)
            return Outcome(name, module, answer, as_json)
        from swarm.board import open_board

        around = Surroundings(os.environ, time.time_ns())
        board = open_board(start, at, around, _progress_bar())
        try:
            try:
                answer = _ask(board, command, reads, given)
            except CacheDamaged:
                board = board.afresh()
                answer = _ask(board, command, reads, given)
        finally:
            board.close()
        return Outcome(name, module, answer, as_json)

    options: list[click.Parameter] = [
        click.Option(["-C", "chdir"], default=".", metavar="DIR", help="Work in this folder."),
        click.Option(["--json", "as_json"], is_flag=True, help="Print one JSON object."),
    ]
    if reads:
        options.append(click.Option(["--at"], metavar="REV", help="Answer as of this commit."))
    return click.Command(
        name,
        params=[*command.params, *options],
        callback=callback,
        help=command.help,
        context_settings=command.context_settings,
    )


def _here() -> Path:
    try:
        return Path.cwd()
    except OSError as error:
        what = f"this folder cannot be reached: {error.strerror}"
        raise NoRepository(what, remedy="cd to a folder that is there") from error


def _ask(board: Board, command: click.Command, reads: bool, given: dict[str, Any]) -> Answer:
    """A verb's answer, with what every reader must hear."""
    assert command.callback is not None
    answer: Answer = command.callback(board, **given)
    if not reads:
        return answer
    heard = [told for told in board.problems() if told not in answer.problems]
    return answer._replace(problems=(*answer.problems, *heard))


def _emit(outcome: Outcome) -> int:
    """Payload to standard output, all else to standard error. The exit code."""
    answer, module = outcome.answer, outcome.module
    lines: list[Line] = list(answer.notes)
    if outcome.as_json:
        print(_any_encoding(render.to_json(outcome.command, answer)))
    else:
        _print(module.text(answer), sys.stdout)
        if not getattr(module, "TELLS_PROBLEMS", False):
            lines += _told(answer.problems)
    sys.stdout.flush()
    _print(lines, sys.stderr)
    return answer.exit_code


def _told(problems: Sequence[Problem]) -> Iterator[Line]:
    yield from (render.problem(each) for each in problems[:_SHOWN_PROBLEMS])
    if len(problems) > _SHOWN_PROBLEMS:
        yield f"… and {len(problems) - _SHOWN_PROBLEMS} more: swarm doctor"


def _any_encoding(text: str) -> str:
    """JSON that the terminal's encoding can hold."""
    if (sys.stdout.encoding or "").lower().startswith("utf"):
        return text
    import json

    return json.dumps(json.loads(text))


def _print(lines: Iterable[Line], stream: TextIO) -> None:
    colour = stream.isatty() and not os.environ.get("NO_COLOR")
    stream.reconfigure(errors="backslashreplace")  # type: ignore[attr-defined]
    for line in render.to_text(lines, colour):
        print(line, file=stream)


def _refused(error: SwarmError, arguments: list[str]) -> int:
    if "--json" in arguments:
        command = next((word for word in arguments if word in VERBS), "")
        print(_any_encoding(render.error_to_json(command, error)))
    _print(render.error(error), sys.stderr)
    return error.exit_code


def _bug(error: Exception) -> Bug:
    """Put what is needed to mend a bug where the user can find it."""
    import tempfile  # only a bug pays for these
    import traceback

    with tempfile.NamedTemporaryFile("w", prefix="swarm-", suffix=".log", delete=False) as log:
        log.write("".join(traceback.format_exception(error)))
    what = f"a bug in swarm: {type(error).__name__}: {error}"
    return Bug(what, where=log.name, remedy="report it with that file; swarm doctor may tell more")


def _progress_bar() -> Progress | None:
    """A bar on a terminal, for what takes longer than a second."""
    if not sys.stderr.isatty():
        return None
    started = time.monotonic()

    def show(done: int, total: int) -> None:
        if time.monotonic() - started > 1:
            bar = "█" * (30 * done // max(total, 1))
            end = "\r\x1b[K" if done >= total else ""
            print(f"\r{bar:<30} {done:,} of {total:,}{end}", end="", file=sys.stderr, flush=True)

    return show
