"""The real shop: the rows of a file, half a year of a web shop's customers."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from tallymark_protocol.event_id import uuid8

from tallymark_collector.demo.call import Call, History

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE: Final = "data/ecom.csv.gz"
STEPS: Final = ("product_view", "add_to_cart", "shipping_details", "payment_details", "purchase")
QUESTIONS: Final[Mapping[str, dict[str, object]]] = {
    "trends": {"events": ["product_view", "add_to_cart", "purchase"], "interval": "day"},
    "funnel": {"steps": list(STEPS), "window": "7d"},
}

_OWN_FIELDS: Final = ("user_id", "session_id", "event", "timestamp")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def rows() -> tuple[str, tuple[Mapping[str, str], ...]]:
    """Return the stream of the file, and its rows.

    The stream is the UUIDv8 of the file's SHA-256, so that equal rows stay different events and
    the same file is the same history (LED-12).
    """
    packed = files("tallymark_collector").joinpath(FILE).read_bytes()
    text = gzip.decompress(packed).decode("utf-8")
    return uuid8(hashlib.sha256(packed).digest()), tuple(csv.DictReader(io.StringIO(text)))


def history() -> History:
    """Return the rows as calls."""
    stream, table = rows()
    return History(stream, tuple(_call(row) for row in table))


def _call(row: Mapping[str, str]) -> Call:
    at = datetime.fromisoformat(row["timestamp"]).replace(tzinfo=UTC)
    properties = {name: row[name] for name in row if name not in _OWN_FIELDS}
    ts = (at - _EPOCH) // timedelta(milliseconds=1)
    return Call(ts, row["event"], row["user_id"], None, properties, row["session_id"])
