"""How records hang together: in numbers, step by step, and in files that other tools read."""

from __future__ import annotations

import html
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from ask import ask
from boards import run, told
from conftest import Repository, tree_bytes

from swarm import graph, render

FORMATS = ("graphml", "json", "dot")


def task(repo: Repository, record_id: str, *depends_on: str) -> None:
    needs = f"depends_on: [{', '.join(depends_on)}]\n" if depends_on else ""
    repo.write(
        f"tasks/{record_id}.md", f"---\nid: {record_id}\nstatus: open\n{needs}---\n# {record_id}\n"
    )


def tasks(repo: Repository, needs: str) -> None:
    """Tasks as in `1>2 2>3 4`: each with what it depends on."""
    edges: dict[str, list[str]] = {}
    for word in needs.split():
        source, _, target = word.partition(">")
        edges.setdefault(source, []).extend([f"T-{target}"] if target else [])
        edges.setdefault(target or source, [])
    for source, targets in edges.items():
        task(repo, f"T-{source}", *targets)


def titled(repo: Repository, record_id: str, title: str) -> None:
    """A lesson whose title may be anything that YAML can spell."""
    spelled = "".join(f"\\U{ord(sign):08x}" for sign in title)
    head = f'---\nid: {record_id}\ntitle: "{spelled}"\n---\n'
    repo.write(f"memory/lessons/{record_id}.md", head)


@pytest.fixture
def web(repo: Repository) -> Repository:
    """L-3 → L-2 → L-1 ← B-1, L-4 ← T-1, and L-9, which nothing is linked to."""
    repo.lesson("L-1", "Ground", domain="Base", status="open")
    keys = {"supports": "[L-1]", "derived_from": "[L-1]"}
    repo.lesson("L-2", "Middle", "Cites: L-1", **keys)
    repo.lesson("L-3", "Top", extends="[L-2]")
    repo.lesson("L-4", "Elsewhere")
    repo.lesson("L-9", "Alone", "See [[L-nobody]].")
    repo.write("beliefs/B-1-held.md", "---\nid: B-1\ncontradicts: [L-1]\n---\n# Held\n")
    task(repo, "T-1", "L-4")
    return repo


# --- stats ---------------------------------------------------------------------------------------


def test_stats_count_what_is_there(web: Repository) -> None:
    data = told(web, "graph", "stats")["data"]
    assert data["records"] == {"lesson": 5, "belief": 1, "task": 1}
    assert data["links"] == {
        "cites": 1, "contradicts": 1, "depends_on": 1, "derived_from": 1, "extends": 1,
        "supports": 1,
    }  # fmt: skip
    assert data["pairs"] == 4
    assert data["density"] == pytest.approx(4 / (7 * 6))
    assert data["components"] == [["B-1", "L-1", "L-2", "L-3"], ["L-4", "T-1"], ["L-9"]]
    assert data["isolated"] == ["L-9"]
    assert data["longest_chain"] == ["T-1", "L-4"]
    assert data["cycles"] == []


def test_who_says_it_thrice_cites_once(web: Repository) -> None:
    cited = told(web, "graph", "stats")["data"]["most_cited"]
    assert [(each["id"], each["cited_by"]) for each in cited] == [
        ("L-1", 2), ("L-2", 1), ("L-4", 1)
    ]  # fmt: skip
    assert cited[0]["title"] == "Ground"


CYCLES = [
    ("1>2 2>3", [], ["T-1", "T-2", "T-3"]),
    ("1>2 2>1", [["T-1", "T-2"]], None),
    ("3>1 1>2 2>3 4>1", [["T-1", "T-2", "T-3"]], None),
    ("1>2 2>1 2>3 3>2", [["T-1", "T-2"], ["T-2", "T-3"]], None),
    ("1>2 2>1 3>4 4>3", [["T-1", "T-2"], ["T-3", "T-4"]], None),
    ("1>1 1>2", [], ["T-1", "T-2"]),  # a record that names itself links to nothing
    ("1 2", [], []),
]


@pytest.mark.parametrize(("needs", "cycles", "chain"), CYCLES)
def test_what_waits_for_itself_is_named(
    repo: Repository, needs: str, cycles: list[list[str]], chain: list[str] | None
) -> None:
    tasks(repo, needs)
    data = told(repo, "graph", "stats")["data"]
    assert (data["cycles"], data["longest_chain"]) == (cycles, chain)
    assert data["all_cycles"]
    shown = run(repo, "graph", "stats")[1]
    for cycle in cycles:
        assert " → ".join([*cycle, cycle[0]]) in shown


def test_of_more_cycles_than_anyone_reads_there_are_some(repo: Repository) -> None:
    tasks(repo, " ".join(f"{a}>{b}" for a in range(6) for b in range(6) if a != b))
    data = told(repo, "graph", "stats")["data"]  # 409 of them
    assert len(data["cycles"]) == graph.MOST_CYCLES
    assert not data["all_cycles"]
    assert "and at least 97 more such cycles" in run(repo, "graph", "stats")[1]


def test_only_depends_on_can_wait_in_a_circle(repo: Repository) -> None:
    repo.lesson("L-1", "One", cites="[L-2]")
    repo.lesson("L-2", "Two", cites="[L-1]")
    data = told(repo, "graph", "stats")["data"]
    assert data["links"] == {"cites": 2}
    assert data["cycles"] == []


def test_stats_fit_on_a_screen(repo: Repository) -> None:
    tasks(repo, " ".join(f"{a}>{b}" for a in range(6) for b in range(6) if a != b))
    for number in range(100, 160):
        repo.lesson(f"L-{number}", f"Lesson {number}", "" if number > 120 else "See T-1, T-2.")
    lines = run(repo, "graph", "stats")[1].splitlines()
    assert "39 isolated records: L-121, L-122, L-123, L-124, L-125, L-126 … and 33 more" in lines
    assert len(lines) <= 24


# --- path and neighbours -------------------------------------------------------------------------

PATHS = [
    ("L-3", "L-1", ["→ extends L-2", "→ supports → derived_from → cites L-1"]),
    ("L-1", "L-3", ["← supports ← derived_from ← cites L-2", "← extends L-3"]),
    ("B-1", "L-2", ["→ contradicts L-1", "← supports ← derived_from ← cites L-2"]),
    ("L-1", "L-1", []),
]
ARROWS = {"out": "→", "in": "←"}


def links(each: dict[str, Any]) -> list[str]:
    return [f"{ARROWS[link['direction']]} {link['type']}" for link in each["links"]]


@pytest.mark.parametrize(("first", "last", "expected"), PATHS)
def test_a_path_follows_links_either_way(
    web: Repository, first: str, last: str, expected: list[str]
) -> None:
    data = told(web, "graph", "path", first, last)["data"]
    steps = [(sorted(links(each)), each["id"]) for each in data["steps"]]
    wanted = [(re.findall(r"[→←] \w+", step), step.split()[-1]) for step in expected]
    assert steps == [(sorted(kinds), name) for kinds, name in wanted]
    assert (data["from"]["id"], data["to"]["id"]) == (first, last)
    shown = run(web, "graph", "path", first, last)[1].splitlines()
    assert len(shown) == 1 + len(expected)
    assert shown[0].startswith(f"{first}  ")


def test_a_step_says_in_which_line_it_is_written(web: Repository) -> None:
    (step,) = told(web, "graph", "path", "L-2", "L-1")["data"]["steps"]
    lines = (web.root / "memory/lessons/L-2-middle.md").read_text().splitlines()
    assert len(step["links"]) == 3
    assert all("L-1" in lines[link["line"] - 1] for link in step["links"])


def test_the_shortest_of_two_ways_is_taken(repo: Repository) -> None:
    tasks(repo, "1>2 2>3 3>4 4>5 1>6 6>5")
    steps = told(repo, "graph", "path", "T-1", "T-5")["data"]["steps"]
    assert [each["id"] for each in steps] == ["T-6", "T-5"]


def test_no_path_is_an_answer(web: Repository) -> None:
    assert told(web, "graph", "path", "L-1", "L-9")["data"]["steps"] is None
    code, out, _ = run(web, "graph", "path", "L-1", "L-9")
    assert (code, out) == (0, "no path: no links lead from L-1 to L-9, either way\n")


def test_names_are_what_they_are_everywhere_else(repo: Repository) -> None:
    repo.lesson("L-7k3qfa", "Small batches", cites="[L-01cq8d]")
    repo.lesson("L-01cq8d", "Locks")
    data = told(repo, "graph", "path", "L-7k", "locks")["data"]
    assert (data["from"]["id"], data["to"]["id"]) == ("L-7k3qfa", "L-01cq8d")
    told(repo, "graph", "path", "L-7k", "L-zz", code=4)
    told(repo, "graph", "neighbours", "L-", code=4)


def test_neighbours_lie_both_ways(web: Repository) -> None:
    found = told(web, "graph", "neighbours", "L-1")["data"]["neighbours"]
    assert [(each["id"], each["title"], each["depth"], set(links(each))) for each in found] == [
        ("B-1", "Held", 1, {"← contradicts"}),
        ("L-2", "Middle", 1, {"← supports", "← derived_from", "← cites"}),
    ]
    assert run(web, "graph", "neighbours", "L-1")[1].splitlines() == [
        "L-1  Ground", "← contradicts  B-1  Held",
        "← cites, ← derived_from, ← supports  L-2  Middle",
    ]  # fmt: skip
    near = told(web, "graph", "neighbours", "L-2")["data"]["neighbours"]
    assert {each["id"]: links(each)[0][0] for each in near} == {"L-1": "→", "L-3": "←"}


DEPTHS = [(1, {"L-2": 1}), (2, {"L-2": 1, "L-1": 2}), (3, {"L-2": 1, "L-1": 2, "B-1": 3}),
          (50, {"L-2": 1, "L-1": 2, "B-1": 3})]  # fmt: skip


@pytest.mark.parametrize(("depth", "expected"), DEPTHS)
def test_neighbours_go_as_deep_as_asked(
    web: Repository, depth: int, expected: dict[str, int]
) -> None:
    data = told(web, "graph", "neighbours", "L-3", "--depth", str(depth))["data"]
    assert {each["id"]: each["depth"] for each in data["neighbours"]} == expected


def test_a_far_neighbour_names_every_record_it_is_reached_through(repo: Repository) -> None:
    tasks(repo, "1>2 1>3 2>4 3>4 4>5")
    found = told(repo, "graph", "neighbours", "T-1", "--depth", "2")["data"]["neighbours"]
    (far,) = [each for each in found if each["depth"] == 2]
    assert [(link["through"], link["direction"]) for link in far["links"]] == [
        ("T-2", "out"), ("T-3", "out")
    ]  # fmt: skip
    assert run(repo, "graph", "neighbours", "T-1", "--depth", "2")[1].splitlines() == [
        "T-1  T-1", "at 1 step", "→ depends_on  T-2  T-2", "→ depends_on  T-3  T-3",
        "at 2 steps", "→ depends_on  T-4  T-4  through T-2, T-3",
    ]  # fmt: skip


def test_a_record_without_links_has_no_neighbours(web: Repository) -> None:
    assert told(web, "graph", "neighbours", "L-9")["data"]["neighbours"] == []
    assert "nothing is linked to it" in run(web, "graph", "neighbours", "L-9")[1]


# --- exports -------------------------------------------------------------------------------------

Nodes = dict[str, dict[str, str]]
Edges = list[tuple[str, str, str, int]]

_DOT = re.compile(r'\s+|("(?:[^"\\\n]|\\[^\n])*"|->|[\[\]{};,=]|[A-Za-z_]\w*)')


def tokens(text: str) -> list[str]:
    """The words of a DOT file; anything else in it fails the test."""
    found, at = [], 0
    while at < len(text):
        matched = _DOT.match(text, at)
        assert matched, f"no DOT: {text[at : at + 60]!r}"
        found += [matched[1]] if matched[1] else []
        at = matched.end()
    return found


def unquoted(token: str) -> str:
    assert token[0] == token[-1] == '"', f"not quoted: {token}"
    return re.sub(r'\\(["\\])', r"\1", token[1:-1])


def drawn(token: str) -> str:
    """A label as Graphviz draws it."""
    lines = re.sub(
        r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], token[1:-1], flags=re.DOTALL
    )
    return html.unescape(lines)


def read_dot(text: str) -> tuple[Nodes, Edges, dict[str, str]]:
    """Nodes, edges, and the label of each node."""
    words = tokens(text)
    assert (words[:3], words[-1]) == (["digraph", "swarm", "{"], "}")
    nodes: Nodes = {}
    edges: Edges = []
    labels: dict[str, str] = {}
    for ends, facts in statements(words[3:-1]):
        label = drawn(facts.pop("label"))
        said = {key: unquoted(value) for key, value in facts.items()}
        names = [unquoted(each) for each in ends[::2]]
        assert ends[1:2] == ["->"] * (len(names) - 1)
        if len(names) == 1:
            nodes[names[0]], labels[names[0]] = said, label
        else:
            edges.append((names[0], names[1], said["type"], int(said["line"])))
    return nodes, edges, labels


def statements(words: list[str]) -> Iterator[tuple[list[str], dict[str, str]]]:
    """Each `names [key=value, …];` as its names and its facts."""
    while words:
        opened, end = words.index("["), words.index(";")
        inner = words[opened + 1 : end - 1]
        assert words[end - 1] == "]"
        assert (set(inner[1::4]), set(inner[3::4])) == ({"="}, {","})
        yield words[:opened], dict(zip(inner[::4], inner[2::4], strict=True))
        words = words[end + 1 :]


def of_networkx(found: Any) -> tuple[Nodes, Edges]:
    assert found.is_directed()
    nodes = {
        name: {key: facts.get(key) or "" for key in ("kind", "title", "path", "domain", "status")}
        for name, facts in found.nodes(data=True)
    }
    return nodes, [(s, t, facts["type"], facts["line"]) for s, t, facts in found.edges(data=True)]


def read(form: str, raw: bytes) -> tuple[Nodes, Edges]:
    """What a tool that reads this format finds."""
    if form == "dot":
        return read_dot(raw.decode())[:2]
    if form == "json":
        return of_networkx(nx.node_link_graph(json.loads(raw), edges="edges"))
    return of_networkx(nx.read_graphml(io.BytesIO(raw), force_multigraph=True))


def exported(repo: Repository, form: str) -> bytes:
    answer = ask(repo, "graph", "export", "--format", form)
    assert answer.code == 0, answer.err
    return answer.out


WEB_EDGES = [
    ("B-1", "L-1", "contradicts", 3), ("L-2", "L-1", "cites", 8), ("L-2", "L-1", "derived_from", 4),
    ("L-2", "L-1", "supports", 3), ("L-3", "L-2", "extends", 3), ("T-1", "L-4", "depends_on", 4),
]  # fmt: skip


@pytest.mark.parametrize("form", FORMATS)
def test_an_export_holds_every_record_and_every_link(web: Repository, form: str) -> None:
    nodes, edges = read(form, exported(web, form))
    assert set(nodes) == {"L-1", "L-2", "L-3", "L-4", "L-9", "B-1", "T-1"}
    assert nodes["L-1"] == {
        "kind": "lesson", "title": "Ground", "path": "memory/lessons/L-1-ground.md",
        "domain": "base", "status": "open",
    }  # fmt: skip
    assert sorted(edges) == WEB_EDGES


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_holds_what_would_have_been_printed(
    web: Repository, form: str, tmp_path: Path
) -> None:
    file = tmp_path / "out"
    answer = told(web, "graph", "export", "--format", form, "-o", str(file))
    assert answer["data"] == {
        "action": "export", "format": form, "file": str(file), "records": 7, "links": 6
    }  # fmt: skip
    assert file.read_bytes() == exported(web, form)


def test_the_envelope_holds_the_graph_whatever_the_format(web: Repository) -> None:
    plain = json.loads(exported(web, "json"))
    for form in FORMATS:
        data = told(web, "graph", "export", "--format", form)["data"]
        assert data == {"action": "export", "format": form, "graph": plain}


def test_graphml_is_what_comes_unasked(web: Repository) -> None:
    assert ask(web, "graph", "export").out == exported(web, "graphml")


def test_every_edge_of_a_graphml_file_has_an_id_of_its_own(web: Repository) -> None:
    text = exported(web, "graphml").decode()
    found = re.findall(r'<edge .*?id="(.*?)"', text)
    assert len(found) == len(set(found)) == 6
    keys = re.findall(r'<key id="(\w+)" for="(\w+)" attr.name="(\w+)"', text)
    assert all(key == name for key, _, name in keys)  # Gephi takes `d3` for a label of yEd's
    assert sorted(f"{of} {name}" for _, of, name in keys) == [
        "edge line", "edge type",
        "node domain", "node kind", "node path", "node status", "node title",
    ]  # fmt: skip


HOSTILE = [
    'she said "no"', "back\\slash", "ends in \\", 'both \\" of them', '"]; evil [label="x',
    "two\nlines\r\nor three", "bell \x07 null \x00 escape \x1b[31m", "del \x7f next \x85 line",
    "<b>bold</b> & ]]> <!--", "&amp; &lt; &#65; &nosuch; AT&T", "no \ufffe\uffff character",
    "hidden \u200b\u202e and \u2028 lines", "family 👩\u200d👧", "tab\there", "束が勝つ é",
    "\\N \\G \\E \\l", "{a|<b>c}", "<html label>", "// no comment /* at all */", "# 1 graph",
]  # fmt: skip


def in_xml(title: str) -> str:
    """What is left of a title where control characters and non-characters are spelled out."""
    ill = {*range(0x20), *range(0x7F, 0xA0), 0xFFFE, 0xFFFF} - {9}
    return "".join(f"\\u{ord(sign):04x}" if ord(sign) in ill else sign for sign in title)


def test_hostile_titles_are_the_same_record_in_every_format(repo: Repository) -> None:
    for number, title in enumerate(HOSTILE, 10):
        titled(repo, f"L-{number}", title)
    held = {f"L-{number}": title for number, title in enumerate(HOSTILE, 10)}
    spelled = {
        "json": held,
        "graphml": {name: in_xml(title) for name, title in held.items()},
        "dot": {name: render.safe(title) for name, title in held.items()},
    }
    for form in FORMATS:
        raw = exported(repo, form)
        nodes, _ = read(form, raw)
        assert {name: facts["title"] for name, facts in nodes.items()} == spelled[form], form
        assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", raw.replace(b"\t", b"")), form


def test_graphviz_draws_the_id_and_the_title_as_it_is(repo: Repository) -> None:
    for number, title in enumerate(HOSTILE, 10):
        titled(repo, f"L-{number}", title)
    _, _, labels = read_dot(exported(repo, "dot").decode())
    assert labels == {
        f"L-{number}": f"L-{number}\n{render.safe(title)}"
        for number, title in enumerate(HOSTILE, 10)
    }


@pytest.mark.parametrize("form", ["graphml", "json"])
def test_a_terminal_without_unicode_loses_nothing(repo: Repository, form: str) -> None:
    titled(repo, "L-1", "束が勝つ é 👩")
    answer = ask(repo, "graph", "export", "--format", form, encoding="ascii")
    assert read(form, answer.out)[0]["L-1"]["title"] == "束が勝つ é 👩"


def test_a_page_with_a_hostile_name_is_a_node(repo: Repository) -> None:
    repo.write('memory/lessons/odd "\\name\x01.md', "# Odd\n\nSee [[L-1]].\n")
    repo.lesson("L-1", "One")
    names = {form: set(read(form, exported(repo, form))[0]) for form in FORMATS}
    odd = 'memory/lessons/odd "\\name'
    assert names["json"] == {"L-1", f"{odd}\x01.md"}
    assert names["graphml"] == {"L-1", f"{odd}\\u0001.md"}
    assert names["dot"] == {"L-1", f"{odd}\\x01.md"}
    for form in FORMATS:
        assert len(read(form, exported(repo, form))[1]) == 1


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "remedy"),
    [
        ("memory/lessons/L-1-ground.md", "choose another name"),
        ("taken.dot", "choose another name"),
        ("memory", "choose another name"),
        ("dangling", "choose another name"),
        ("", "choose another name"),
        ("memory/lessons/new.md", "memory/lessons/new.graphml"),
        ("NEW.MD", "NEW.graphml"),
        ("nowhere/graph.dot", "mkdir -p nowhere"),
    ],
)
def test_an_export_is_put_in_the_place_of_nothing(web: Repository, file: str, remedy: str) -> None:
    web.write("taken.dot", "mine")
    (web.root / "dangling").symlink_to("nobody")
    before = tree_bytes(web.root)
    code, out, err = run(web, "graph", "export", "--format", "dot", "-o", file)
    assert (code, out) == (2, "")
    assert remedy in err
    assert tree_bytes(web.root) == before
    assert not (web.root / "nobody").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        (), ("colour",), ("stats", "L-1"), ("path", "L-1"), ("path", "L-1", "L-2", "L-3"),
        ("neighbours",), ("neighbours", "L-1", "L-2"), ("neighbours", "L-1", "--depth", "0"),
        ("export", "L-1"), ("export", "--format", "png"), ("stats", "--depth", "1"),
        ("path", "L-1", "L-2", "--depth", "1"), ("neighbours", "L-1", "--format", "dot"),
        ("stats", "-o", "file"),
    ],
)  # fmt: skip
def test_words_that_make_no_sense_are_refused(web: Repository, arguments: tuple[str, ...]) -> None:
    code, out, err = run(web, "graph", *arguments)
    assert (code, out) == (2, "")
    assert "try:" in err
    assert not (web.root / "file").exists()


# --- every kind of board -------------------------------------------------------------------------


def test_an_empty_board_is_an_empty_graph(repo: Repository) -> None:
    data = told(repo, "graph", "stats")["data"]
    assert data == {
        "action": "stats", "records": {}, "links": {}, "pairs": 0, "density": 0.0,
        "components": [], "isolated": [], "most_cited": [], "cycles": [], "all_cycles": True,
        "longest_chain": [],
    }  # fmt: skip
    assert run(repo, "graph", "stats")[1] == "0 records\n0 links\n"
    for form in FORMATS:
        assert read(form, exported(repo, form)) == ({}, [])
    told(repo, "graph", "path", "L-1", "L-2", code=4)
    told(repo, "graph", "neighbours", "L-1", code=4)


def test_a_record_alone_on_its_board(repo: Repository) -> None:
    repo.lesson("L-1", "One", "It is [[L-1]], called [[One]].", cites="[L-1]")
    data = told(repo, "graph", "stats")["data"]
    assert (data["links"], data["density"], data["isolated"]) == ({}, 0.0, ["L-1"])
    assert told(repo, "graph", "neighbours", "L-1")["data"]["neighbours"] == []
    assert told(repo, "graph", "path", "L-1", "L-1")["data"]["steps"] == []


def test_two_records_of_one_id_are_two_nodes(repo: Repository) -> None:
    first, second = "memory/lessons/L-1-one.md", "memory/lessons/l-1-two.md"
    repo.lesson("L-1", "One")
    repo.lesson("l-1", "Two", cites="[L-2]")
    repo.lesson("L-2", "Three", cites="[L-1]")
    for form in FORMATS:
        nodes, edges = read(form, exported(repo, form))
        assert set(nodes) == {first, second, "L-2"}
        assert {edge[:2] for edge in edges} == {("L-2", first), (second, "L-2")}
    assert told(repo, "graph", "stats")["data"]["components"] == [[first, "L-2", second]]
    told(repo, "graph", "path", "L-1", "L-2", code=4)
    steps = told(repo, "graph", "path", first, second)["data"]["steps"]
    assert [each["path"] for each in steps] == ["memory/lessons/L-2-three.md", second]


def test_the_graph_of_a_commit_is_that_of_its_records(repo: Repository) -> None:
    repo.lesson("L-1", "One")
    repo.lesson("L-2", "Two", cites="[L-1]")
    then = repo.commit()
    (repo.root / "memory/lessons/L-2-two.md").unlink()
    repo.lesson("L-3", "Three")
    repo.commit()
    assert told(repo, "graph", "stats")["data"]["isolated"] == ["L-1", "L-3"]
    assert told(repo, "graph", "stats", "--at", then)["data"]["links"] == {"cites": 1}
    steps = told(repo, "graph", "path", "L-1", "L-2", "--at", then)["data"]["steps"]
    assert [each["id"] for each in steps] == ["L-2"]
    told(repo, "graph", "path", "L-1", "L-2", code=4)


def in_a_row(size: int, *more: graph.Link) -> graph.Graph:
    """Tasks each of which depends on the next."""
    nodes = (
        graph.Node(f"T-{at}", f"T-{at}", "task", "Wait", f"tasks/T-{at}.md", "", "open")
        for at in range(size)
    )
    row = (graph.Link(at, at + 1, "depends_on", 4) for at in range(size - 1))
    return graph.Graph(tuple(nodes), (*row, *more))


def test_ten_thousand_records_in_a_row_are_no_deeper_than_python_goes() -> None:
    size = 10_000
    row = in_a_row(size)
    assert graph.stats(row)["longest_chain"] == [node.name for node in row.nodes]
    steps = graph.path(row, 0, size - 1)
    assert steps is not None
    assert len(steps) == size - 1
    assert graph.neighbours(row, 0, size)[-1]["depth"] == size - 1
    ring = in_a_row(size, graph.Link(size - 1, 0, "depends_on", 4))
    (cycle,) = graph.stats(ring)["cycles"]
    assert cycle == [node.name for node in ring.nodes]


def test_networkx_is_imported_by_a_question_and_not_by_the_verb(web: Repository) -> None:
    probe = "import sys, swarm.verbs.graph; print('networkx' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", probe], cwd=web.root, env=web.environ,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "False\n"
