"""Read funnels: how many get from step to step, and how long it takes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tallymark.query.report import Report, by_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tallymark.query.people import People


@dataclass(frozen=True)
class Step:
    """Hold one step: how many reached it, which share, and after how many seconds."""

    event: str
    count: int
    step_conv_ratio: float | None
    overall_conv_ratio: float | None
    avg_time_s: float | None
    median_time_s: float | None
    avg_time_from_start_s: float | None
    median_time_from_start_s: float | None


@dataclass(frozen=True)
class Durations:
    """Hold the seconds from entry to conversion."""

    average: float | None
    median: float | None
    p90: float | None


@dataclass(frozen=True)
class FunnelSegment:
    """
    Hold one funnel: the only one, or that of one segment.

    *path* names the events if steps are compared. *p_adjusted* is the adjusted p-value of its
    conversion against all others' (None where that is not tested).
    """

    by: Mapping[str, Any]
    steps: tuple[Step, ...]
    entered: int
    converted: int
    conversion: float | None
    time_to_convert_s: Durations
    path: tuple[str, ...] = ()
    p_adjusted: float | None = None


@dataclass(frozen=True)
class Funnel(Report):
    """Hold a funnel report."""

    @property
    def segments(self) -> tuple[FunnelSegment, ...]:
        """The funnels of the segments; one for everybody if the report is not split."""
        return tuple(_segment(row) for row in self.body.get("segments", (self.body,)))

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps of the first funnel: of the only one, if the report is not split."""
        return self.segments[0].steps if self.segments else ()

    @property
    def conversion(self) -> float | None:
        """The share of the first funnel's entries that converted; None without entries."""
        return self.segments[0].conversion if self.segments else None

    def rows(self) -> list[dict[str, Any]]:
        """Return one row for each step of each funnel: the segment's values, step, its figures."""
        return [
            {
                **segment.by,
                **({"path": " → ".join(segment.path)} if segment.path else {}),
                "step": place,
                **vars(step),
            }
            for segment in self.segments
            for place, step in enumerate(segment.steps, 1)
        ]

    def people(
        self,
        step: int,
        state: Literal["reached", "dropped"] = "reached",
        by: Mapping[str, Any] | None = None,
    ) -> People:
        """
        Return who reached *step* (1-based), or who reached the one before and was `dropped`.

        :raises QueryError: if the report has no such cell
        """
        return self._people({"step": step, "state": state, "by": by})


_STEP = tuple(Step.__dataclass_fields__)


def _segment(row: Mapping[str, Any]) -> FunnelSegment:
    return FunnelSegment(
        by_of(row),
        tuple(Step(**{name: step[name] for name in _STEP}) for step in row["steps"]),
        row["entered"],
        row["converted"],
        row["conversion"],
        Durations(**row["time_to_convert_s"]),
        tuple(row.get("path", ())),
        row.get("significance", {}).get("p_adjusted"),
    )
