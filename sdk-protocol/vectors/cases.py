"""Cases of the validators: what they have in common."""

from __future__ import annotations

from typing import Any

Vector = dict[str, Any]
Found = tuple[str, str, int | None]
Case = tuple[str, str, object, Found | None]
"""The rule, the type, the value (or its JSON text) and the first issue, None when there is none."""

STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
MAX = 2**53 - 1
KINDS: dict[str, dict[str, Any]] = {
    "track": {"e": "x"},
    "page": {},
    "screen": {"e": "x"},
    "identify": {"u": "ann-1"},
    "profile": {"ops": {}},
    "group": {"gt": "company", "gi": "acme"},
    "alias": {"from": "ann-1", "to": "bob-1"},
    "exposure": {"f": "flag", "var": "on"},
}


def issue(code: str, path: str, limit: int | None = None) -> Found:
    """Return an issue as the tables write it."""
    return code, path, limit
