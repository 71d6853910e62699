"""The way around the oracle that leaves a mark: a reason, as a trailer of the commit. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from swarm import saying

VARIABLE = "SWARM_BYPASS"
TRAILER = "Swarm-Bypass"

_LONGEST = 500


def reason(environ: Mapping[str, str]) -> str:
    """Why somebody wants to be let through, in one line; nothing is no reason."""
    stated = environ.get(VARIABLE, "")[: 10 * _LONGEST]
    printable = "".join(each if each.isprintable() else " " for each in stated)
    return " ".join(printable.split())[:_LONGEST].rstrip()


def noted(
    message: bytes, why: str, comment: str, encoding: str = "utf-8", *, strips: bool = True
) -> bytes | None:
    """A commit's message with the trailer; none when it says nothing that one could go with.

    `comment` begins git's own lines, and those that it will take out if it `strips`;
    it is empty when nobody is shown any.
    """
    text = message.decode("utf-8", "surrogateescape")
    above = text[: saying.scissors(text, comment)]
    # Where git does not strip, all of its own stands below its scissors, after a blank line.
    gone = comment if strips and not (above != text and above.endswith("\n\n")) else ""
    body, rest = _parted(text, above, gone)
    if not saying.cleaned(body, comment):
        return None
    said = saying.cleaned(body, gone)
    if (TRAILER.lower(), why) in saying.trailers(said):
        return message
    _, *others = saying.paragraphs(said)
    goes_on = bool(others) and saying.are_trailers(others[-1])
    begun = body + ("\n" if goes_on else "\n\n")
    return _raw(begun) + f"{TRAILER}: {why}\n".encode(encoding, "replace") + _raw(rest)


def is_kept(noted: bytes, comment: str, encoding: str = "utf-8", *, edited: bool) -> bool:
    """Whether git will leave the trailer where it reads them, in whatever way it cleans up."""
    text = noted.decode(encoding, "replace")
    ways = [saying.cleaned(text, comment, edited=edited)] + ([] if edited else [text])
    return all(saying.named(saying.trailers(each), TRAILER) for each in ways)


def _parted(text: str, above: str, comment: str) -> tuple[str, str]:
    """What is said above git's scissors, but for the comments at its end, and what is left."""
    lines = above.split("\n")
    while lines and (not lines[-1].strip() or saying.is_aside(lines[-1], comment)):
        lines.pop()
    body = "\n".join(lines)
    return body.rstrip("\r"), text[len(body) :].removeprefix("\n")


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
