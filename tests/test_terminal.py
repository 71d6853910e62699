"""What a terminal would obey or hide never reaches it raw, whatever record it comes from."""

from __future__ import annotations

import errno
import json
import os
import pty
import subprocess
import sys
import unicodedata
from functools import cache

import pytest
from ask import ask
from conftest import Repository, hermetic
from hypothesis import example, given
from hypothesis import strategies as st

from swarm import render, yamlhead
from swarm.records import Answer, Problem

# Everything that could be typed into a file, by what it does.
ATTACKS = {
    "bell": "\a",
    "backspace": "\b\b\b",
    "carriage return": "\rover",
    "vertical tab": "\x0b\x0c",
    "delete": "\x7f",
    "colour": "\x1b[31m",
    "clear screen": "\x1b[2J\x1b[H",
    "window title": "\x1b]0;title\x07",
    "link": "\x1b]8;;https://example.org\x1b\\here\x1b]8;;\x1b\\",
    "clipboard": "\x1b]52;c;cm0gLXJm\x07",
    "device control": "\x1bPq\x1b\\",
    "answer back": "\x1b[6n\x1b[c\x05",
    "C1 control sequence": "\x9b31m",
    "C1 operating system command": "\x9d0;title\x9c",
    "next line": "\x85",
    "bidi override": "\u202eevil\u202c",
    "bidi embedding": "\u202a\u202b",
    "bidi isolate": "\u2066\u2067\u2068\u2069",
    "bidi marks": "\u200e\u200f\u061c",
    "zero width": "\u200b\u200c\u200d\u2060\ufeff",
    "soft hyphen": "\u00ad",
    "filler": "\u115f\u1160\u3164\uffa0",
    "line separators": "\u2028\u2029",
    "tags": "\U000e0001\U000e0068\U000e0069\U000e007f",
    "variation selectors": "\ufe00\U000e0100\U000e01ef",
    "interlinear": "\ufff9\ufffa\ufffb",
    "musical": "\U0001d173\U0001d17a",
}
ALL = "".join(ATTACKS.values())

# Format characters that are seen as signs of their own.
_SEEN = set("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2")
_SEEN |= {"\U000110bd", "\U000110cd"}
_SEEN |= {chr(code) for code in range(0x13430, 0x13456)}
_NO_WIDTH = set("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0")
_NO_WIDTH |= {chr(code) for code in (*range(0xFE00, 0xFE0F), *range(0xE0100, 0xE01F0))}


@cache
def is_raw(char: str) -> bool:
    """Whether a terminal would obey this character, or a reader would not see it."""
    if char in _NO_WIDTH:
        return True
    return unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") and char not in _SEEN


def raw_in(printed: bytes) -> set[str]:
    """What stands raw in some output, new lines and tabs aside."""
    return {char for char in printed.decode("utf-8") if char not in "\n\t" and is_raw(char)}


# --- the one function that spells them out ------------------------------------------------------


def test_no_character_that_does_something_is_printed_as_it_is() -> None:
    through = [
        f"U+{code:04X}"
        for code in range(sys.maxunicode + 1)
        if is_raw(chr(code)) and chr(code) != "\t" and render.safe(chr(code)) == chr(code)
    ]
    assert through == []


@pytest.mark.parametrize(
    "text",
    [
        "plain", "a\ttab", "é e\u0301 ñ", "漢字 かな 한글 ภาษาไทย हिन्दी", "العربية עברית",
        "🎉 ❤\ufe0f 👍🏽 🇩🇪", "← → … – “quoted” «so»", "\u00a0\u3000", "½ ² №", "𝐛𝐨𝐥𝐝 𠮷",
        "\\x1b \\u202e",
    ],
)  # fmt: skip
def test_what_people_write_is_printed_as_it_is(text: str) -> None:
    assert render.safe(text) == text


@pytest.mark.parametrize("name", ATTACKS)
def test_what_is_spelled_out_can_be_read(name: str) -> None:
    spelled = render.safe(ATTACKS[name])
    assert spelled.isprintable()
    assert spelled.count("\\") >= sum(is_raw(char) for char in ATTACKS[name])


ANY = st.text(st.characters(codec=None, categories=None))  # lone surrogates as well


@given(ANY)
@example(ALL)
@example("\ud800\udfff\udcff")
def test_any_text_is_one_safe_line(text: str) -> None:
    (line,) = render.to_text([text], colour=False)
    assert not {char for char in line if char != "\t" and is_raw(char)}


@given(ANY, ANY)
@example(ALL, "\ud800")
def test_json_is_safe_and_gives_the_characters_back(text: str, key: str) -> None:
    problem = Problem(text, 1, text, text)
    printed = render.to_json(text, Answer({"record": {key: [text]}}, (problem,)))
    assert raw_in(printed.encode("utf-8")) == set()
    assert "\n" not in printed
    told = json.loads(printed)
    assert told["command"] == text
    assert told["data"]["record"] == {key: [text]}
    assert told["problems"][0]["what"] == told["problems"][0]["path"] == text


# --- every verb, every place that text can come from --------------------------------------------

NASTY = "memory/lessons/L-7k3qfa-nasty.md"


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """Attacks in a title, in keys and their names, a body, links, file names and problems."""
    root = tmp_path_factory.mktemp("terminal")
    repo = Repository(root, hermetic(root))
    repo.git("init", "-q", "-b", "main")
    quoted = yamlhead.dump(ALL)
    repo.write(
        NASTY,
        "---\nid: L-7k3qfa\nconfidence: measured\n"
        f"domain: [{quoted}]\n{quoted}: {quoted}\nmap: {{{quoted}: {quoted}}}\n"
        f"aliases: [{quoted}]\ncites: [{quoted}]\ncreated: 2026-11-20{ATTACKS['bidi override']}\n"
        f"---\n# Nasty title {ALL.replace(chr(13), '')}\n\nNasty body {ALL}\n[[{ALL}]]\n\n"
        f"## Rule\n{ALL}\n",
    )
    repo.write("memory/lessons/L-8k3qfa-title.md", f"---\ntitle: {quoted}\nlevel: {quoted}\n---\n")
    repo.write("memory/lessons/L-9k3qfa-twice.md", f"---\n{quoted}: 1\n{quoted}: 2\n---\n# Twice\n")
    repo.write("memory/lessons/L-6k3qfa-id.md", f"---\nid: {quoted}\n---\n# Id\n")
    repo.write("memory/lessons/L-5k3qfa-kind.md", f"---\nstatus: {quoted}\np: {quoted}\n---\n# P\n")
    repo.write("tasks/T-5k3qfa-task.md", f"---\nstatus: {quoted}\n---\n# Status\n")
    repo.write("memory/lessons/L-4k3qfa-latin.md", b"# caf\xe9 \x9b31m\n\n\xff\xfe\n")
    for number, attack in enumerate(ATTACKS.values()):
        name = attack.replace("/", "")[:40]
        repo.write(f"memory/lessons/L-{number + 100}-{name}.md", f"# Name {number}\n")
    repo.write("swarm.toml", f"[sources]\npages = [{quoted}, 5]\nx = ")
    return repo


COMMANDS: tuple[tuple[str, ...], ...] = (
    ("list",), ("list", "lesson"), ("list", "--where", f"domain={ALL}"),
    ("find", "nasty"), ("find", ALL), ("find", "Name"), ("find", f'"{ALL}'),
    ("show", "L-7k3qfa"), ("show", NASTY), ("show", "L-8k3qfa"), ("show", "L-4k3qfa"),
    ("doctor",), ("doctor", "--rebuild"),
    # errors
    ("show", ALL), ("show", f"nothing {ALL}"), ("show", "L-"), ("list", ALL),
    ("list", "--where", ALL),
    ("list", "--at", ALL), ("find", "x", "--at", f"HEAD{ALL}"), ("list", "-C", ALL),
    ("find", "x", "-k", ALL), (ALL,), ("list", f"--{ALL}"), (f"--{ALL}",),
    ("new", ALL, "x"), ("new", "lesson", "x", "--set", ALL), ("new", "lesson", "x", "--cite", ALL),
    ("new", "lesson", "x", "--set", f"level={ALL}"), ("new", "lesson", "x", "--set", f"id={ALL}"),
)  # fmt: skip


@pytest.mark.parametrize("number", range(len(COMMANDS)), ids=[" ".join(c)[:12] for c in COMMANDS])
def test_no_command_prints_them_raw(board: Repository, number: int) -> None:
    arguments = [word.replace("\0", "") for word in COMMANDS[number]]
    text = ask(board, *arguments)
    assert raw_in(text.out) | raw_in(text.err) == set()
    assert text.code in (0, 1, 2, 3, 4)
    told = ask(board, *arguments, "--json")
    assert raw_in(told.out) | raw_in(told.err) == set()
    assert told.code == text.code
    assert told.out.count(b"\n") == 1
    assert set(told.json) == {"schema", "command", "data", "problems"}


def test_new_prints_nothing_raw_of_what_it_wrote(repo: Repository) -> None:
    arguments = ["new", "lesson", f"Title {ALL}", "--set", f"by={ALL}", "--body", ALL]
    for told in (ask(repo, *arguments), ask(repo, *arguments, "--json")):
        assert told.code == 0
        assert raw_in(told.out) | raw_in(told.err) == set()
    record = told.data["record"]
    assert record["keys"]["by"] == ALL
    assert ask(repo, "show", record["id"], "--json").data["record"]["keys"]["by"] == ALL


def test_json_gives_back_what_the_file_says(board: Repository) -> None:
    record = ask(board, "show", "L-7k3qfa", "--json").data["record"]
    assert record["keys"][ALL] == ALL
    assert record["keys"]["domain"] == [ALL]
    assert record["keys"]["map"] == {ALL: ALL}
    assert ALL in record["body"]
    assert ask(board, "find", ALL, "--json").data["query"] == ALL
    paths = {each["path"] for each in ask(board, "list", "--json").data["records"]}
    assert f"memory/lessons/L-105-{ATTACKS['colour']}.md" in paths
    on_disk = {str(each.relative_to(board.root)) for each in board.root.rglob("L-*.md")}
    assert on_disk <= paths


@pytest.mark.parametrize("value", ["1e999", "-1e999", "12e456", "9" * 400, ".inf", ".nan"])
def test_json_is_json_whatever_a_number_says(repo: Repository, value: str) -> None:
    repo.write(NASTY, f"---\nid: L-7k3qfa\nn: {value}\ndomain: [{value}]\n---\n# Numbers\n")
    assert ask(repo, "show", "L-7k3qfa", "--json").data["record"]["id"] == "L-7k3qfa"
    assert ask(repo, "doctor", "--json").code == 0


@pytest.mark.parametrize("raw", [b"\xff", b"caf\xe9", b"\x9b31m", b"\xed\xa0\x80", b"a\xffb c"])
def test_an_argument_that_is_no_text_is_an_argument(board: Repository, raw: bytes) -> None:
    """A shell hands on whatever bytes were typed; Python makes lone surrogates of them."""
    argument = os.fsdecode(raw)
    for arguments, codes in (
        (("find", argument), (0,)),
        (("show", argument), (4,)),
        (("show", f"L-7{argument}"), (4,)),
        (("list", argument), (2,)),
        (("list", "--where", f"domain={argument}"), (0,)),
        (("list", "--at", argument), (4,)),
        (("list", "-C", argument), (3,)),
    ):
        for asked in (arguments, (*arguments, "--json")):
            told = ask(board, *asked)
            assert told.code in codes, told.err
            assert raw_in(told.out) | raw_in(told.err) == set()
    assert ask(board, "find", argument, "--json").data["query"] == argument


# --- colour, and where it goes ------------------------------------------------------------------


def on_a_terminal(repo: Repository, *arguments: str, **environ: str) -> bytes:
    """What a command writes when both its outputs are a terminal."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "swarm", *arguments], cwd=repo.root, env=repo.environ | environ,
        stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs,
    ):  # fmt: skip
        os.close(theirs)
        written = b""
        while True:
            try:
                more = os.read(ours, 65_536)
            except OSError as error:
                assert error.errno == errno.EIO  # how Linux says that nobody is there any more
                break
            if not more:
                break
            written += more
    os.close(ours)
    return written


STYLE = b"\x1b["


def unstyled(written: bytes) -> bytes:
    """Less our own colours and the terminal's line ends."""
    for code in (b"0", b"1", b"2", b"31", b"33", b"36"):
        written = written.replace(STYLE + code + b"m", b"")
    return written.replace(b"\r\n", b"\n")


def test_a_terminal_gets_colour_and_nothing_raw(board: Repository) -> None:
    for arguments in (
        ("list",),
        ("show", "L-7k3qfa"),
        ("find", "nasty"),
        ("doctor",),
        ("show", ALL),
    ):
        written = on_a_terminal(board, *arguments)
        assert STYLE in written
        assert raw_in(unstyled(written)) == set()
        plain = ask(board, *arguments)
        assert sorted(unstyled(written).splitlines()) == sorted(
            (plain.out + plain.err).splitlines()
        )


@pytest.mark.parametrize("value", ["1", "0", "false", "yes"])
def test_no_color_means_no_colour(board: Repository, value: str) -> None:
    for arguments in (("list",), ("show", ALL)):
        assert b"\x1b" not in on_a_terminal(board, *arguments, NO_COLOR=value)


def test_an_empty_no_color_says_nothing(board: Repository) -> None:
    assert STYLE in on_a_terminal(board, "list", NO_COLOR="")


def test_json_is_never_coloured(board: Repository) -> None:
    written = on_a_terminal(board, "list", "--json")
    assert b"\x1b" not in written
    assert json.loads(written)["command"] == "list"


def test_no_terminal_means_no_colour(board: Repository) -> None:
    for arguments in (
        ("list",),
        ("doctor",),
        ("show", "L-7k3qfa"),
        ("show", "nothing of the kind"),
    ):
        done = board.swarm(*arguments)
        assert "\x1b" not in done.stdout + done.stderr


# --- terminals that cannot show everything ------------------------------------------------------


TITLE = "Café 漢字 🎉 …"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "cp932", "utf-8", "utf-16"])
def test_any_encoding_of_the_terminal_will_do(repo: Repository, encoding: str) -> None:
    repo.write(NASTY, f"---\nid: L-7k3qfa\n---\n# {TITLE}\n\nBody “{TITLE}”.\n")
    for arguments in (
        ("list",),
        ("show", "L-7k3qfa"),
        ("find", "漢字"),
        ("show", "漢"),
        ("doctor",),
    ):
        assert ask(repo, *arguments, encoding=encoding).code in (0, 4)
        told = ask(repo, *arguments, "--json", encoding=encoding)
        assert told.code in (0, 4)
        assert json.loads(told.out.decode(encoding))["command"] == arguments[0]
    told = ask(repo, "show", "L-7k3qfa", "--json", encoding=encoding)
    assert json.loads(told.out.decode(encoding))["data"]["record"]["title"] == TITLE


def test_a_process_takes_the_encoding_it_is_given(repo: Repository) -> None:
    repo.write(NASTY, f"---\nid: L-7k3qfa\n---\n# {TITLE}\n")
    done = repo.swarm("list", "--json", PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["data"]["records"][0]["title"] == TITLE


def test_a_reader_who_goes_away_is_no_error(repo: Repository) -> None:
    for number in range(400):
        repo.write(f"memory/lessons/L-{number + 100}.md", f"# Title {number} {'x' * 500}\n")
    out, into = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-m", "swarm", "list"], cwd=repo.root, env=repo.environ,
        stdout=into, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        os.close(into)
        os.read(out, 10)
        os.close(out)
        assert process.stderr is not None
        said = process.stderr.read()
    assert said == b""
    assert process.returncode == 141
