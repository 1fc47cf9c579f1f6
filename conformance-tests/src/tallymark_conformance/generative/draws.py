"""What a sequence is made of: configurations of a client, calls, faults and times to draw from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Mapping

Step = dict[str, Any]

POST: Final = {"method": "POST"}
HELD_BACK: Final = "held back"
"""Events of this name the client's hook does not let through."""
MOST_FAULTS: Final = 3
TIMES: Final = 4
ADVANCES_MS: Final = (300, 3_000, 61_000, 905_000, 3_600_000)
"""A flush interval; a backoff; a minute's budget; the pause after a 401; an hour."""
TIMEOUT_MS: Final = 700

FAULTS: Final[tuple[str | Mapping[str, Any], ...]] = (
    *({"status": {"code": code, "problem": "unavailable"}} for code in (500, 503, 404, 408)),
    {"status": {"code": 401, "problem": "key_unknown"}},
    {"status": {"code": 413, "problem": "too_large"}},
    {"status": {"code": 415, "problem": "unsupported_media_type"}},
    {"status": {"code": 400, "problem": "malformed"}},
    {"status": {"code": 299, "body": "fine"}},
    "rst_before",
    "rst_after",
    "html200",
    "empty200",
    "wrong_json",
    "ack_other_stream",
    "partial",
    "duplicate",
    "fin_mid_body",
    {"truncate": {"n": 25}},
    {"bad_length": {"kind": "larger"}},
    "close_after",
)
"""Faults that end at once: time passes on the client's clock only."""

configurations: Final = st.fixed_dictionaries(
    {
        "virtual_clock": st.just(value=True),
        "timeout_ms": st.just(TIMEOUT_MS),
        "drop_events": st.just(HELD_BACK),
        "flush_at": st.sampled_from((1, 4, 30)),
        "flush_ms": st.sampled_from((200, 2_000, 60_000)),
    },
    optional={
        "max_events": st.sampled_from((3, 10)),
        "queue_max": st.sampled_from((10, 40)),
        "overflow": st.sampled_from(("newest", "oldest")),
        "max_age_ms": st.just(600_000),
        "spool_dir": st.just(value=True),
    },
)

rules: Final = st.lists(
    st.builds(
        lambda do, times: {"match": POST, "do": do, "times": times},
        st.sampled_from(FAULTS),
        st.integers(1, TIMES),
    ),
    min_size=1,
    max_size=MOST_FAULTS,
)

calls: Final = st.sampled_from(
    (
        {"method": "identify", "user": "user-1"},
        {"method": "page", "name": "Start"},
        {"method": "group", "kind": "company", "id": "acme"},
        # A public key may not do this: the verdict is a number's end, too.
        {"method": "alias", "previous": "user-1", "user": "user-2"},
    )
)

HOUR: Final[Step] = {"advance": {"ms": 3_600_000}}
FLUSHED: Final[Step] = {"flush": {}}
DRAINED: Final[tuple[Step, ...]] = (
    {"faults": {}},
    *((HOUR, FLUSHED) * 3),
    {"flush": {"complete": True}},
    {"close": {}},
)
"""The end of every sequence: whatever was to wait has waited, and everything can be sent."""
