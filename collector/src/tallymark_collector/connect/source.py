"""A file to import: what format it is in, how it is read, what is mapped to what."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import orjson

from tallymark_collector.connect import csv_file, export_file, mixpanel_file
from tallymark_collector.connect.record import opened, stream_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import tzinfo
    from pathlib import Path
    from typing import IO

    from tallymark_collector.connect.record import Item

Format = Literal["csv", "ndjson", "mixpanel"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)
_FIRST_LINE: Final = 4_000_000
_LIKE: Final[Mapping[Format, Callable[[dict[str, Any]], bool]]] = {
    "ndjson": export_file.looks_like,
    "mixpanel": mixpanel_file.looks_like,
}


class UnknownFormat(Exception):  # noqa: N818 -- names what happened
    """Say that a file is in none of the formats, and what was found instead."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file and how it is read; *chosen* maps fields to columns of a CSV file."""

    path: Path
    format: Format
    chosen: Mapping[str, str]
    tz: tzinfo

    @property
    def stream(self) -> str | None:
        """The stream of the file's records; None where each event is known by itself."""
        return stream_of(self.path) if self.format == "csv" else None

    @property
    def size(self) -> int:
        """The size of the file in bytes."""
        return self.path.stat().st_size

    def items(self, heard: Callable[[int], object] | None = None) -> Iterator[Item]:
        """Iterate over its records; *heard* is told how many bytes have been read."""
        with opened(self.path) as (text, position):
            for item in self._read(text):
                yield item
                if heard is not None:
                    heard(position())

    def columns(self) -> csv_file.Columns | None:
        """Return what is mapped to what; None for exports, which need no mapping."""
        if self.format != "csv":
            return None
        with opened(self.path) as (text, _):
            return csv_file.columns(csv_file.header_of(text), self.chosen)

    def _read(self, text: IO[str]) -> Iterator[Item]:
        if self.format == "csv":
            return csv_file.read(text, self.chosen, self.tz)
        if self.format == "mixpanel":
            return mixpanel_file.MixpanelFile(stream_of(self.path), self.tz).read(text)
        return export_file.read(text)


def format_of(path: Path) -> Format:
    """Tell the format of a file by its name, else by its first line; raise `UnknownFormat`."""
    name = PurePath(path.name.lower().removesuffix(".gz"))
    if name.suffix in (".csv", ".tsv", ".txt"):
        return "csv"
    with opened(path) as (text, _):
        line = text.readline(_FIRST_LINE)
    try:
        first = orjson.loads(line)
    except orjson.JSONDecodeError:
        first = None
    if isinstance(first, dict):
        for found, looks_like in _LIKE.items():
            if looks_like(first):
                return found
        keys = ", ".join(sorted(first)[:6]) or "no keys"
        raise UnknownFormat(f"its first line is JSON, but neither export is written so ({keys})")
    if name.suffix in (".ndjson", ".jsonl", ".json"):
        raise UnknownFormat("its first line is no JSON object")
    return "csv"
