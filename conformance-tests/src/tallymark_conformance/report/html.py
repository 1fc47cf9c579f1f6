"""The matrix requirement × SDK as one HTML file that loads nothing."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from tallymark_conformance.report.replay import replay_command
from tallymark_conformance.spec import requirements

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Record = Mapping[str, Any]

PLACE: Final = "__DATA__"
QUIET_EXCHANGES: Final = 12
QUIET_BODY: Final = 600
"""How much is kept of the wire of a scenario that passed: the file is to be sent around."""


def html(records: Sequence[Record]) -> str:
    """Return the matrix of *records* as an HTML document."""
    template = files("tallymark_conformance.report").joinpath("matrix.html").read_text("utf-8")
    value = {
        "rules": [
            {
                "id": rule.id,
                "level": rule.level,
                "profile": rule.profile,
                "built": rule.built,
                "text": rule.text,
            }
            for rule in requirements().values()
        ],
        "records": [_record(record) for record in records],
    }
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    # Inside a script element only this sequence could end it.
    return template.replace(PLACE, text.replace("</", "<\\/").replace("<!--", "<\\!--"))


def _record(record: Record) -> dict[str, Any]:
    kept = {key: record[key] for key in record if key != "outcomes"}
    return {**kept, "outcomes": [_outcome(record, outcome) for outcome in record["outcomes"]]}


def _outcome(record: Record, outcome: Record) -> dict[str, Any]:
    value = {**outcome, "replay": replay_command(record, outcome["id"], outcome["seed"])}
    if outcome["status"] in ("pass", "absent"):
        value["wire"] = [_short(exchange) for exchange in outcome["wire"][:QUIET_EXCHANGES]]
    return value


def _short(exchange: Record) -> dict[str, Any]:
    cut = {
        name: text if len(text) <= QUIET_BODY else f"{text[:QUIET_BODY]} …"
        for name in ("body", "answer")
        if isinstance(text := exchange.get(name), str)
    }
    return {**exchange, **cut}
