"""A reliability diagram as SVG: what was said against what came true. Pure text, no library.

The colours follow the reader's: light, or dark where the reader's screen is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from swarm.figures import Bin

_SIDE: Final = 400.0  # of the square, in which a bin is 40 wide
_LEFT, _TOP, _BELOW, _BARS = 68.0, 76.0, 70.0, 84.0
_WIDTH, _HEIGHT = _LEFT + _SIDE + 32, _TOP + _SIDE + _BELOW + _BARS + 44
_FLOOR = _TOP + _SIDE + _BELOW + _BARS  # on which the bars below stand

_STYLE = """
text { font: 12px system-ui, sans-serif; fill: #24292f }
.title { font-size: 15px; font-weight: 600 }
.quiet { fill: #57606a }
.page { fill: #ffffff }
.frame { fill: none; stroke: #8c959f }
.grid { stroke: #d8dee4 }
.ideal { stroke: #57606a; stroke-dasharray: 5 4 }
.span { stroke: #0969da; stroke-width: 1.6 }
.point { fill: #0969da; stroke: #ffffff; stroke-width: 1.2 }
.bar { fill: #0969da; fill-opacity: .45 }
.n { font-size: 11px }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.quiet { fill: #9198a1 }
.page { fill: #0d1117 }
.frame { stroke: #6e7681 }
.grid { stroke: #262c36 }
.ideal { stroke: #9198a1 }
.span { stroke: #58a6ff }
.point { fill: #58a6ff; stroke: #0d1117 }
.bar { fill: #58a6ff }
}
"""

# What XML cannot hold, however it is spelled.
_FORBIDDEN = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


def diagram(table: Sequence[Bin], title: str, note: str = "") -> str:
    """The whole file: a square of p against hit rate, and below it how often each p was said."""
    size = f'width="{_WIDTH:g}" height="{_HEIGHT:g}" viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
        f"<title>{_safe(title)}</title>",
        f"<style>{_STYLE}</style>",
        f'<rect class="page" width="{_WIDTH:g}" height="{_HEIGHT:g}"/>',
        _text(18, 28, title, "title"),
        _text(18, 50, note, "quiet"),
        *_axes(),
        *(line for each in table for line in _point(each)),
        *_histogram(table),
        "</svg>",
    ]
    return "".join(f"{line}\n" for line in lines)


def _x(p: float) -> float:
    return _LEFT + p * _SIDE


def _y(rate: float) -> float:
    return _TOP + (1 - rate) * _SIDE


def _axes() -> Iterator[str]:
    for tenth in range(0, 11, 2):
        at = tenth / 10
        if 0 < tenth < 10:
            yield _line(_x(at), _y(0), _x(at), _y(1), "grid")
            yield _line(_x(0), _y(at), _x(1), _y(at), "grid")
        yield _text(_x(at), _y(0) + 17, f"{at:g}", "quiet", "middle")
        yield _text(_x(0) - 8, _y(at) + 4, f"{10 * tenth} %", "quiet", "end")
    yield f'<rect class="frame" x="{_LEFT:g}" y="{_TOP:g}" width="{_SIDE:g}" height="{_SIDE:g}"/>'
    yield _line(_x(0), _y(0), _x(1), _y(1), "ideal")
    yield _text(_x(0.5), _y(0) + 36, "p, as it was stated", anchor="middle")
    turned = f"rotate(-90 18 {_y(0.5):g})"
    yield f'<text x="18" y="{_y(0.5):g}" text-anchor="middle" transform="{turned}">came true</text>'


def _point(each: Bin) -> Iterator[str]:
    """A bin: its mean p, its hit rate, Wilson's interval, and of how many."""
    x, y = _x(each.p), _y(each.rate)
    low, high = _y(each.rate_low), _y(each.rate_high)
    yield _line(x, low, x, high, "span")
    for end in (low, high):
        yield _line(x - 4, end, x + 4, end, "span")
    yield f'<circle class="point" cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>'
    yield _text(x, high - 5, f"n={each.n}", "n", "middle")


def _histogram(table: Sequence[Bin]) -> Iterator[str]:
    most = max((each.n for each in table), default=1)
    yield _line(_x(0), _FLOOR, _x(1), _FLOOR, "frame")
    for each in table:
        x, width = _x(each.low) + 3, (each.high - each.low) * _SIDE - 6
        height = each.n / most * (_BARS - 16)
        top = _FLOOR - height
        yield (
            f'<rect class="bar" x="{x:.1f}" y="{top:.1f}" width="{width:.1f}" '
            f'height="{height:.1f}"/>'
        )
        yield _text(x + width / 2, top - 4, str(each.n), "n", "middle")
    yield _text(_x(0.5), _FLOOR + 22, "how often it was stated", anchor="middle")


def _line(x1: float, y1: float, x2: float, y2: float, style: str) -> str:
    return f'<line class="{style}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(x: float, y: float, text: str, style: str = "", anchor: str = "start") -> str:
    kind = f' class="{style}"' if style else ""
    return f'<text{kind} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{_safe(text)}</text>'


def _safe(text: str) -> str:
    for char, spelled in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(char, spelled)
    return _FORBIDDEN.sub("\ufffd", text)
