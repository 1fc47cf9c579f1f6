"""Read trends: how often, by how many, or how much, over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tallymark.query.report import Report, by_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tallymark.query.people import People


@dataclass(frozen=True)
class Point:
    """Hold one value; *partial* = its interval reaches beyond the range or the stored events."""

    at: str
    value: float | None
    partial: bool = False


@dataclass(frozen=True)
class Series:
    """Hold the values of one event, and of one segment if the report is split."""

    name: str
    by: Mapping[str, Any]
    points: tuple[Point, ...]
    total: float | None


@dataclass(frozen=True)
class Trends(Report):
    """Hold a trends report."""

    @property
    def series(self) -> tuple[Series, ...]:
        """The lines, in the order of the events asked for, each split by its segments."""
        return tuple(
            Series(row["name"], by_of(row), tuple(map(_point, row["points"])), row["total"])
            for row in self.body["series"]
        )

    def rows(self) -> list[dict[str, Any]]:
        """Return one row for each point: series, the values of a breakdown, at, value, partial."""
        return [
            {
                "series": line.name,
                **line.by,
                "at": point.at,
                "value": point.value,
                "partial": point.partial,
            }
            for line in self.series
            for point in line.points
        ]

    def people(
        self, series: int = 0, at: str | None = None, by: Mapping[str, Any] | None = None
    ) -> People:
        """
        Return who is counted in the event *series* (its place), in the point *at* or the range.

        :raises QueryError: if the report has no such cell
        """
        return self._people({"series": series, "at": at, "by": by})


def _point(row: Mapping[str, Any]) -> Point:
    return Point(row["at"], row["value"], row.get("partial", False))
