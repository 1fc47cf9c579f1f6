"""Name the people who are counted in one cell of a report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from tallymark.query.table import data_frame, html

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd


@dataclass(frozen=True)
class Person:
    """Hold who is counted, and which events make them count; *positions* name them in the log."""

    user: str
    events: int
    first: datetime
    last: datetime
    positions: tuple[int, ...]


@dataclass(frozen=True)
class People:
    """
    Hold the people of a cell, those with the most events first.

    *count* is their number; at most 200 are listed. *nobody* counts events without a person.
    """

    people: tuple[Person, ...]
    count: int
    nobody: int

    @staticmethod
    def read(body: Mapping[str, Any]) -> People:
        """Read a collector's answer."""
        people = tuple(
            Person(
                row["user"],
                row["events"],
                _moment(row["first_ts"]),
                _moment(row["last_ts"]),
                tuple(row["positions"]),
            )
            for row in body["people"]
        )
        return People(people, body["count"], body["nobody"])

    def rows(self) -> list[dict[str, Any]]:
        """Return one row for each person: user, events, first, last."""
        names = ("user", "events", "first", "last")
        return [{name: getattr(person, name) for name in names} for person in self.people]

    def to_pandas(self) -> pd.DataFrame:
        """Return `rows` as a DataFrame."""
        return data_frame(self.rows())

    def _repr_html_(self) -> str:
        return html(f"{self.count} people, {self.nobody} events of nobody", self.rows())


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1_000, timezone.utc)
