"""An SVG badge: `TMP/1 | gold 160/160`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import escape

from tallymark_conformance.report.markdown import RED, level

if TYPE_CHECKING:
    from collections.abc import Mapping

COLOURS: Final[Mapping[str, str]] = {
    "gold": "#8a6d00",
    "silver": "#5c6670",
    "bronze": "#8a5320",
    "device": "#1f6f5c",
    "none": "#a3312b",
    "server": "#2b5fa3",
}
LETTER: Final = 6.6
"""Width of an average letter at 11 px, in px."""
PAD: Final = 7
LABEL: Final = "TMP/1"


def badge(record: Mapping[str, Any]) -> str:
    """Return the badge of *record* as an SVG document."""
    if record["level"] is None:
        red = sum(outcome["status"] in RED for outcome in record["outcomes"])
        passed = record["counts"].get("pass", 0)
        text = f"server {passed}/{len(record['outcomes'])}"
        colour = COLOURS["none" if red else "server"]
    else:
        text = level(record)
        colour = COLOURS[record["level"]["level"]]
    return _drawn(text, colour)


def _drawn(text: str, colour: str) -> str:
    left, right = _width(LABEL), _width(text)
    words = escape(text)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" '
        f'aria-label="{LABEL} {words}"><title>{LABEL} {words}</title>'
        f'<clipPath id="r"><rect width="{left + right}" height="20" rx="3"/></clipPath>'
        f'<g clip-path="url(#r)"><rect width="{left}" height="20" fill="#3a3f44"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="{colour}"/></g>'
        '<g fill="#fff" text-anchor="middle" font-size="11" '
        'font-family="Verdana,DejaVu Sans,sans-serif">'
        f'<text x="{left / 2:.1f}" y="14">{LABEL}</text>'
        f'<text x="{left + right / 2:.1f}" y="14">{words}</text></g></svg>\n'
    )


def _width(text: str) -> int:
    return round(len(text) * LETTER) + 2 * PAD
