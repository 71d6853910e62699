"""Whether a hook asks by what name, or out of which folder, it was started. Pure.

Whatever takes its place has to keep it where it finds the same as before: in a folder
below under its own name, or in its own folder under another one.
"""

from __future__ import annotations

import re

BELOW, BESIDE, NOWHERE = "below", "beside", ""

_ITSELF = rb'"?\$(?:0\b|\{0\})"?'
_ASIDE = re.compile(rb"(?m)^[ \t]*#.*$|\bawk\b[^'\n]*'[^']*'")  # where it means something else
_TOLD = re.compile(  # what somebody only reads
    rb"(?m)(?<![(`])(?<![(`] )\b(?:echo|printf)\b[^|`;&\n(]*(?=[;&\n]|\|\||$)"
)
_NAME = re.compile(
    rb"""(?x) \$\{0\#\#\*/\} | \bbasename(?:[ ]+--)?[ (]+(?:%s|sys\.argv\[0\]|\$0)
    | \bPath\(sys\.argv\[0\]\)\.(?:name|stem)\b | \b__(?:file|FILE)__\)?[^\n]*\.(?:name|stem)\b
    | \bbasename[ (]+__(?:file|FILE)__"""
    % _ITSELF
)
_FOLDER = re.compile(
    rb"""(?x) \$\{(?:0|BASH_SOURCE(?:\[0\])?)%%/\*\}
    | \b(?:dirname|realpath|readlink[ ]+-f)(?:[ ]+--)?[ (]+
      (?:%s|"?\$\{?BASH_SOURCE(?:\[0\]\})?\}?"?|sys\.argv\[0\])
    | \b__(?:file|FILE|dirname|DIR)\w*__?\b | \b__dirname\b | \bFindBin\b"""
    % _ITSELF
)
_ELSE = re.compile(rb"\$0\b|\$\{0\b|\bargv\[0\]|\bBASH_SOURCE\b|\bPROGRAM_NAME\b")
_SOURCED = re.compile(rb"(?m)(?:^|[;&|{(])[ \t]*(?:\.|source)[ \t]+\S")


def place(raw: bytes, is_link: bool) -> str:
    """Where a hook may be kept and still find what it looks for; nowhere, if that is not sure."""
    text = _ASIDE.sub(b"", raw)
    rest = _NAME.sub(b"", text)
    by_name, by_folder = rest != text, _FOLDER.search(rest) is not None
    reads_more = _SOURCED.search(rest) is not None  # which may ask for itself
    if _ELSE.search(_TOLD.sub(b"", _FOLDER.sub(b"", rest))) or (
        by_folder and (by_name or reads_more)
    ):
        return NOWHERE
    if by_folder:
        return BESIDE
    is_script = raw.startswith(b"#!") and b"\0" not in raw
    return BELOW if by_name or reads_more or is_link or not is_script else BESIDE
