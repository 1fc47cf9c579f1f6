"""What `tallymark import` prints: what would be, or what has become of each record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rich.markup import escape

from tallymark_collector.cli.grid import Grid
from tallymark_collector.cli.output import console, emit, table
from tallymark_collector.cli.plain import plain
from tallymark_collector.cli.show import shortened
from tallymark_collector.cli.words import day_and_time, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from tallymark_collector.cli.import_proof import Survey
    from tallymark_collector.connect.csv_file import Columns
    from tallymark_collector.connect.send import Outcome
    from tallymark_collector.connect.source import Source

_MAX_EVENTS: Final = 30
_NAME_WIDTH: Final = 40
_FORMATS: Final = {"csv": "CSV", "ndjson": "an export of ours", "mixpanel": "a Mixpanel export"}


def dry_run(source: Source, survey: Survey, *, as_json: bool) -> None:
    """Print what maps to what, and how many records there are of each event."""
    mapped = source.columns()
    if as_json:
        emit(
            {
                "format": source.format,
                "fields": dict(mapped.fields) if mapped else {},
                "properties": list(mapped.properties) if mapped else [],
                "events": dict(survey.names),
                "kinds": dict(survey.others),
                "unreadable": survey.unreadable,
                "would_be_rejected": dict(survey.refused),
                "first": survey.first,
                "last": survey.last,
            }
        )
        return
    out = console()
    out.print(f"{plain(source.path.name)} is read as {_FORMATS[source.format]}.\n", soft_wrap=True)
    if mapped:
        out.print(_mapping(mapped))
        out.print()
    for made in Grid("Event", ("Records",), _events(survey)).tables(out.width):
        out.print(made)
    if survey.first is not None and survey.last is not None:
        out.print(f"\nFrom {day_and_time(survey.first)} to {day_and_time(survey.last)} UTC.")
    refused = ", ".join(f"{number(count)} {plain(code)}" for code, count in survey.refused.items())
    out.print(
        f"{number(survey.unreadable)} records cannot be read, "
        f"{refused or 'none'} would be rejected. Nothing was sent.",
        soft_wrap=True,
    )


def outcome(found: Outcome, proof: Sequence[dict[str, Any]], *, as_json: bool) -> None:
    """Print the sum, examples of what was refused, and the comparison by event."""
    if as_json:
        emit({**_facts(found), "proof": list(proof)})
        return
    out = console()
    out.print(
        f"[bold green]{number(found.stored)} events stored.[/] {_sum(found)}\n", soft_wrap=True
    )
    for example in found.examples:
        out.print(f"[yellow]{plain(example)}[/]", soft_wrap=True)
    if not proof:
        return
    rows = []
    for line in proof:
        short = line["days_short"]
        word = f"less on {', '.join(short[:3])}{' …' if short[3:] else ''}" if short else "complete"
        name = escape(shortened(line["event"], _NAME_WIDTH))
        rows.append((name, [number(line["file"]), number(line["collector"]), word]))
    for made in Grid("Event", ("In the file", "In the collector", ""), rows).tables(out.width):
        out.print(made)


def _facts(found: Outcome) -> dict[str, Any]:
    return {
        "records": found.records,
        "added": found.added,
        "stored": found.stored,
        "duplicate": found.duplicate,
        "skipped": found.skipped,
        "rejected": dict(found.rejected),
        "unreadable": found.unreadable,
        "adds_up": found.adds_up,
        "examples": found.examples,
    }


def _sum(found: Outcome) -> str:
    """Say the equation that each record read is one term of."""
    left = f"{number(found.records)} records read"
    if found.added:
        left += f" + {number(found.added)} links they show"
    terms = [f"{number(found.stored)} stored", f"{number(found.duplicate)} duplicate"]
    if found.skipped:
        terms.append(f"{number(found.skipped)} settled before")
    terms += [f"{number(count)} {plain(code)}" for code, count in sorted(found.rejected.items())]
    if found.unreadable:
        terms.append(f"{number(found.unreadable)} unreadable")
    return f"{left} {'=' if found.adds_up else '≠'} {' + '.join(terms)}"


def _mapping(mapped: Columns) -> Table:
    rows = table(("Column", "Becomes"))
    for field, column in mapped.fields.items():
        rows.add_row(plain(column), f"the event's {'name' if field == 'event' else field}")
    for column in mapped.properties:
        rows.add_row(plain(column), "a property of that name")
    return rows


def _events(survey: Survey) -> list[tuple[str, list[str]]]:
    names = survey.names
    listed = [
        (escape(shortened(name, _NAME_WIDTH)), [number(count)])
        for name, count in names.most_common(_MAX_EVENTS)
    ]
    rest = len(names) - _MAX_EVENTS
    if rest > 0:
        more = sum(names.values()) - sum(count for _, count in names.most_common(_MAX_EVENTS))
        listed.append((f"[dim]{number(rest)} other names[/]", [number(more)]))
    for kind, count in survey.others.items():
        listed.append((f"[dim]({plain(kind)})[/]", [number(count)]))
    return listed
