"""Rules broken on purpose: each must be found by the comparison that is there to hold it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from tallymark_collector.engine.local import attempts, clock, selection
from tallymark_collector.segments import project, shelf
from tallymark_collector.segments.identity import Identity

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest


def another_log(patch: pytest.MonkeyPatch) -> None:
    """I1: take up segments without asking whether they are of this log."""
    patch.setattr(shelf, "_check", lambda *_: None)


def forgotten_sightings(patch: pytest.MonkeyPatch) -> None:
    """I2: after a restart, do not know when users were first seen."""
    patch.setattr(shelf, "_see", lambda *_: None)


def lost_at_hand_over(patch: pytest.MonkeyPatch) -> None:
    """I3: when a segment is sealed, drop what came to its last part in the tail meanwhile."""

    def behind(self: project.Project, high: int) -> Any:  # noqa: ANN401
        return [one for one in self._tail if one.low >= high]

    patch.setattr(project.Project, "_behind", behind)


def segments_in_any_order(patch: pytest.MonkeyPatch) -> None:
    """I4: order rows of one ms within their segment only."""
    ranks = selection.Rows.ranks

    def without_segment(self: selection.Rows) -> Any:  # noqa: ANN401
        found, bits = ranks(self)
        return found & ((1 << bits) - 1), bits

    patch.setattr(selection.Rows, "ranks", without_segment)


def half_open_window(patch: pytest.MonkeyPatch) -> None:
    """I5: let a conversion window end before its last ms."""
    limit = clock.Clock.limit
    patch.setattr(clock.Clock, "limit", lambda self, keys, window: limit(self, keys, window - 1))


def step_twice(patch: pytest.MonkeyPatch) -> None:
    """I5: let one event fill two steps."""
    patch.setattr(
        attempts, "following", lambda keys, after: np.searchsorted(keys, after, side="left")
    )


def links_without_time(patch: pytest.MonkeyPatch) -> None:
    """I5: give all events of a device to the first user it was linked to."""
    users = Identity.users
    patch.setattr(Identity, "users", lambda self, a, t: users(replace(self, moved={}), a, t))


BREAKS: tuple[Callable[[pytest.MonkeyPatch], None], ...] = (
    another_log,
    forgotten_sightings,
    lost_at_hand_over,
    segments_in_any_order,
    half_open_window,
    step_twice,
    links_without_time,
)
