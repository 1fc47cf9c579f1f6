"""Markdown for a pull request: levels, what is red, what is absent."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from tallymark_conformance.report.replay import replay_command

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Record = Mapping[str, Any]

COLUMNS: Final = ("pass", "fail", "error", "flaky", "unexpected-pass", "known-fail", "absent")
RED: Final = frozenset({"fail", "error", "flaky", "unexpected-pass"})
SHOWN: Final = 20


def markdown(records: Sequence[Record]) -> str:
    """Return the records as Markdown."""
    first = records[0]
    lines = [
        "## Conformance",
        "",
        _about(first),
        "",
        f"| | Level | {' | '.join(COLUMNS)} |",
        f"|---|---|{'---:|' * len(COLUMNS)}",
    ]
    for record in records:
        counts: Counter[str] = Counter(record["counts"])
        cells = " | ".join(str(counts[column] or "") for column in COLUMNS)
        lines.append(f"| {record['name']} {record['version']} | {level(record)} | {cells} |")
    for record in records:
        lines += _red(record)
        lines += _absent(record)
    return "\n".join(lines) + "\n"


def _about(record: Record) -> str:
    version, digest = record["spec"]["version"], record["spec"]["sha256"][:12]
    return f"TMP/{version}, spec `{digest}`, suite {record['suite']}"


def level(record: Record) -> str:
    """Return the level of a record as `gold 160/160`, or nothing for a server."""
    standing = record["level"]
    if standing is None:
        return ""
    return f"{standing['level']} {standing['passed']}/{standing['counted']}"


def _red(record: Record) -> Iterator[str]:
    red = [outcome for outcome in record["outcomes"] if outcome["status"] in RED]
    if not red:
        return
    yield from ("", f"### {record['name']}: {len(red)} red", "")
    for outcome in red[:SHOWN]:
        yield f"- **{outcome['id']}** ({outcome['status']}): {outcome['title']}"
        for found in outcome["findings"][:3]:
            yield f"  - {found['req']}: {found['detail']}"
        if outcome["reason"]:
            yield f"  - {outcome['reason'].splitlines()[0]}"
        yield f"  - `{replay_command(record, outcome['id'], outcome['seed'])}`"
    if len(red) > SHOWN:
        yield f"- and {len(red) - SHOWN} more"


def _absent(record: Record) -> Iterator[str]:
    reasons = Counter(o["reason"] for o in record["outcomes"] if o["status"] == "absent")
    if reasons:
        told = "; ".join(f"{count} × {reason}" for reason, count in reasons.most_common())
        yield from ("", f"{record['name']}, absent: {told}")
