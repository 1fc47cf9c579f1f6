"""Read frequency: in how many different hours or days of a period somebody was active."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tallymark.query.report import Report

if TYPE_CHECKING:
    from tallymark.query.people import People


@dataclass(frozen=True)
class Period:
    """Hold one period; `at_least[k - 1]` users were active in k or more of its sub-units."""

    at: str
    at_least: tuple[int, ...]
    partial: bool = False


@dataclass(frozen=True)
class Frequency(Report):
    """Hold a frequency report."""

    @property
    def periods(self) -> tuple[Period, ...]:
        """The periods, in order of time."""
        return tuple(
            Period(row["at"], tuple(row["at_least"]), row.get("partial", False))
            for row in self.body["periods"]
        )

    def rows(self) -> list[dict[str, Any]]:
        """Return one row for each number: at, at_least, users, partial."""
        return [
            {"at": period.at, "at_least": place, "users": users, "partial": period.partial}
            for period in self.periods
            for place, users in enumerate(period.at_least, 1)
        ]

    def people(self, at: str, at_least: int = 1) -> People:
        """
        Return who was active in that many sub-units of the period *at*.

        :raises QueryError: if the report has no such cell
        """
        return self._people({"at": at, "at_least": at_least})
