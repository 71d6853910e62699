"""The pages that people and agents read first tell the truth."""

from __future__ import annotations

import re
import shlex
import time
from pathlib import Path

from conftest import Repository

from swarm.cli import VERBS

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROTOCOL = (ROOT / "SWARM.md").read_text(encoding="utf-8")

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ|(?<=token )\d+")  # which is one, too


def transcripts() -> list[tuple[str, str]]:
    """Every `$ command` of the README's transcripts with what is printed below it."""
    blocks = re.findall(r"<!-- transcript -->\n```console\n(.*?)```", README, re.DOTALL)
    steps = []
    for block in blocks:
        for step in block.split("$ ")[1:]:
            command, _, printed = step.partition("\n")
            steps.append((command, printed))
    return steps


def test_the_transcript_is_what_the_commands_print(repo: Repository) -> None:
    steps = transcripts()
    assert len(steps) >= 6
    for command, printed in steps:
        program, *arguments = shlex.split(command)
        assert program == "swarm"
        done = repo.swarm(*arguments, SWARM_AGENT="ada")
        assert done.returncode == 0, done.stderr
        assert _MOMENT.sub("WHEN", done.stdout) == _MOMENT.sub("WHEN", printed), command
        if arguments[0] == "new":  # nobody types two records in a second: their order is their age
            time.sleep(1.05 - time.time() % 1)


def test_there_are_exactly_two_set_up_commands_of_one_line_each() -> None:
    commands = re.findall(r"<!-- command: (\w+) -->\n```sh\n(.*?)\n```", README, re.DOTALL)
    assert [name for name, _ in commands] == ["use", "test"]
    assert all("\n" not in command for _, command in commands)
    assert README.count("```sh\n") == 2


def test_every_verb_is_in_the_table_and_no_other() -> None:
    assert sorted(re.findall(r"^\| `swarm ([\w-]+)", README, re.MULTILINE)) == sorted(VERBS)


def test_the_protocol_is_short_and_the_one_that_init_writes() -> None:
    assert len(PROTOCOL.splitlines()) <= 120
    assert (ROOT / "swarm" / "SWARM.md").read_text(encoding="utf-8") == PROTOCOL


def test_the_protocol_names_only_verbs_that_exist() -> None:
    named = set(re.findall(r"\bswarm (\w+)", PROTOCOL))
    assert named <= set(VERBS)


def test_every_page_that_is_linked_is_there() -> None:
    for page in ROOT.glob("*.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (ROOT / target).exists(), f"{page.name} links to {target}"
