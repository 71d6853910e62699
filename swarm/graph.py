"""A board as a graph: its records, and the links between them as they are written.

What is asked of it is answered by networkx, which takes longer to import than most
commands take to run: only a question pays for it. An export is text that any tool
can hold, however hostile a title is.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from swarm import render
from swarm.records import fold

if TYPE_CHECKING:
    from swarm.view import View

MOST_CYCLES = 100  # there may be more of them than atoms; the first hundred are work enough

_NODES = (
    "SELECT n.doc, d.id, d.kind, d.title, d.path, n.domain, n.status "
    "FROM node n JOIN doc d ON d.doc = n.doc WHERE n.view = ? ORDER BY d.id, d.path"
)
_LINKS = (
    "SELECT l.source, l.target, l.type, e.line FROM link l JOIN edge e ON e.rowid = l.edge "
    "JOIN node s ON s.view = l.view AND s.doc = l.source "
    "JOIN node t ON t.view = l.view AND t.doc = l.target WHERE l.view = ?"
)


@dataclass(frozen=True, slots=True)
class Node:
    """A record. `name` is its own alone: its id, or its path where others bear the id."""

    name: str
    id: str
    kind: str
    title: str
    path: str
    domain: str
    status: str

    def brief(self) -> dict[str, str]:
        return {"id": self.id, "kind": self.kind, "title": self.title, "path": self.path}


class Link(NamedTuple):
    """One place in a record that leads to another; both by their numbers."""

    source: int
    target: int
    type: str
    line: int


@dataclass(frozen=True)
class Graph:
    """Nodes in the order of their ids, and links in the order of their nodes."""

    nodes: tuple[Node, ...]
    links: tuple[Link, ...]

    @cached_property
    def pairs(self) -> Mapping[tuple[int, int], list[Link]]:
        """The links by their ends, in the direction they have."""
        found = defaultdict(list)
        for link in self.links:
            found[link.source, link.target].append(link)
        return dict(found)

    def at(self, path: str) -> int:
        """The number of the record that lies there."""
        return next(number for number, node in enumerate(self.nodes) if node.path == path)

    def names(self, numbers: Iterable[int]) -> list[str]:
        return [self.nodes[number].name for number in numbers]


def load(view: View) -> Graph:
    """All that a view shows. A link to what is not here yet is none."""
    rows = view.rows(_NODES, view.number)
    shared = Counter(fold(row[1]) for row in rows)
    number = {row[0]: at for at, row in enumerate(rows)}
    nodes = (Node(_name(shared, row[1], row[4]), *row[1:]) for row in rows)
    links = (
        Link(number[source], number[target], kind, line)
        for source, target, kind, line in view.rows(_LINKS, view.number)
    )
    return Graph(tuple(nodes), tuple(sorted(links)))


def _name(shared: Mapping[str, int], record_id: str, path: str) -> str:
    """What `swarm show` knows this record by, and no other."""
    if shared[fold(record_id)] == 1:
        return record_id
    return path if fold(path) not in shared else f"./{path}"


def _networkx() -> Any:
    import networkx  # type: ignore[import-untyped]  # and slow: 0.1 s that others need not wait

    return networkx


def _near(graph: Graph) -> Any:
    """Which records are linked, whichever way."""
    near = _networkx().Graph()
    near.add_nodes_from(range(len(graph.nodes)))
    near.add_edges_from(graph.pairs)
    return near


def stats(graph: Graph) -> dict[str, Any]:
    """How large it is, how well it hangs together, and what it leans on."""
    size, pairs = len(graph.nodes), len(graph.pairs)
    parts = [sorted(part) for part in _networkx().connected_components(_near(graph))]
    parts.sort(key=lambda part: (-len(part), part))
    return {
        "records": _counts(node.kind for node in graph.nodes),
        "links": _counts(link.type for link in graph.links),
        "pairs": pairs,
        "density": pairs / (size * (size - 1)) if size > 1 else 0.0,
        "components": [graph.names(part) for part in parts],
        "isolated": graph.names(part[0] for part in parts if len(part) == 1),
        "most_cited": _most_cited(graph),
        **_dependencies(graph),
    }


def _counts(words: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(words).items(), key=lambda pair: (-pair[1], pair[0])))


def _most_cited(graph: Graph) -> list[dict[str, Any]]:
    """Every record that others link to, by how many: one that says it thrice counts once."""
    by = Counter(target for _, target in graph.pairs)
    ordered = sorted(by.items(), key=lambda pair: (-pair[1], pair[0]))
    return [{**graph.nodes[number].brief(), "cited_by": count} for number, count in ordered]


def _dependencies(graph: Graph) -> dict[str, Any]:
    """What waits for itself; and, when nothing does, the longest row of what waits for another."""
    nx = _networkx()
    waits = nx.DiGraph(
        (link.source, link.target) for link in graph.links if link.type == "depends_on"
    )
    found = list(islice(nx.simple_cycles(waits), MOST_CYCLES + 1))
    cycles = [_from_its_least(cycle) for cycle in found[:MOST_CYCLES]]
    cycles.sort(key=lambda cycle: (len(cycle), cycle))
    return {
        "cycles": [graph.names(cycle) for cycle in cycles],
        "all_cycles": len(found) <= MOST_CYCLES,
        "longest_chain": None if found else graph.names(nx.dag_longest_path(waits)),
    }


def _from_its_least(cycle: Sequence[int]) -> list[int]:
    start = cycle.index(min(cycle))
    return [*cycle[start:], *cycle[:start]]


def path(graph: Graph, start: int, end: int) -> list[dict[str, Any]] | None:
    """The steps of a shortest way from one record to another, along links or against them."""
    nx = _networkx()
    try:
        way = nx.bidirectional_shortest_path(_near(graph), start, end)
    except nx.NetworkXNoPath:
        return None
    return [
        {**graph.nodes[there].brief(), "links": _between(graph, here, there)}
        for here, there in pairwise(way)
    ]


def neighbours(graph: Graph, start: int, depth: int) -> list[dict[str, Any]]:
    """Every record within so many steps of one, the nearest first, and how it is linked.

    `through` names the record a step nearer that a link is shared with.
    """
    near = _near(graph)
    steps = _networkx().single_source_shortest_path_length(near, start, cutoff=depth)
    return [
        {
            **graph.nodes[there].brief(),
            "depth": steps[there],
            "links": [
                {**link, "through": graph.nodes[here].name}
                for here in sorted(near[there])
                if steps.get(here) == steps[there] - 1
                for link in _between(graph, here, there)
            ],
        }
        for there in sorted(steps, key=lambda number: (steps[number], number))
        if there != start
    ]


def _between(graph: Graph, here: int, there: int) -> list[dict[str, Any]]:
    """The links of two records as seen from the first: those that lead out, then those in."""
    both = (("out", graph.pairs.get((here, there), [])), ("in", graph.pairs.get((there, here), [])))
    return [
        {"type": link.type, "direction": direction, "line": link.line}
        for direction, links in both
        for link in links
    ]


def node_link(graph: Graph) -> dict[str, Any]:
    """The graph as networkx reads it from JSON: `networkx.node_link_graph(…, edges="edges")`."""
    names = graph.names(range(len(graph.nodes)))
    return {
        "directed": True,
        "multigraph": True,
        "graph": {},
        "nodes": [
            {
                "id": node.name, "kind": node.kind, "title": node.title, "path": node.path,
                "domain": node.domain, "status": node.status,
            }
            for node in graph.nodes
        ],
        "edges": [
            {
                "source": names[link.source], "target": names[link.target], "key": f"e{at}",
                "type": link.type, "line": link.line,
            }
            for at, link in enumerate(graph.links)
        ],
    }  # fmt: skip


def to_json(told: Mapping[str, Any]) -> Iterator[str]:
    """A node-link graph as JSON in ASCII, which every terminal can hold."""
    yield from json.dumps(told, indent=1).split("\n")


def to_graphml(told: Mapping[str, Any]) -> Iterator[str]:
    """A node-link graph as GraphML in ASCII: all other signs are references."""
    graph = _networkx().MultiDiGraph()
    for node in told["nodes"]:
        facts = {key: _in_xml(value) for key, value in node.items() if key != "id"}
        graph.add_node(_in_xml(node["id"]), **facts)
    for edge in told["edges"]:
        ends = (_in_xml(edge["source"]), _in_xml(edge["target"]))
        graph.add_edge(*ends, edge["key"], type=edge["type"], line=edge["line"])
    yield '<?xml version="1.0" encoding="utf-8"?>'
    # keys by their names: Gephi takes one that is called d3 for yEd's label
    yield from _networkx().generate_graphml(graph, named_key_ids=True)


# Control characters but tab, and what no XML file may hold in any spelling.
_NOT_XML = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def _in_xml(text: str) -> str:
    return _NOT_XML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def to_dot(told: Mapping[str, Any]) -> Iterator[str]:
    """A node-link graph for Graphviz, each record labelled with its id and its title."""
    yield "digraph swarm {"
    for node in told["nodes"]:
        label = f'"{_in_label(node["id"])}\\n{_in_label(node["title"])}"'
        facts = [f"{key}={_quoted(value)}" for key, value in node.items() if key != "id"]
        yield f"  {_quoted(node['id'])} [label={label}, {', '.join(facts)}];"
    for edge in told["edges"]:
        ends = f"{_quoted(edge['source'])} -> {_quoted(edge['target'])}"
        kind, line = _quoted(edge["type"]), _quoted(str(edge["line"]))
        yield f"  {ends} [label={kind}, type={kind}, line={line}];"
    yield "}"


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    return render.safe(text).replace("\\", "\\\\").replace('"', '\\"')


def _in_label(text: str) -> str:
    """Graphviz reads `&lt;` in a label as a sign: one that a title spells out stays spelled."""
    return re.sub(r"&(?=#?\w+;)", "&amp;", _escaped(text))


FORMATS = {"graphml": to_graphml, "json": to_json, "dot": to_dot}
