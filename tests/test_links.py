"""What counts as a link: two tables, one of what is left alone and one of what is found."""

from __future__ import annotations

import pytest
from ask import ask
from conftest import Repository

from swarm import markdown
from swarm.records import EDGE_TYPES, Edge

Found = tuple[str, str, str]  # type, target, form

HERE = "memory/lessons/L-9zzzz9-here.md"
ABOVE = "# Title\n\nA first paragraph.\n\n"  # five lines: the sixth is the text's first
FIRST_LINE = 5


def edges(text: str, head: str = "") -> tuple[Edge, ...]:
    record, _ = markdown.parse(f"{head}{ABOVE}{text}".encode(), HERE)
    assert record is not None
    return record.edges


LEFT_ALONE = (
    # code
    "`L-601`",
    "`[[L-601]]`",
    "``a ` b [[L-601]]``",
    "`one\nL-601`",
    "```\nL-601\n[[L-602]]\n```",
    "```md\n[x](L-601-x.md)\n```",
    "~~~\nL-601\n~~~",
    "````\n```\nL-601\n````",
    "   ```\n   L-601\n   ```",
    "```\nL-601, and the fence is never closed",
    "    L-601",
    "\tL-601",
    "- an item\n\n      L-601\n",
    "- ```\n  L-601\n  ```",
    "1. one\n\n   ~~~\n   [[L-601]]\n   ~~~",
    "> ```\n> L-601\n> ```",
    "> - ~~~\n>   L-601\n>   ~~~",
    ">     L-601",
    "Cites: `L-601`",
    # comments and tags
    "<!-- L-601 -->",
    "<!--\n[[L-601]]\n\nL-602\n-->",
    "A line <!-- with L-601 --> inside.",
    "A line <!-- with\nL-601 --> over two.",
    '<a href="L-601">a tag</a>',
    '<img alt="L-601">',
    # addresses
    "https://example.org/L-601",
    "https://example.org/path/L-601.html",
    "https://example.org/#L-601",
    "https://example.org/?id=L-601",
    "https://example.org/?a=1&L-601",
    "https://example.org/?q=a+L-601",
    "https://example.org/a,L-601",
    "https://example.org/(L-601)",
    "https://example.org/~L-601",
    "<https://example.org/L-601>",
    "[a word](https://example.org/L-601)",
    "[a page](https://example.org/L-601-x.md)",
    "[a page](//example.org/L-601-x.md)",
    "[a letter](mailto:a@example.org?subject=L-601.md)",
    "a@L-601.org",
    "L-601@example.org",
    # links out of the repository, and to what is no markdown
    "[out](../../../L-601-x.md)",
    "[out](/../L-601-x.md)",
    "[out](..%2f..%2f..%2fL-601-x.md)",
    "[out](%2e%2e/%2e%2e/%2e%2e/L-601-x.md)",
    "[here](#section)",
    "[data](../data.csv)",
    "![a picture](picture.png)",
    # words that only look like ids
    "A T-shirt, L-shaped by X-ray.",
    "l-601 and l-7k3qfa",
    "L-7k3qf and L-7k3qfaa and L-7k3qfail",
    "L-ABCDEF",
    "XL-601x5",
    "src/L-601/file",
    "some_L-601_name",
    "L-601.txt",
    "v=L-601",
    # brackets that hold no name
    "[[]]",
    "[[ ]]",
    "[[|alias]]",
    "[[#section]]",
    "[not] [a] [link]",
)  # fmt: skip


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_left_alone(text: str) -> None:
    assert [edge for edge in edges(text) if "shaped" not in edge.target] == []


def mentions(*targets: str, form: str = "bare") -> list[Found]:
    return [("mentions", target, form) for target in targets]


FOUND: tuple[tuple[str, list[Found]], ...] = (
    # bare ids, native and foreign
    ("L-7k3qfa", mentions("L-7k3qfa")),
    ("L-7k3qfa9z of eight", mentions("L-7k3qfa9z")),
    ("See P-9xk2mm, B-4tq0aa; T-7k3qfa.", mentions("P-9xk2mm", "B-4tq0aa", "T-7k3qfa")),
    ("L-601 and B16, F-META1", mentions("L-601", "B16", "F-META1")),
    ("a lane, DOMEX-NK-S322", mentions("DOMEX-NK-S322")),
    ("(L-601)", mentions("L-601")),
    ("L-601's", mentions("L-601")),
    ("L-601: and", mentions("L-601")),
    ("“L-601” «L-602» ‘L-603’", mentions("L-601", "L-602", "L-603")),
    ("L-601–L-603", mentions("L-601", "L-603")),
    ("*L-601* **L-602** ~~L-603~~", mentions("L-601", "L-602", "L-603")),
    ("_L-601_ and __L-602__", mentions("L-601", "L-602")),
    ("参见L-601。", mentions("L-601")),
    ("L-601は正しい", mentions("L-601")),
    ("L-601은 맞다", mentions("L-601")),
    ("## About L-601", mentions("L-601")),
    ("About L-601\n---", mentions("L-601")),
    ("- L-601\n- L-602\n  - L-603", mentions("L-601", "L-602", "L-603")),
    ("> L-601", mentions("L-601")),
    ("| a | b |\n|---|---|\n| L-601 | L-602 |", mentions("L-601", "L-602")),
    ("a <b>L-601</b>", mentions("L-601")),
    ("`code` L-601 `code`", mentions("L-601")),
    ("a ` tick that is never closed L-601", mentions("L-601")),
    ("https://example.org/x L-601", mentions("L-601")),
    ("[L-601](https://example.org/)", mentions("L-601")),
    # once is enough
    ("L-601 L-601 l-601 [[L-601]] [[l-601]]", mentions("L-601", form="wiki")),
    # double brackets
    ("[[L-7k3qfa]]", mentions("L-7k3qfa", form="wiki")),
    ("[[ L-7k3qfa ]]", mentions("L-7k3qfa", form="wiki")),
    ("[[L-7k3qfa|what it says]]", mentions("L-7k3qfa", form="wiki")),
    ("[[L-7k3qfa\\|what it says]]", mentions("L-7k3qfa", form="wiki")),
    ("[[L-7k3qfa#section]]", mentions("L-7k3qfa", form="wiki")),
    ("[[L-7k3qfa#section|what it says]]", mentions("L-7k3qfa", form="wiki")),
    ("[[Small batches win|so]]", mentions("Small batches win", form="wiki")),
    ("[[Small *batches* & win_win]]", mentions("Small *batches* & win_win", form="wiki")),
    ("[[小さな一歩]]", mentions("小さな一歩", form="wiki")),
    ("- [[L-601]]: [[L-602]]", mentions("L-601", "L-602", form="wiki")),
    # links to files
    ("[x](../lessons/L-1-x.md#s)", mentions("memory/lessons/L-1-x.md", form="path")),
    ("[x](L-1-x.md)", mentions("memory/lessons/L-1-x.md", form="path")),
    ("[x](./L-1-x.md)", mentions("memory/lessons/L-1-x.md", form="path")),
    ("[x](L-1-x.md?plain=1)", mentions("memory/lessons/L-1-x.md", form="path")),
    ('[x](L-1-x.md "A title")', mentions("memory/lessons/L-1-x.md", form="path")),
    ("[x](../principles/P%201.md)", mentions("memory/principles/P 1.md", form="path")),
    ("[x](<../principles/P 1.md>)", mentions("memory/principles/P 1.md", form="path")),
    ("[x](../%E4%B8%AD.md)", mentions("memory/中.md", form="path")),
    ("[x](../中.md)", mentions("memory/中.md", form="path")),
    ("[x](a%23b.md#c)", mentions("memory/lessons/a#b.md", form="path")),
    ("[x](/tasks/T-1.md)", mentions("tasks/T-1.md", form="path")),
    ("[x](../../docs/adr/1.md)", mentions("docs/adr/1.md", form="path")),
    ("[x](../../README.markdown)", mentions("README.markdown", form="path")),
    ("[x][1]\n\n[1]: ../lessons/L-1-x.md", mentions("memory/lessons/L-1-x.md", form="path")),
    ("[`x`](L-1-x.md)", mentions("memory/lessons/L-1-x.md", form="path")),
    # a line that cites
    ("Cites: L-601, P-7k3qfa", [("cites", "L-601", "bare"), ("cites", "P-7k3qfa", "bare")]),
    ("cites: [[L-601]]", [("cites", "L-601", "wiki")]),
    ("Cites: [x](L-1-x.md)", [("cites", "memory/lessons/L-1-x.md", "path")]),
    ("**Cites**: L-601", [("cites", "L-601", "bare")]),
    ("**Cites:** L-601", [("cites", "L-601", "bare")]),
    ("- Cites: L-601", [("cites", "L-601", "bare")]),
    ("> Cites: L-601", [("cites", "L-601", "bare")]),
    ("Cites: L-601\nand L-602", [("cites", "L-601", "bare"), ("mentions", "L-602", "bare")]),
    ("L-601 first.\nCites: L-601", [("cites", "L-601", "bare")]),
    ("It recites: L-601", mentions("L-601")),
    ("Cites L-601", mentions("L-601")),
)  # fmt: skip


@pytest.mark.parametrize(("text", "links"), FOUND, ids=[text for text, _ in FOUND])
def test_found(text: str, links: list[Found]) -> None:
    assert [(edge.type, edge.target, edge.form) for edge in edges(text)] == links


# --- typed keys, in both spellings --------------------------------------------------------------

TWO = [("L-601", "key"), ("P-7k3qfa", "key")]
LISTS = {
    "inline": " [L-601, P-7k3qfa]",
    "block": "\n  - L-601\n  - P-7k3qfa",
    "block at the margin": "\n- L-601\n- P-7k3qfa",
    "text": " L-601, P-7k3qfa",
    "text with spaces": " L-601 P-7k3qfa",
    "text in quotes": ' "L-601; P-7k3qfa"',
    "links": ' ["[[L-601]]", "[[P-7k3qfa|why]]"]',
    "links without quotes": "\n  - [[L-601]]\n  - [[P-7k3qfa]]",
    "links in text": ' "[[L-601]], [[P-7k3qfa#section]]"',
    "with words": " L-601 (the first), then P-7k3qfa.",
}


@pytest.mark.parametrize("key", EDGE_TYPES)
@pytest.mark.parametrize("spelled", LISTS)
def test_every_typed_key_of_frontmatter_is_an_edge(key: str, spelled: str) -> None:
    found = edges("Text.", f"---\nid: L-9zzzz9\n{key}:{LISTS[spelled]}\n---\n")
    assert [(edge.target, edge.form) for edge in found] == TWO
    assert {edge.type for edge in found} == {key}
    assert {edge.line for edge in found} == {3}


HEADERS = (
    "{}: L-601, P-7k3qfa",
    "**{}**: L-601, P-7k3qfa",
    "**{}:** L-601, P-7k3qfa",
    "- {}: L-601, P-7k3qfa",
    "Session: S1 | {}: L-601, P-7k3qfa | Domain: x",
    "{}: [[L-601]], [[P-7k3qfa|why]]",
    "{}: [L-601, P-7k3qfa]",
    "{}: L-601 (the first), then P-7k3qfa.",
)


@pytest.mark.parametrize("key", EDGE_TYPES)
@pytest.mark.parametrize("header", HEADERS)
def test_every_typed_key_of_a_header_block_is_an_edge(key: str, header: str) -> None:
    spelled = key.replace("_", " ").capitalize()
    for name in (spelled, spelled.title(), spelled.replace(" ", "_"), spelled.replace(" ", "-")):
        raw = f"# Title\nDate: 2026-11-20\n{header.format(name)}\n\nText.\n"
        record, _ = markdown.parse(raw.encode(), HERE)
        assert record is not None
        found = [(edge.type, edge.target, edge.form, edge.line) for edge in record.edges]
        assert found == [(key, target, form, 3) for target, form in TWO]


def test_a_typed_key_may_name_a_file_or_a_title() -> None:
    found = edges("Text.", '---\ncites: [../principles/P-1-x.md, "Small batches win"]\n---\n')
    assert [(edge.target, edge.form) for edge in found] == [
        ("memory/principles/P-1-x.md", "path"),
        ("Small batches win", "key"),
    ]


@pytest.mark.parametrize(
    "value", ["", " null", " true", " {}", " {L-601: x}", " []", " [null]", ' ""', " none"]
)
def test_a_typed_key_that_names_nothing_is_no_edge(value: str) -> None:
    assert edges("Text.", f"---\ncites:{value}\n---\n") == ()


def test_a_key_says_more_than_a_mention_of_the_same() -> None:
    found = edges("As [[L-601]] says, and L-602.", "---\ncites: [L-601]\nsupports: [L-601]\n---\n")
    assert [(edge.type, edge.target) for edge in found] == [
        ("cites", "L-601"),
        ("supports", "L-601"),
        ("mentions", "L-602"),
    ]


# --- lines --------------------------------------------------------------------------------------

LINES = (
    ("L-601", 0),
    ("one\nL-601", 1),
    ("one\n\ntwo\nL-601", 3),
    ("one  \nL-601", 1),
    ("one\\\nL-601", 1),
    ("- one\n- two\n\n  L-601", 3),
    ("- one\n- two\n  three L-601", 2),
    ("> one\n> L-601", 1),
    ("> one\nL-601", 1),
    ("1. one\n   > two\n   > L-601", 2),
    ("```\ncode\n```\nL-601", 3),
    ("<!--\na comment\n-->\nL-601", 3),
    ("| a |\n|---|\n| L-601 |", 2),
    ("one\n===\nL-601", 2),
    ("*one\ntwo* L-601", 1),
    ("[one\ntwo](https://example.org) L-601", 1),
    ("`one\ntwo` L-601", 1),
    ("`one\ntwo` three\nL-601", 2),
    ("<b\nid='x'> L-601", 1),
    ("one <!-- two\nthree --> L-601", 1),
    ('[one](https://example.org\n"two") L-601', 1),
    ("![one\ntwo](three.png) L-601", 1),
    ("[[L-601]]", 0),
    ("one\n[x](L-601-x.md)", 1),
    ("\n\n\n\nL-601", 4),
    ("\tcode\n\nL-601", 2),
)


@pytest.mark.parametrize("ending", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize(("text", "line"), LINES, ids=[text for text, _ in LINES])
def test_a_link_tells_its_line(text: str, line: int, ending: str) -> None:
    raw = f"---\nid: L-9zzzz9\n---\n{ABOVE}{text}\n".replace("\n", ending)
    record, _ = markdown.parse(raw.encode(), HERE)
    assert record is not None
    assert [edge.line for edge in record.edges] == [3 + FIRST_LINE + line]


# --- on a board ---------------------------------------------------------------------------------


def write(repo: Repository, record_id: str, title: str, body: str = "", head: str = "") -> None:
    text = f"---\nid: {record_id}\n{head}---\n# {title}\n\n{body}\n"
    repo.write(f"memory/lessons/{record_id}-x.md", text)


def placeholders(repo: Repository) -> list[tuple[str, int]]:
    """What doctor says is linked to and not here, with the lines where it is."""
    told = ask(repo, "doctor", "--json").data["placeholders"]
    places = [(each["name"], at.split(":")) for each in told for at in each["linked_from"]]
    return sorted(((name, int(at[-1])) for name, at in places), key=lambda pair: pair[1])


PROSE = (
    "A T-shirt, L-shaped, from an F-16 over a B-52 and a T-34; C-4, H-1 and P-51 as well.",
    "UTF-8, UTF-16, GPT-4, SHA-256, ISO-8601, COVID-19, RFC-2119, X-ray, A4, H2O, B2B, C99, F1.",
    "Section 3.1-B, L2 cache, T5 models, P95 latency, B12, E2E, HTTP/2, 4K, I/O.",
)


@pytest.mark.parametrize("text", PROSE)
def test_prose_makes_no_placeholder(repo: Repository, text: str) -> None:
    write(repo, "L-01cq8d", "Prose", text)
    assert placeholders(repo) == []


def test_a_link_to_what_is_not_here_yet_is_a_placeholder_where_it_stands(repo: Repository) -> None:
    body = "One [[L-zzzzz9]].\n\nTwo P-zzzzz9.\n[x](L-zzzzz8-x.md) and [[Not written yet]]."
    write(repo, "L-01cq8d", "Links", body, "cites: [L-zzzzz7]\n")
    assert placeholders(repo) == [
        ("L-zzzzz7", 3),
        ("L-zzzzz9", 7),
        ("P-zzzzz9", 9),
        ("Not written yet", 10),
        ("memory/lessons/L-zzzzz8-x.md", 10),
    ]


def test_an_older_board_misses_the_older_ids_that_it_links_to(repo: Repository) -> None:
    write(repo, "L-600", "Older", "It cites L-601, flies an F-16 and reads UTF-8.")
    assert placeholders(repo) == [("L-601", 6)]


@pytest.mark.parametrize(
    "link",
    [
        "[[L-7k3qfa]]", "[[l-7K3QFA]]", "[[L-7k3qfa#rule]]", "[[L-7k3qfa|there]]", "L-7k3qfa",
        "[[The other]]", "[[the OTHER]]", "[[Its alias]]", "[[The  other|x]]",
        "[x](L-7k3qfa-x.md)", "[x](../lessons/L-7k3qfa-x.md#rule)",
        "[x](/memory/lessons/L-7k3qfa-x.md)",
        "[x](L-7k3qfa-its-former-name.md)", "Cites: L-7k3qfa",
    ],
)  # fmt: skip
def test_a_link_leads_to_its_record_by_any_of_its_names(repo: Repository, link: str) -> None:
    write(repo, "L-01cq8d", "Here", f"A paragraph.\n\n{link}")
    write(repo, "L-7k3qfa", "The other", head="aliases: [Its alias]\n")
    board = repo.board()
    (edge,) = board.get("L-01cq8d").edges
    found = board.view.target(edge)
    assert found is not None
    assert found.id == "L-7k3qfa"
    assert [each.id for _, each in board.view.links_to(found)] == ["L-01cq8d"]
    board.close()
    assert placeholders(repo) == []
