"""The bytes of a file are the document: reading loses none, an edit changes one key's lines."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from swarm import document, draft, kinds, markdown, yamlhead
from swarm.records import KINDS

Lines = list[bytes]

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
WORDS = st.text("abcdefghij KLMN éß漢字", max_size=30)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=12,
)


def same(one: Any, other: Any) -> bool:
    """Equal, and of the same types all the way down: 1 is neither True nor 1.0."""
    return repr(one) == repr(other)


# --- reading loses nothing ----------------------------------------------------------------------

ENDINGS = ("\n", "\r\n")
FRONTMATTER = (
    "id: L-7k3qfa",
    "domain: [locks, speed]",
    "cites:\n  - L-01cq8d\n  - P-9xk2mm",
    "note: |\n  one\n  two",
    'by: "agent: 3f"',
    "n: 48   # counted twice",
    "",
    "# a comment",
    "odd: [",
    ": :",
)
HEADER = (
    "Session: S355 | Domain: meta | Sharpe: 9",
    "**Session**: S1 | **Domain**: x",
    "- **Confidence**: Measured (n=48)",
    "Cites: L-590, P-175, B16",
    "Status:",
)
BODY = (
    "# A title",
    "Setext\n======",
    "See [[L-01cq8d]] and `code`.",
    "```\nfenced\n```",
    "",
    "   ",
    "---",
    "...",
    "<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs",
    "<!-- a comment -->",
    "a\tb\x0b\x0cc\u2028d\x85e",
)


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """Files such as people and older boards leave behind, byte order marks and all."""
    lines: list[str] = []
    head = draw(st.sampled_from(["frontmatter", "header", "none", "unclosed"]))
    if head in ("frontmatter", "unclosed"):
        lines += ["---", *draw(st.lists(st.sampled_from(FRONTMATTER), max_size=6))]
        lines += ["---"] if head == "frontmatter" else []
    lines += draw(st.lists(st.sampled_from(BODY), max_size=2))
    if head == "header":
        lines += ["# A title", *draw(st.lists(st.sampled_from(HEADER), max_size=4))]
    lines += draw(st.lists(st.sampled_from(BODY), max_size=5))
    text = "\n".join(lines).split("\n")
    one = draw(st.none() | st.sampled_from(ENDINGS))
    text = [line + (one or draw(st.sampled_from(ENDINGS))) for line in text]
    whole = "".join(text)
    whole = whole if draw(st.booleans()) else whole.rstrip("\r\n")
    bom = document.BOM if draw(st.booleans()) else b""
    junk = draw(st.sampled_from([b"", b"\xff\xfe", b"caf\xe9", b"\xed\xa0\x80"]))
    return bom + whole.encode() + junk


def loses_nothing(raw: bytes) -> None:
    page = document.read(raw)
    bom = document.BOM if raw.startswith(document.BOM) else b""
    assert page.raw == raw
    assert bom + page.text.encode("utf-8", "surrogateescape") == raw
    assert page.text.endswith(page.body)
    before = len(page.text) - len(page.body)
    if page.body:
        assert page.body_line == page.text.count("\n", 0, before) + 1
    ends = [0]
    for field in page.fields:
        assert ends[-1] <= field.start <= field.end
        assert page.text.count("\n", 0, field.start) + 1 >= field.line
        ends.append(field.end)
    assert ends[-1] <= len(page.text)


@given(st.binary())
@example(b"")
@example(document.BOM)
@example(document.BOM * 2 + b"---\na: 1\n---\n")
@example(b"---")
@example(b"---\n---")
@example(b"---\r\n---\r")
@example(b"# \xff | A: b")
def test_any_bytes_are_read_and_kept(raw: bytes) -> None:
    loses_nothing(raw)


@given(files())
def test_any_markdown_file_is_read_and_kept(raw: bytes) -> None:
    loses_nothing(raw)


@given(files(), st.sampled_from(["id", "domain", "cites", "note", "by", "n", "session"]))
def test_an_edit_of_what_is_there_keeps_every_line_that_is_not_its_own(
    raw: bytes, key: str
) -> None:
    page = document.read(raw)
    field = next((each for each in page.fields if each.key == key), None)
    if field is None:
        return
    after = document.edit(page, key, "fresh")
    first = page.text.count("\n", 0, field.start)
    last = page.text.count("\n", 0, field.end)
    lines = raw.split(b"\n")
    assert after.split(b"\n")[:first] == lines[:first]
    assert (
        after.split(b"\n")[len(after.split(b"\n")) - len(lines[last + 1 :]) :] == lines[last + 1 :]
    )
    assert document.read(after).keys()[key] == "fresh"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# One", "One"), ("#\tOne", "One"), ("   # One", "One"), ("###### One", "One"),
        ("One\n===", "One"), ("\n\n# One\n", "One"), ("intro\n\n# One\n", "One"),
        # closing marks stand apart; what does not is part of the title
        ("# One #", "One"), ("# One ##  ", "One"), ("# C#", "C#"), ("# F# and C# #", "F# and C#"),
        ("# One #2", "One #2"), ("# #", ""), ("## ##", ""),
        # no headings
        ("#One", ""), ("    # One", ""), ("####### One", ""), ("```\n# One\n```", ""),
        ("~~~\n# One\n~~~\n# Two", "Two"), ("<!-- # One -->\n# Two", "Two"), ("# \n## Two", "Two"),
        # an id before it is not part of it
        ("# L-7k3qfa: One", "One"), ("# L-7k3qfa — One", "One"), ("# L-7k3qfa - One", "One"),
        ("# Note: One", "Note: One"),
    ],
)  # fmt: skip
def test_the_title_is_the_first_heading(text: str, title: str) -> None:
    record, _ = markdown.parse(f"---\nid: L-7k3qfa\n---\n{text}".encode(), "memory/L-7k3qfa-x.md")
    assert record is not None
    assert record.title == (title or "x")


# --- an edit changes its key's lines, and no other ----------------------------------------------

#: name → the lines before the key's own, the key's own, and those after it.
SPELLINGS: dict[str, tuple[str, str, str]] = {
    "plain": ("a: 1\n", "key: old\n", "z: 2\n"),
    "first": ("", "key: old\n", "z: 2\n"),
    "last": ("a: 1\n", "key: old\n", ""),
    "only": ("", "key: old\n", ""),
    "two words": ("a: 1\n", "key: old words\n", "z: 2\n"),
    "wide": ("a: 1\n", "key:     old\n", "z: 2\n"),
    "commented": ("# one\na: 1\n", "key: old   # why\n", "# two\nz: 2\n"),
    "no value": ("a: 1\n", "key:\n", "z: 2\n"),
    "no value but a space": ("a: 1\n", "key: \n", "z: 2\n"),
    "no value but a comment": ("a: 1\n", "key: # later\n", "z: 2\n"),
    "single quotes": ("a: 1\n", "key: 'it''s: old'\n", "z: 2\n"),
    "double quotes": ("a: 1\n", 'key: "old \\n # old"\n', "z: 2\n"),
    "quotes over lines": ("a: 1\n", 'key: "old\n  # old"\n', "z: 2\n"),
    "quoted key": ("a: 1\n", '"key": old\n', "z: 2\n"),
    "plain over lines": ("a: 1\n", "key: old\n  older\n", "z: 2\n"),
    "inline list": ("a: 1\n", "key: [old, older]\n", "z: 2\n"),
    "inline list over lines": ("a: 1\n", "key: [\n  old,  # one\n  older,\n]\n", "z: 2\n"),
    "inline map": ("a: 1\n", "key: {old: 1, older: 2}\n", "z: 2\n"),
    "block list": ("a: 1\n", "key:\n  - old\n  - older\n", "z: 2\n"),
    "block list at the margin": ("a: 1\n", "key:\n- old\n- older\n", "z: 2\n"),
    "block list at the margin, last": ("a: 1\n", "key:\n- old\n", ""),
    "block list with comments": (
        "a: 1\n", "key:\n  - old # one\n  # two\n  - older\n", "\n# three\n\nz: 2\n",
    ),
    "block map": ("a: 1\n", "key:\n  old: 1\n  older: 2\n", "z: 2\n"),
    "literal": ("a: 1\n", "key: |\n  old\n\n  older\n", "z: 2\n"),
    "literal that keeps its end": ("a: 1\n", "key: |+\n  old\n", "\n\nz: 2\n"),
    "literal with a line like a comment": ("a: 1\n", "key: |\n  old\n  # old\n", "z: 2\n"),
    "folded": ("a: 1\n", "key: >-\n  old\n  older\n", "z: 2\n"),
    "folded, last": ("a: 1\n", "key: >-\n  old\n  older\n", ""),
    "anchored": ("a: 1\n", "key: &here old\n", "z: 2\n"),
    "tagged": ("a: 1\n", "key: !!str 7\n", "z: 2\n"),
    "indented": ("  a: 1\n", "  key: old\n", "  z: 2\n"),
    "after other letters": ("a: 漢字 \U0001f600 é\nb: '\u2028'\n", "key: old\n", "z: 2\n"),
    "beside a list at the margin": ("a:\n- 1\n- 2\n", "key: old\n", "z:\n- 3\n"),
}  # fmt: skip

FRESH: tuple[Any, ...] = (
    "fresh",
    "two words",
    "",
    "with: colon # and hash",
    "'quoted\"",
    "- dash",
    "first\nsecond",
    "48",
    "null",
    "漢字 \U0001f600\u202e\x1b",
    48,
    0.5,
    True,
    None,
    ["L-01cq8d", "P-9xk2mm"],
    [],
    [["nested"], {"a": "b"}],
    {"a": [1, None]},
)


def split(raw: bytes) -> Lines:
    return raw.split(b"\n")


def parted(before: bytes, after: bytes) -> tuple[Lines, Lines]:
    """The lines that an edit took away and those that it brought, where they differ."""
    old, new = split(before), split(after)
    while old and new and old[0] == new[0]:
        del old[0], new[0]
    while old and new and old[-1] == new[-1]:
        del old[-1], new[-1]
    return old, new


@pytest.mark.parametrize("ending", ENDINGS, ids=["LF", "CRLF"])
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_frontmatter_takes_a_new_value_in_the_place_of_the_old(spelling: str, ending: str) -> None:
    above, own, below = (part.replace("\n", ending).encode() for part in SPELLINGS[spelling])
    fence, rest = b"---" + ending.encode(), b"# T" + ending.encode() + b"key: body"
    before = document.BOM + fence + above + own + below + fence + rest
    page = document.read(before)
    for value in FRESH:
        after = document.edit(page, "key", value)
        assert after.startswith(document.BOM + fence + above)
        assert after.endswith(below + fence + rest)
        lost, _ = parted(before, after)
        assert set(lost) <= set(split(own))
        continued = {line for line in split(own)[1:] if b"old" in line}
        assert not continued & set(split(after)), "part of the old value stayed behind"

        again = document.read(after)
        assert same(again.keys(), page.keys() | {"key": value})
        assert [each.what for each in again.problems] == [each.what for each in page.problems]
        assert (again.title, again.body) == (page.title, page.body)


HEADER_SPELLINGS: dict[str, tuple[str, str, str]] = {
    "one field": ("", "Status: old\n", ""),
    "between": ("Session: S1\n", "Status: old\n", "Domain: x\n"),
    "many fields a line": ("", "Session: S1 | Status: old | Domain: x\n", "Level: 2\n"),
    "last of a line": ("", "Session: S1 | Status: old\n", "Domain: x\n"),
    "bold": ("", "**Session**: S1 | **Status**: old | **Domain**: x\n", ""),
    "bold, colon inside": ("", "**Session:** S1 | **Status:** old\n", "**Domain:** x\n"),
    "bold value": ("", "**Status**: **old**\n", "**Domain**: x\n"),
    "value that ends in bold": ("", "Status: old, **old**\n", "Domain: x\n"),
    "all of it bold": ("", "**Status: old**\n", "**Domain: x**\n"),
    "bullets": ("- Session: S1\n", "- Status: old\n", "- Domain: x\n"),
    "bold bullets": ("* **Session**: S1\n", "* **Status**: old\n", "* **Domain**: x\n"),
    "no value": ("Session: S1\n", "Status:\n", "Domain: x\n"),
    "no value but a space": ("Session: S1\n", "Status: \n", "Domain: x\n"),
    "no value, last": ("Session: S1\n", "Status:\n", ""),
    "no value, in a line": ("", "Session: S1 | Status: | Domain: x\n", ""),
}
HEADER_FRESH: tuple[tuple[Any, str], ...] = (
    ("fresh", "fresh"),
    ("two words", "two words"),
    ("with: colon", "with: colon"),
    ("漢字", "漢字"),
    (48, "48"),
    (0.5, "0.5"),
    (["L-01cq8d", "P-9xk2mm"], "L-01cq8d, P-9xk2mm"),
)


@pytest.mark.parametrize("ending", ENDINGS, ids=["LF", "CRLF"])
@pytest.mark.parametrize("spelling", HEADER_SPELLINGS)
def test_a_header_block_takes_a_new_value_in_the_place_of_the_old(
    spelling: str, ending: str
) -> None:
    above, own, below = (part.replace("\n", ending).encode() for part in HEADER_SPELLINGS[spelling])
    title, body = b"# T" + ending.encode(), ending.encode() + b"Status: body" + ending.encode()
    before = document.BOM + title + above + own + below + body
    page = document.read(before)
    assert page.head == "header"
    assert page.keys()["status"] in ("old", "old, **old**", "")
    for value, told in HEADER_FRESH:
        after = document.edit(page, "status", value)
        assert after.startswith(document.BOM + title + above)
        assert after.endswith(below + body)
        lost, brought = parted(before, after)
        assert set(lost) <= set(split(own))
        assert len(brought) == len(lost)
        assert b"old" not in after
        assert after.count(b"**") % 2 == 0
        assert document.read(after).keys() == page.keys() | {"status": told}
        assert document.read(after).body == page.body


# --- a new key goes into the head that is there -------------------------------------------------

HEADS: dict[str, str] = {
    "frontmatter": "---\na: 1\n---\n# T\n\nBody\n",
    "frontmatter, empty": "---\n---\n# T\n",
    "frontmatter, only comments": "---\n# nothing yet\n---\n# T\n",
    "frontmatter, ends with dots": "---\na: 1\n...\n# T\n",
    "frontmatter, ends in a list": "---\na:\n- 1\n- 2\n---\n# T\n",
    "frontmatter, ends in a literal": "---\na: |\n  one\n\n---\n# T\n",
    "frontmatter, ends in nothing": "---\na:\n---\n# T\n",
    "frontmatter, ends in a comment": "---\na: 1\n# end\n---\n# T\n",
    "frontmatter, indented": "---\n  a: 1\n  b: 2\n---\n# T\n",
    "frontmatter, in braces": "---\n{a: 1, b: 2}\n---\n# T\n",
    "frontmatter, no final newline": "---\na: 1\n---",
    "frontmatter, no title": "---\na: 1\n---\nBody",
    "frontmatter, spaces after the dashes": "--- \na: 1\n---  \n# T\n",
    "frontmatter, never closed": "---\na: 1\nid: L-7k3qfa\n\n# T\n\nBody\n",
    "header": "# T\nSession: S1 | Domain: x\n\nBody\n",
    "header, bold": "# T\n**Session**: S1 | **Domain**: x\n\nBody\n",
    "header, bullets": "# T\n- Session: S1\n- Domain: x\n\nBody\n",
    "header, no final newline": "# T\nSession: S1",
    "header, after a blank line": "# T\n\nSession: S1\n\nBody\n",
    "none": "# T\n\nBody\n",
    "none, no title": "Body\n",
    "none, a rule and no head": "---\n\nBody\n",
    "none, empty": "",
    "none, no final newline": "# T",
}


NEW_KEYS = ("status", "last_tested", "falsified_if", "observed", "enforced_by", "debt", "ours")


@pytest.mark.parametrize("bom", [b"", document.BOM], ids=["", "BOM"])
@pytest.mark.parametrize("ending", ENDINGS, ids=["LF", "CRLF"])
@pytest.mark.parametrize("head", HEADS)
def test_a_new_key_reads_back_and_hides_nothing(head: str, ending: str, bom: bytes) -> None:
    before = bom + HEADS[head].replace("\n", ending).encode()
    page = document.read(before)
    for key in NEW_KEYS:
        after = document.edit(page, key, "fresh")
        again = document.read(after)
        assert again.keys() == page.keys() | {key: "fresh"}
        assert (again.title, again.body.strip()) == (page.title, page.body.strip())
        assert after.startswith(bom)

        lost, brought = parted(before.removeprefix(bom), after.removeprefix(bom))
        for line in filter(None, lost):  # a header's last line may be the one that is added to
            assert any(new.startswith(line.rstrip(b"}\r")) for new in brought)
        if b"\n" in before:
            assert all(line.endswith(b"\r") == (ending == "\r\n") for line in brought[:-1])


# --- values, spelled and read back --------------------------------------------------------------


@given(VALUES)
@example(10**18)
@example(-(2**63))
@example(10**40)
@example(-0.0)
@example(1e22)
@example(5e-324)
@example("1_000")
@example("1e5")
@example("0x1F")
@example("---")
@example("...")
@example("a:")
@example("a #b")
@example(" ")
@example("\u2028\x85\ufeff\x7f\x9b")
@example("2026-11-20T06:14:00Z")
@example({"": "", "~": None, "true": True, "1": 1, "a: b": "c"})
@example(["", None, "null", [], {}, [[]], [{}]])
def test_a_value_reads_back_as_it_was_spelled(value: Any) -> None:
    spelled = yamlhead.dump(value)
    assert spelled.isprintable(), "a value must stay on its line"
    (entry,) = yamlhead.read(f"key: {spelled}\n")
    assert entry.key == "key"
    assert same(entry.value, value)


@given(TEXT.filter(lambda key: len(key) < 1000), VALUES)
def test_a_key_reads_back_as_it_was_spelled(key: str, value: Any) -> None:
    (entry,) = yamlhead.read(f"{yamlhead.dump(key)}: {yamlhead.dump(value)}\n")
    assert entry.key == key


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("48", 48), ("-7", -7), ("+7", 7), ("0", 0), ("0.5", 0.5), (".5", 0.5), ("1e3", 1000.0),
        ("true", True), ("False", False), ("null", None), ("~", None), ("", None),
        # what YAML 1.1 would make something else of, and people mean as they typed it
        ("no", "no"), ("on", "on"), ("yes", "yes"), ("010", "010"), ("0x1F", "0x1F"),
        ("1_000", "1_000"), ("12:30:45", "12:30:45"), ("2026-11-20", "2026-11-20"),
        ("1.2.3", "1.2.3"), ("=", "="), ("<<", "<<"), (".inf", ".inf"), ("nan", "nan"),
        # a commit's short name, which is no number beyond all others
        ("1e999", "1e999"), ("12e456", "12e456"),
    ],
)  # fmt: skip
def test_a_plain_word_means_what_people_mean_by_it(text: str, value: Any) -> None:
    (entry,) = yamlhead.read(f"key: {text}\n")
    assert same(entry.value, value)
    assert same(document.plain(text), value)


# --- what a draft says, its file says -----------------------------------------------------------

TITLES = TEXT.filter(lambda title: bool(title.split()))
KEYS = st.dictionaries(
    st.sampled_from(["domain", "level", "cites", "n", "by", "größe", "x_1", "null", "No"]),
    VALUES,
    max_size=5,
)


@given(
    st.sampled_from(KINDS),
    st.binary(min_size=8, max_size=8),
    st.integers(0, 5_000),
    TITLES,
    KEYS,
    TEXT,
)
@example("lesson", b"12345678", 0, "C#", {}, "")
@example("lesson", b"12345678", 0, "Issue #", {}, "")
@example("lesson", b"12345678", 0, "#", {}, "")
@example("lesson", b"12345678", 0, "# Two", {}, "")
@example("lesson", b"12345678", 0, "A backslash \\#", {}, "")
@example("lesson", b"12345678", 0, "L-601: still true", {}, "")
@example("belief", b"12345678", 0, "B16 - still true", {}, "")
@example("lesson", b"12345678", 0, "Note: this", {}, "")
@example("lesson", b"12345678", 0, "---", {}, "---\n\n# Another\n")
@example("lesson", b"12345678", 0, "```", {}, "Session: S1 | Domain: x\n")
@example("lesson", b"12345678", 0, "One\r\ntwo\u2028three", {}, "a\r\nb\rc")
def test_what_a_draft_says_its_file_says(
    kind: str, entropy: bytes, size: int, title: str, keys: dict[str, Any], body: str
) -> None:
    made = draft.Draft(draft.new_id(kind, entropy, size), kind, title, keys, body)
    record, _ = markdown.parse(made.to_bytes(), made.path(size))
    assert record is not None
    assert (record.id, record.kind) == (made.id, kind)
    assert record.title == " ".join(title.split())
    # a title that no heading can hold stands in the head instead, and is compared above
    assert same({**record.keys, "title": title}, {"id": made.id, **keys, "title": title})
    assert record.body.strip("\n") == (body.strip("\n") if body.strip() else "")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("record_id", ["L-601", "F-META1", "B16", "S322"])
def test_a_draft_with_an_older_id_keeps_its_id_and_kind(kind: str, record_id: str) -> None:
    made = draft.Draft(record_id, kind, "Carried over", {"n": 3}, "Text.")
    record, problems = markdown.parse(made.to_bytes(), made.path())
    assert record is not None
    assert (record.id, record.kind, record.title) == (record_id, kind, "Carried over")
    assert record.keys["n"] == 3
    assert problems == ()


@given(st.sampled_from(KINDS), st.binary(min_size=8, max_size=8), st.integers(0, 5_000), TITLES)
def test_a_file_name_says_the_id_and_stays_short(
    kind: str, entropy: bytes, size: int, title: str
) -> None:
    made = draft.Draft(draft.new_id(kind, entropy, size), kind, title, {})
    folder, _, name = made.path().rpartition("/")
    assert folder == kinds.TABLE[kind].folder
    assert markdown.id_in_name(name.removesuffix(".md")) == made.id
    assert len(name.encode()) < 100
    assert name.isprintable()
    assert not set(name) & set(" /\\:*?\"<>|'$`&;()[]{}#%~!")


@given(files())
def test_a_record_says_the_same_however_its_lines_end(raw: bytes) -> None:
    """CRLF is a way to write a file, not another record."""
    unix = b"# T\n\n" + raw if raw[:1] == b"\xff" else raw  # which would be UTF-16
    unix = unix.replace(b"\r\n", b"\n")
    told = []
    for each in (unix, unix.replace(b"\n", b"\r\n")):
        record, _ = markdown.parse(each, "memory/lessons/L-7k3qfa-x.md")
        assert record is not None
        edges = [(edge.type, edge.target, edge.line) for edge in record.edges]
        told.append((record.id, record.title, json.dumps(record.keys), edges))
    assert told[0] == told[1]
