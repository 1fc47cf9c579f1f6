"""Text from anybody, made harmless for a terminal: what cannot be seen is written out."""

from __future__ import annotations

import re
from typing import Final

from rich.markup import escape

# Controls, line and paragraph separators, bidirectional controls, zero-width and tag characters,
# surrogates: the same that the dashboard writes out.
_HIDDEN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_BMP: Final = 0xFFFF


def shown(text: str) -> str:
    r"""Return text with each hidden character written as `\u{…}`."""
    return _HIDDEN.sub(lambda hidden: f"\\u{{{ord(hidden[0]):x}}}", text)


def plain(text: str) -> str:
    """Return text for a console that reads markup: nothing hidden, no markup of its own."""
    return escape(shown(text))


def json_text(encoded: str) -> str:
    r"""Return JSON with each hidden character inside its strings as `\uXXXX`: the same value."""
    return _HIDDEN.sub(lambda hidden: _escaped(ord(hidden[0])), encoded)


def _escaped(code: int) -> str:
    if code <= _BMP:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"
