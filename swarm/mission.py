"""The mission manifest: what a board is for, in sections that a machine can find. Pure.

A heading opens a section wherever it holds its name (`## 価値 (value criterion)`), at
any level and in any letter case; what lies below it, deeper headings too, belongs to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple


class Part(NamedTuple):
    """A section that every mission has: its name, what it says, and the labels in it."""

    name: str
    asks: str
    labels: tuple[str, ...] = ()  # what it says of each is said after its name


PARTS: Final = (
    Part("Real artifact", "what is there in the end, that somebody can use"),
    Part("Invariants", "what always holds, each with an id such as I-1 and its verifier"),
    Part("Value criterion", "what makes one outcome better than another", ("penalties",)),
    Part("Realism axes", "in which ways a test may be easier than the world"),
    Part("Feedback channels", "who or what says that it is wrong, and how fast"),
    Part("Forbidden shortcuts", "what would look like success, and is none"),
    Part("Rollback policy", "what is undone, by what, and when"),
    Part("Learning side-channel", "where each class of surprise goes",
         ("tactical", "target", "invariant")),
    Part("Stopping condition", "when it is done, or given up", ("evidence",)),
)  # fmt: skip
VALUE: Final = "Value criterion"
INVARIANTS: Final = "Invariants"
HOLDS: Final = "what always holds"  # asked of each invariant
_ASKS: Final = {part.name: part.asks for part in PARTS}

# Only these lines decide where a section begins: of all others nothing need be known.
_MARKS = re.compile(
    r"^ {0,3}(?:(#{1,6})(?:[ \t]+(.*))?|(`{3,}|~{3,}).*|(=+|-+)[ \t]*)$|<!--|-->", re.MULTILINE
)
# Words that say nothing, however many of them there are.
_EMPTY: Final = frozenset(
    """a an and any are as at be by for from here in is it its later n na no nil none not null of on
    or section that the there these this to will with todo tbd tba tbc fixme xxx wip unknown unclear
    pending placeholder various etc determined decided defined described added written filled fill
    insert soon coming lorem ipsum dolor sit amet applicable see above below ok okay yes we us our i
    do does don t know known yet idea ideas sure say said same""".split()
)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_CODE = re.compile(r"^ {0,3}(`{3,}|~{3,}).*?(?:^ {0,3}\1[`~]*[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_HOLE = re.compile(r"<(?![a-zA-Z][a-zA-Z0-9+.-]*:|[^<>\s]+@)[^<>\n]*>")  # but for an address
_WORD = re.compile(r"[^\W_]+")
_EMPHASIS = re.compile(r"\*\*|__|^\s*(?:[-*+>]|#+)\s")


class Section(NamedTuple):
    """What a manifest says under one heading. Lines count from 1."""

    name: str
    line: int  # of the heading
    first: int  # of the text
    text: str


def sections(text: str) -> Iterator[Section]:
    """Every section of a manifest in its order, those that stand twice as well."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    headings = list(_headings(text))
    line, counted, end = 1, 0, 0
    for at, heading in enumerate(headings):
        if not heading.name or heading.start < end:  # what is deeper may be called the same
            continue
        line, counted = line + text.count("\n", counted, heading.start), heading.start
        later = (headings[other] for other in range(at + 1, len(headings)))
        end = next((each.start for each in later if _ends(each, heading)), len(text))
        first = line + text.count("\n", heading.start, heading.end) + 1
        yield Section(heading.name, line, first, text[heading.end + 1 : end])


def value(text: str) -> str:
    """The value criterion in one line; nothing while nobody has written it."""
    for each in sections(text):
        if each.name == VALUE:
            for paragraph in re.split(r"\n[ \t]*\n", plain(each.text)):
                if says(paragraph, f"{each.name} penalties {_ASKS[VALUE]}"):
                    return " ".join(_EMPHASIS.sub("", paragraph).split())
    return ""


def plain(text: str) -> str:
    """A text without its comments, line for line."""
    return _COMMENT.sub(lambda found: "\n" * found[0].count("\n"), text)


def says(text: str, heading: str = "") -> bool:
    """Whether a text holds a word that is about something, and not only its heading again."""
    empty = _EMPTY.union(_WORD.findall(heading.lower()))
    bare = _HOLE.sub(" ", plain(text)).lower()
    return any(found[0] not in empty for found in _WORD.finditer(bare))


def is_asked(text: str) -> bool:
    """Whether it is what is asked of an invariant, instead of what holds."""
    return _words(plain(text)) == HOLDS


def labelled(text: str, labels: tuple[str, ...]) -> Mapping[str, str]:
    """What stands after each label, up to the next one: `Penalties: …`, `- tactical: …`."""
    forms = "|".join(f"({_form(each)})" for each in labels)
    found = list(re.finditer(rf"\b(?:{forms})\b", text, re.IGNORECASE)) if labels else []
    ends = [*(each.start() for each in found), len(text)][1:]
    told: dict[str, str] = {}
    for each, end in zip(found, ends, strict=False):
        label = labels[(each.lastindex or 1) - 1]
        told[label] = f"{told.get(label, '')} {text[each.end() : end]}"
    return told


def outside_code(text: str) -> str:
    """A text without its blocks of code and its comments, line for line."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CODE.sub(lambda found: "\n" * found[0].count("\n"), plain(text))


def _form(label: str) -> str:
    """A label in one or in many: penalty, penalties; invariant, invariants."""
    return r"penalt(?:y|ies)" if label == "penalties" else f"{label}s?"


class _Heading(NamedTuple):
    level: int
    name: str  # of the section that it opens, if it opens one
    start: int
    end: int


def _ends(later: _Heading, begun: _Heading) -> bool:
    """Whether a heading ends the section that another one began."""
    return later.level <= begun.level or later.name not in ("", begun.name)


def _headings(text: str) -> Iterator[_Heading]:
    """Every heading outside of code and comments."""
    fence, hidden = "", False
    for found in _MARKS.finditer(text):
        marks, title, ticks, underline = found.groups()
        if hidden or found[0] in ("<!--", "-->"):
            hidden = not fence and found[0] != "-->" and (hidden or found[0] == "<!--")
        elif ticks:
            if not fence:
                fence = ticks
            elif ticks.startswith(fence) and not found[0].strip(f"{fence[0]} \t"):
                fence = ""
        elif marks and not fence:
            yield _Heading(len(marks), _named(title or ""), found.start(), found.end())
        elif underline and not fence:
            start = text.rfind("\n", 0, max(found.start() - 1, 0)) + 1
            above = text[start : found.start()].strip()
            if above and not above.startswith(("#", ">", "-", "|")):
                yield _Heading(1 if underline[0] == "=" else 2, _named(above), start, found.end())


def _named(title: str) -> str:
    """The section that a heading opens: the one whose name it holds, or begins with."""
    words = " ".join(_WORD.findall(title.lower()))
    known = [(words.find(_words(each.name)), each.name) for each in PARTS]
    held = [pair for pair in known if pair[0] >= 0]
    if held:
        return min(held)[1]
    bare = re.sub(r"^(?:\d+ )*(?:(?:the|our|a) )?", "", words)
    begun = (each.name for each in PARTS if re.match(_SHORT[each.name], bare))
    return next(begun, "")


def _words(name: str) -> str:
    return " ".join(_WORD.findall(name.lower()))


# What people call them for short.
_SHORT: Final = {
    "Real artifact": r"(?:real )?art[ie]facts?$",
    "Invariants": r"invariants?$",
    "Value criterion": r"value(?: criteria)?$",
    "Realism axes": r"realism$",
    "Feedback channels": r"feedback(?: channel)?$",
    "Forbidden shortcuts": r"(?:forbidden )?shortcuts?$",
    "Rollback policy": r"roll ?back$",
    "Learning side-channel": r"learning(?: (?:side )?channels?)?$",
    "Stopping condition": r"stop(?:ping)?(?: conditions?)?$",
}
