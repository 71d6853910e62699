"""Two edits of one record → one record, or the places that only a person can settle. Pure.

The head is merged key by key, lists item by item, the text by paragraphs. Swapping
the sides swaps what stands inside conflict markers, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, cast

from swarm import pieces, threeway
from swarm.pieces import Listing, Parts, Unit
from swarm.records import first_word
from swarm.threeway import Clash, Piece, pick

BOM = "\ufeff"
MARKER = 7  # how long git's conflict markers are
_PREDICTION = ("expect", "p", "verify")
MOST = 3_000  # lines; of more, when many are the same, comparing could take minutes


class Merged(NamedTuple):
    """A file after a merge, and how many conflicts it holds."""

    raw: bytes
    conflicts: int = 0


class Form(NamedTuple):
    """How a file is written, apart from what it says."""

    bom: str
    newline: str  # "" when it is mixed, or there is none


Three = tuple[str, str, str]


def merge(base: bytes, ours: bytes, theirs: bytes, marker: int = MARKER) -> Merged | None:
    """Three files as one; none when they are no records, and git should merge their lines."""
    if theirs in (ours, base):
        return Merged(ours)
    if ours == base:
        return Merged(theirs)
    if max(each.count(b"\n") for each in (base, ours, theirs)) > MOST:
        return None
    try:
        texts = [each.decode("utf-8") for each in (base, ours, theirs)]
    except UnicodeDecodeError:
        return None
    forms = [_form(text) for text in texts]
    mixed = any("\r" in text and not form.newline for text, form in zip(texts, forms, strict=True))
    parts = [pieces.read(_plain(text, mixed)) for text in texts]
    if None in parts:
        return None
    merged = _merged(*cast(tuple[Parts, Parts, Parts], tuple(parts)))
    if merged is None:
        return None
    text = "".join(_marked(merged, marker))
    bom, newline = _form_of_all(forms)
    text = bom + (text.replace("\n", newline) if newline and not mixed else text)
    return Merged(text.encode(), sum(isinstance(each, Clash) for each in merged))


def _form(text: str) -> Form:
    ends, crlf = text.count("\n"), text.count("\r\n")
    newline = (
        "\n" if ends and "\r" not in text else "\r\n" if ends == crlf == text.count("\r") else ""
    )
    return Form(BOM if text.startswith(BOM) else "", newline if ends else "")


def _form_of_all(forms: list[Form]) -> Form:
    """As the side that changed it has it. An empty file has none: whoever has one decides."""
    boms = pick([each.bom for each in forms], "")
    known = [each.newline for each in forms[1:] if each.newline]
    base = forms[0].newline or (known or [""])[0]
    sides = [each.newline or base for each in forms[1:]]
    return Form(boms, pick([base, *sides], "\n"))


def _plain(text: str, mixed: bool) -> str:
    text = text.removeprefix(BOM)
    return text if mixed else text.replace("\r\n", "\n")


def _merged(base: Parts, ours: Parts, theirs: Parts) -> list[Piece] | None:
    """All pieces in order; none when the heads cannot be compared, or do not fit together."""
    styles = {each.style for each in (base, ours, theirs) if each.body or each.units}
    if "header" in styles and len(styles) > 1:
        return None
    style = (styles - {"none"} or {"none"}).pop()
    head = list(_head(style, base, ours, theirs))
    frame = [(each.before, each.after) for each in (base, ours, theirs)]
    before, after = (_clashing(*(each[side] for each in frame)) for side in (0, 1))
    found = [before, *head, after, *threeway.bodies(base.body, ours.body, theirs.body)]
    found = [each for each in found if each]
    if any(isinstance(each, Clash) for each in found):
        return found
    return found if _reads_back(base, ours, theirs, cast(list[str], found)) else None


def _clashing(base: str, ours: str, theirs: str) -> Piece:
    sides: list[Piece] = [base, ours, theirs]
    return pick(sides, Clash(ours, theirs))


def _reads_back(base: Parts, ours: Parts, theirs: Parts, found: list[str]) -> bool:
    """Whether each key of a clean merge says what one side or a union of both says."""
    told = pieces.values("".join(found))
    if told is None:
        return False
    for key in {**base.units, **ours.units, **theirs.units}:
        sides = [each.units.get(key) for each in (base, ours, theirs)]
        known = [unit.value for unit in sides if unit]
        if key in pieces.LISTS:
            continue
        if told[key] not in known if key in told else None not in sides[1:]:
            return False
    return set(told) <= {**ours.units, **theirs.units}.keys()


# --- the head -------------------------------------------------------------------------------------


def _head(style: str, base: Parts, ours: Parts, theirs: Parts) -> Iterator[Piece]:
    first = True
    torn = _torn(base, ours, theirs)
    for key in _order(*(list(each.units) for each in (base, ours, theirs))):
        sides = [each.units.get(key) for each in (base, ours, theirs)]
        unit = _clash(style, *sides[1:]) if key in torn else _unit(style, *sides)
        if unit is None:
            continue
        if isinstance(unit, Clash):
            yield unit
            first = True  # its marks end a line
            continue
        lead = unit.lead
        if style == "header":  # what parts two fields; the first has none before it
            lead = "" if first else lead or " | "
        yield lead + unit.own
        first = False


def _torn(base: Parts, ours: Parts, theirs: Parts) -> set[str]:
    """What one side changed of a prediction that the other has closed: nothing showed that."""
    told = [{key: unit.value for key, unit in each.units.items()} for each in (base, ours, theirs)]
    before, mine, yours = (first_word(each.get("status")) == "closed" for each in told)
    if before or mine == yours:
        return set()
    other = told[2] if mine else told[1]
    return {key for key in _PREDICTION if repr(other.get(key)) != repr(told[0].get(key))}


def _order(base: list[str], ours: list[str], theirs: list[str]) -> list[str]:
    """All keys: those of the base as a side has put them, new ones behind those they follow."""
    kept = [[key for key in side if key in base] for side in (ours, theirs)]
    both = [key for key in base if key in kept[0] and key in kept[1]]
    mine, yours = ([key for key in side if key in both] for side in kept)
    ranks = {key: at for at, key in enumerate(pick([both, mine, yours], min(mine, yours)))}
    places: dict[str, list[tuple[int, int, str]]] = {}
    for side in (base, ours, theirs):
        anchor, after = -1, 0
        for key in side:
            anchor, after = (ranks[key], 0) if key in ranks else (anchor, after + 1)
            places.setdefault(key, []).append((anchor, after, key))
    return sorted(places, key=lambda key: min(places[key]))


def _unit(
    style: str, base: Unit | None, ours: Unit | None, theirs: Unit | None
) -> Unit | Clash | None:
    """One key: what a side has changed, else what both can be joined to."""
    sides = (base, ours, theirs)
    texts = [unit.lead + unit.own if unit else "" for unit in sides]
    if texts[1] == texts[2] or texts[2] == texts[0]:
        return ours
    if texts[1] == texts[0]:
        return theirs
    named = next(unit for unit in (ours, theirs, base) if unit)
    own = _own(style, named.key, sides)
    leads = cast(Three, tuple(unit.lead if unit else "" for unit in sides))
    told = _lead(style, leads, sides)
    if own is None or told is None:
        return _clash(style, ours, theirs)
    return named._replace(lead=told, own=own) if own else None


def _clash(style: str, ours: Unit | None, theirs: Unit | None) -> Clash:
    """A key that both sides are asked about, each in its own words."""
    sides = (ours, theirs)
    if style == "header":
        return Clash(*(unit.own if unit else "" for unit in sides))
    return Clash(*(unit.lead + unit.own if unit else "" for unit in sides))


def _lead(style: str, leads: Three, sides: Iterable[Unit | None]) -> str | None:
    """What stands before a key that both have touched."""
    if None in (present := list(sides)):  # it came, or goes, on one side: there it says all
        known = {unit.lead for unit in present[1:] if unit}
        return known.pop() if len(known) == 1 else min(known) if style == "header" else None
    settled = pick(leads, "\0")
    return settled if settled != "\0" else min(leads[1:]) if style == "header" else None


def _own(style: str, key: str, sides: tuple[Unit | None, Unit | None, Unit | None]) -> str | None:
    """A key's own lines; empty when they are to go, none when the sides clash."""
    base, ours, theirs = sides
    owns = [unit.own if unit else "" for unit in sides]
    settled = pick(owns, "\0")
    if settled != "\0":
        return settled
    if key in pieces.LISTS:
        return _union(style, key, owns)
    if not ours or not theirs:
        return None
    for base_value, one, other in ((base, ours, theirs), (base, theirs, ours)):
        if base_value and repr(one.value) == repr(base_value.value) and "#" not in one.own:
            return other.own  # the other side respelled it, and this one changed what it says
    if repr(ours.value) != repr(theirs.value) or ("#" in ours.own and "#" in theirs.own):
        return None
    return max((ours.own, theirs.own), key=lambda own: ("#" in own, own))


# --- lists ----------------------------------------------------------------------------------------


def _union(style: str, key: str, owns: list[str]) -> str | None:
    """What was there and was not removed, then what either side added."""
    read = [pieces.listing(own) if own else Listing("", "", "", "", {}) for own in owns]
    if None in read:
        return None
    base, ours, theirs = cast(list[Listing], read)
    items = _items(base.items, ours.items, theirs.items)
    frame = _frame(style, key, (base, ours, theirs), len(items or ()))
    if items is None or frame is None:
        return None
    noted = any("#" in spelling for spelling in items.values())
    if noted and frame.style != "block":
        return None
    if not items and not (ours.style and theirs.style):
        return ""  # one side removed the key, the other its last items
    return pieces.spelled(frame._replace(items=items), key)


def _items(
    base: Mapping[str, str], ours: Mapping[str, str], theirs: Mapping[str, str]
) -> dict[str, str] | None:
    """Items of both sides in an order that does not depend on who merges."""
    kept = [name for name in base if name in ours and name in theirs]
    mine, yours = ([name for name in side if name in kept] for side in (ours, theirs))
    order = pick([kept, mine, yours], min(mine, yours))
    order = [*order, *sorted({*ours, *theirs} - set(base))]
    items: dict[str, str] = {}
    for name in order:
        sides = [each[name] for each in (ours, theirs) if name in each]
        spelling = pick([base.get(name), sides[0], sides[-1]], None)
        if spelling is None and all("#" in each for each in sides):
            return None
        items[name] = spelling or max(sides, key=lambda each: ("#" in each, each))
    return items


def _frame(
    style: str, key: str, sides: tuple[Listing, Listing, Listing], count: int
) -> Listing | None:
    """The frame that a side has chosen; a list in brackets when there is no saying."""
    frames = [each._replace(items={}) for each in sides]
    present = [each for each in frames[1:] if each.style]
    if len(present) < 2:
        chosen = present[0]
    else:
        settled = pick([frames[0] if frames[0].style else None, *present], None)
        if settled is None and any("#" in each.before + each.after for each in present):
            return None
        chosen = settled or min(present, key=lambda each: (each.style != "flow", each))
    if style == "header" or chosen.style != "bare":
        return chosen
    commas = any(len(each.items) > 1 for each in sides)
    if {each.style for each in sides if each.style} == {"bare"} and count and (commas or count < 2):
        return chosen
    before = chosen.before if chosen.before.endswith((" ", "\t")) else chosen.before + " "
    return chosen._replace(style="flow", before=before + "[", after="]" + chosen.after)


# --- conflicts ------------------------------------------------------------------------------------


def _marked(found: list[Piece], marker: int) -> Iterator[str]:
    """The pieces as text, with the marks that git's users know around what clashes."""
    ended = True
    for piece in found:
        if isinstance(piece, str):
            yield piece
            ended = piece.endswith("\n")
            continue
        yield "" if ended else "\n"
        yield f"{'<' * marker} ours\n{_line(piece.ours)}"
        yield f"{'=' * marker}\n{_line(piece.theirs)}{'>' * marker} theirs\n"
        ended = True


def _line(text: str) -> str:
    return text if not text or text.endswith("\n") else text + "\n"
