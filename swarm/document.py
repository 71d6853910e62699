"""A markdown file as it lies on disk: its bytes, its title, the keys of its head.

The bytes are the document. Reading finds where each key's value stands; editing
splices new text into exactly that span, so that whatever was not changed keeps
its line endings, its BOM, its comments and its final newline.

Two spellings of the head are read: YAML frontmatter, and a header block of
`Key: value | Key: value` lines under the title.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from shlex import quote
from typing import Any

from swarm import yamlhead
from swarm.records import EDGE_TYPES, MAX_BYTES, Problem, too_large

BOM = b"\xef\xbb\xbf"
MAX_HEAD = 64 * 1024

# A line may be 2 MiB long: each of these reads it once, and Python strips what is to be stripped.
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(.*)")
_FIELD = re.compile(r"[-*+]?\s*+\**([A-Z][A-Za-z]*(?:[ _-][A-Za-z]+){0,2})\**\s*+:\s*+\**\s*+(.*)")
_PLAIN_FIELD = re.compile(r"([A-Za-z_][\w-]*):[ \t]+(\S.*)")
_KEY = re.compile(r"[A-Za-z_][\w-]*:(?:\s|$)")
_HEADER_WORDS = frozenset(EDGE_TYPES) | frozenset(
    """id kind session date domain domains status confidence sharpe level author agent by task
    created n tags aliases evidence falsified_if last_tested expect p verify""".split()
)


@dataclass(frozen=True, slots=True)
class Field:
    """One key of the head; `start` and `end` are offsets of its value in the text."""

    key: str
    value: Any
    line: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Document:
    """A file's text with its head found. Lines count from 1, as editors do."""

    raw: bytes
    text: str
    head: str  # "frontmatter", "header" or "none"
    fields: tuple[Field, ...]
    head_end: int  # where a new key would go, as an offset
    title: str
    body: str
    body_line: int
    problems: tuple[Problem, ...]

    def keys(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for each in self.fields:
            found.setdefault(each.key, each.value)
        return found

    def line_of(self, key: str) -> int:
        return next((each.line for each in self.fields if each.key == key), 1)


def read(raw: bytes, path: str = "") -> Document:
    """Find the head and the body. Whatever is wrong becomes a Problem, never an error."""
    text, problems = _decode(raw, path)
    lines = text.split("\n")
    lines = [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
    conflict = _conflict(lines)
    if conflict:
        remedy = f"edit the file, then: git add {quote(path)}"
        problems.append(Problem(path, conflict, "merge-conflict markers", remedy))
    close = _frontmatter_close(lines)
    if close:
        head, start = "frontmatter", close + 1
        fields, found = _frontmatter(lines, close, path)
    else:
        fields, found, close = _unclosed(lines, path)
        head, start = ("frontmatter", close) if close else ("none", 0)
    if not conflict:  # a conflict inside the head is one problem, not two
        problems += found
    title = _title(lines, start)
    stated = [each.value for each in fields if each.key == "title"]
    if title.leads and (not stated or stated[0] == title.text):
        start = title.after
        if head == "none":
            fields, after = _header_block(lines, start)
            head, start = ("header", after) if fields else (head, start)
    head_end = sum(map(len, lines[: close or start]))
    body = "".join(lines[start:])
    return Document(
        raw, text, head, tuple(fields), head_end, title.text, body, start + 1, tuple(problems)
    )


def _conflict(lines: list[str]) -> int:
    """The line on which an unresolved merge begins, or 0."""
    start, parted = 0, False
    for number, line in enumerate(lines, 1):
        if line.startswith("<<<<<<< "):
            start = start or number
        elif start and line.rstrip("\r\n") == "=======":
            parted = True
        elif parted and line.startswith(">>>>>>> "):
            return start
    return 0


def refuse(raw: bytes, path: str = "") -> Problem | None:
    """Why these bytes cannot be a document at all, if they cannot."""
    if len(raw) > MAX_BYTES:
        return too_large(path, len(raw))
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        what = "UTF-16, which git and grep cannot read"
        return Problem(path, 1, what, f"iconv -f UTF-16 -t UTF-8 {quote(path)}")
    nul = raw.find(b"\0")
    if nul >= 0:
        line = raw.count(b"\n", 0, nul) + 1
        what = f"a NUL byte at {nul}: not text"
        return Problem(path, line, what, f"restore it: git checkout -- {quote(path)}")
    return None


def edit(document: Document, key: str, value: Any) -> bytes:
    """The file's bytes with one key changed or added, and nothing else."""
    text = document.text
    field = next((each for each in document.fields if each.key == key), None)
    if field is not None:
        text = text[: field.start] + _spelled(document, value, field) + text[field.end :]
    elif document.head == "frontmatter":
        text = _with_key(document, key, value)
    elif document.head == "header":
        text = _with_header_field(document, key, value)
    else:
        end = _newline(text)
        text = f"---{end}{yamlhead.dump(key)}: {yamlhead.dump(value)}{end}---{end}{text}"
    bom = BOM if document.raw.startswith(BOM) else b""
    return bom + text.encode("utf-8", "surrogateescape")


def plain(text: str) -> Any:
    """What an unquoted value means in a head."""
    return yamlhead.scalar(text.strip())


def compose(keys: dict[str, Any], title: str, body: str) -> bytes:
    """A new file: frontmatter, title, body, one final newline.

    A title that markdown would not give back as it is, such as `C #`, becomes a key.
    """
    heading = f"# {title}"
    if _heading(heading) != title or "\n" in title:
        keys, heading = {**keys, "title": title}, ""
    head = "".join(f"{yamlhead.dump(k)}: {yamlhead.dump(v)}\n" for k, v in keys.items())
    parts = [part for part in (heading, body.strip("\n")) if part.strip()]
    text = f"---\n{head}---\n" + "\n\n".join(parts) + ("\n" if parts else "")
    return text.encode("utf-8", "surrogateescape")


def _decode(raw: bytes, path: str) -> tuple[str, list[Problem]]:
    problems: list[Problem] = []
    body = raw
    if raw.startswith(BOM):
        body = raw[len(BOM) :]
        problems.append(
            Problem(path, 1, "starts with a byte order mark (kept)",
                    "save it as UTF-8 without BOM if other tools miss its first line", "note")
        )  # fmt: skip
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        text = body.decode("utf-8", "surrogateescape")
        line = body.count(b"\n", 0, error.start) + 1
        problems.append(
            Problem(path, line, f"not UTF-8 at byte {error.start + len(raw) - len(body)}",
                    f"iconv -f LATIN1 -t UTF-8 {quote(path)}, or save it as UTF-8")
        )  # fmt: skip
    if "\r\n" in text:
        mixed = text.count("\n") != text.count("\r\n")
        what = "CRLF and LF line endings are mixed" if mixed else "CRLF line endings (kept)"
        remedy = "set `*.md text=auto` in .gitattributes if they are not meant"
        problems.append(Problem(path, 1, what, remedy, "note"))
    return text, problems


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text[:4096] else "\n"


def _frontmatter_close(lines: list[str]) -> int | None:
    """The line that ends the frontmatter, if the file begins with one."""
    if not lines or lines[0].rstrip() != "---":
        return None
    size = 0
    for number, line in enumerate(lines[1:], 1):
        if line.rstrip() in ("---", "..."):
            return number
        size += len(line)
        if size > MAX_HEAD:
            return None
    return None


def _unclosed(lines: list[str], path: str) -> tuple[list[Field], list[Problem], int | None]:
    """A head that never ends is read up to its first blank line; `---` alone is only a rule."""
    if len(lines) < 2 or lines[0].rstrip() != "---" or not _KEY.match(lines[1]):
        return [], [], None
    ends = (n for n, line in enumerate(lines) if n and (not line.strip() or line.startswith("#")))
    end = next(ends, len(lines))
    while sum(map(len, lines[:end])) > MAX_HEAD:
        end //= 2  # nobody writes so long a head by hand
    fields, _ = _frontmatter(lines, end, path)
    what = "the frontmatter is never closed"
    remedy = f"add a line `---` after the keys of {quote(path)}"
    return fields, [Problem(path, 1, what, remedy)], end


def _frontmatter(lines: list[str], close: int, path: str) -> tuple[list[Field], list[Problem]]:
    inner = "".join(lines[1:close])
    first = len(lines[0])
    try:
        entries = yamlhead.read(inner.encode("utf-8", "replace").decode())
    except yamlhead.Unreadable as error:
        line = min(inner.count("\n", 0, error.at) + 2, close)
        problem = Problem(path, line, error.why, f"mend line {line} of {quote(path)}")
        return list(_plain_fields(lines[1:close], first)), [problem]
    fields, problems = [], []
    seen: set[str] = set()
    line, counted = 2, 0
    for entry in entries:
        line, counted = line + inner.count("\n", counted, entry.at), entry.at
        if entry.key in seen:
            problems.append(_twice(entry.key, line, path))
        seen.add(entry.key)
        problems += [_twice(key, inner.count("\n", 0, at) + 2, path) for key, at in entry.repeated]
        end = entry.start + len(inner[entry.start : entry.end].rstrip())
        fields.append(Field(entry.key, entry.value, line, first + entry.start, first + end))
    return fields, problems


def _twice(key: str, line: int, path: str) -> Problem:
    what = f"the key `{key}` stands twice; the first one counts"
    return Problem(path, line, what, f"delete line {line} of {quote(path)}")


def _plain_fields(inner: list[str], at: int) -> Iterator[Field]:
    """What can be saved of a head whose YAML does not parse: its simple lines."""
    for number, line in enumerate(inner, 2):
        found = _PLAIN_FIELD.match(line.rstrip())
        if found and found[2][0] not in "[{&*>|":
            value = yamlhead.scalar(found[2].strip("\"'"))
            yield Field(found[1], value, number, at + found.start(2), at + found.end(2))
        at += len(line)


@dataclass(frozen=True, slots=True)
class _Title:
    text: str
    after: int  # the line that follows it
    leads: bool  # nothing but blank lines and comments comes before it


def _title(lines: list[str], start: int) -> _Title:
    """The first real heading of the first 200 lines."""
    fenced, leads = False, True
    for number in range(start, min(len(lines), start + 200)):
        line = lines[number].rstrip()
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        found = "" if fenced else _heading(line)
        if found:
            return _Title(found, number + 1, leads)
        under = lines[number + 1].rstrip() if number + 1 < len(lines) else ""
        if line and not fenced and under and not under.strip("="):
            return _Title(line.strip(), number + 2, leads)
        leads = leads and (not line or line.startswith("<!--"))
    return _Title("", start, False)


def _heading(line: str) -> str:
    """The text of a heading, less the #s that close it: they stand apart, as in `# C# #`."""
    found = _HEADING.match(line)
    text = found[1].strip(" \t") if found else ""
    bare = text.rstrip("#")
    return bare.rstrip(" \t") if not bare or bare[-1] in " \t" else text


def _header_block(lines: list[str], start: int) -> tuple[list[Field], int]:
    """The `Key: value | Key: value` lines under the title, and the line after them."""
    fields: list[Field] = []
    number = start
    while number < len(lines) and (not lines[number].strip() or lines[number].startswith("<!--")):
        number += 1
    at = sum(map(len, lines[:number]))
    while number < len(lines):
        found = list(_fields_of_line(lines[number], at, number + 1))
        if not found:
            break
        fields += found
        at += len(lines[number])
        number += 1
    return fields, number


def _fields_of_line(line: str, offset: int, number: int) -> Iterator[Field]:
    """Every `Key: value` of one line, or none unless it is made of them."""
    found: list[tuple[str, int]] = []  # the keys, and where their values begin
    ends: list[int] = []
    at = 0
    for part in line.rstrip("\r\n").split(" | "):
        match = _FIELD.match(part)
        if match:
            key = match[1].lower().replace(" ", "_").replace("-", "_")
            found.append((key, at + match.start(2)))
            ends.append(0)
        elif not found:
            return
        ends[-1] = at + len(part)  # a part without a key goes on with the value before it
        at += len(part) + 3
    if not any(key in _HEADER_WORDS for key, _ in found):
        return
    for (key, start), end in zip(found, ends, strict=True):
        value = line[start:end].rstrip()
        if value.endswith("**") and value.count("**") % 2:  # bold began before the value did
            value = value[:-2]
        yield Field(key, value, number, offset + start, offset + start + len(value))


def _spelled(document: Document, value: Any, field: Field) -> str:
    if document.head == "header":
        return _header_value(value)
    spelled = yamlhead.dump(value)
    return spelled if document.text[field.start - 1 : field.start].isspace() else " " + spelled


def _header_value(value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
    return " ".join(text.split()).replace(" | ", " / ")


def _with_key(document: Document, key: str, value: Any) -> str:
    """The text with a key at the end of its frontmatter, laid out as the others are."""
    text, at = document.text, document.head_end
    new = f"{yamlhead.dump(key)}: {yamlhead.dump(value)}"
    head = text[:at]
    brace = head.rstrip()
    if brace.endswith("}") and re.match(r"-{3}\s*\{", head):
        before = brace[:-1].rstrip()
        return f"{before}{'' if before.endswith(('{', ',')) else ','} {new}}}{text[len(brace) :]}"
    first = text.split("\n")[document.fields[0].line - 1] if document.fields else ""
    indent = first[: len(first) - len(first.lstrip())]
    return f"{head}{indent}{new}{_newline(text)}{text[at:]}"


def _with_header_field(document: Document, key: str, value: Any) -> str:
    """The text with a field after the last of its header block, on the same line.

    On a line of its own a key that is not known could be taken for prose.
    """
    text = document.text
    at = len(text[: document.head_end].rstrip())
    label = key.replace("_", " ").capitalize()
    return f"{text[:at]} | {label}: {_header_value(value)}{text[at:]}"
