"""Read retention: who comes back after a first event, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from tallymark.query.report import Report, by_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tallymark.query.people import People


@dataclass(frozen=True)
class Cell:
    """Hold one bucket of a cohort; *complete* = the stored events cover it for everybody."""

    users: int
    value: float | None
    complete: bool


@dataclass(frozen=True)
class Cohort:
    """Hold the users of one period, by its first day."""

    at: date
    by: Mapping[str, Any]
    size: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Averages:
    """Hold the average of each bucket over the cohorts of one segment."""

    by: Mapping[str, Any]
    cells: tuple[float | None, ...]


@dataclass(frozen=True)
class Retention(Report):
    """Hold a retention report."""

    @property
    def buckets(self) -> tuple[tuple[int, int], ...]:
        """The buckets, each from and to a number of units, both included."""
        return tuple((low, high) for low, high in self.body["buckets"])

    @property
    def cohorts(self) -> tuple[Cohort, ...]:
        """The cohorts, in order of time."""
        return tuple(
            Cohort(
                date.fromisoformat(row["at"]),
                by_of(row),
                row["size"],
                tuple(Cell(**cell) for cell in row["cells"]),
            )
            for row in self.body["cohorts"]
        )

    @property
    def averages(self) -> tuple[Averages, ...]:
        """The averages over the cohorts, for each segment."""
        return tuple(Averages(by_of(row), tuple(row["cells"])) for row in self.body["averages"])

    def rows(self) -> list[dict[str, Any]]:
        """Return one row for each bucket of each cohort: its values, cohort, size, its figures."""
        return [
            {
                **cohort.by,
                "cohort": cohort.at,
                "size": cohort.size,
                "bucket": str(low) if low == high else f"{low}-{high}",
                **vars(cell),
            }
            for cohort in self.cohorts
            for (low, high), cell in zip(self.buckets, cohort.cells, strict=True)
        ]

    def people(
        self, cohort: date, bucket: int | None = None, by: Mapping[str, Any] | None = None
    ) -> People:
        """
        Return who is in a cohort (its first day), or in one of its buckets (its place).

        :raises QueryError: if the report has no such cell
        """
        return self._people({"cohort": cohort.isoformat(), "bucket": bucket, "by": by})
