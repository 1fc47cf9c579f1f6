"""Time correction case by case, as the rules' sentences say it."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY = 86_400_000
NOW = 1_795_000_000_000
YEAR_2000 = 946_684_800_000
Vector = dict[str, Any]

# Hand-checked. The columns are the arguments in their order and what they must give.
GIVEN: tuple[tuple[int | None, int | None, int, str, bool, int | str], ...] = (
    (1000, 5000, 5500, "anchored", False, 1000),
    (1000, 5000, 3_605_000, "anchored", False, 3_601_000),
    (1000, 3_605_000, 5000, "anchored", False, "too_old"),
    (None, 5000, NOW, "anchored", False, NOW),
    (NOW - 10, None, NOW, "anchored", False, NOW - 10),
    (NOW - 10, NOW - 2000, NOW, "anchored", False, NOW - 10),
    (NOW - 10, NOW - 2001, NOW, "anchored", False, NOW),
    (NOW - 5000, NOW - 2001, NOW, "anchored", False, NOW - 2999),
    (NOW - 10, NOW + 2000, NOW, "anchored", False, NOW - 10),
    (NOW - 10, NOW + 2001, NOW, "anchored", False, NOW - 2011),
    (NOW + 1, NOW, NOW, "anchored", False, NOW),
    (NOW + DAY, NOW, NOW, "anchored", False, NOW),
    (NOW + DAY + 1, NOW, NOW, "anchored", False, "bad_time"),
    (2**53 - 1, NOW, NOW, "anchored", False, "bad_time"),
    (-(2**53) + 1, NOW, NOW, "anchored", False, "too_old"),
    (NOW - 30 * DAY, NOW, NOW, "anchored", False, NOW - 30 * DAY),
    (NOW - 30 * DAY - 1, NOW, NOW, "anchored", False, "too_old"),
    (NOW - 30 * DAY - 1, NOW, NOW, "anchored", True, NOW - 30 * DAY - 1),
    (YEAR_2000, NOW, NOW, "anchored", True, YEAR_2000),
    (YEAR_2000 - 1, NOW, NOW, "anchored", True, "too_old"),
    (NOW - 10, NOW + 3_600_000, NOW, "anchored", True, NOW - 10),
    (NOW + DAY, NOW, NOW, "anchored", True, NOW),
    (NOW + DAY + 1, NOW, NOW, "anchored", True, "bad_time"),
    (1000, 5000, NOW, "none", False, NOW - 4000),
    (0, 3_600_000, NOW, "none", False, NOW - 3_600_000),
    (5000, 1000, NOW, "none", False, NOW),
    (1000, None, NOW, "none", False, NOW),
    (0, 31 * DAY, NOW, "none", False, "too_old"),
    (NOW - 10, NOW - 3_600_000, NOW, "wall", False, NOW),
    (NOW - 7_200_000, NOW - 3_600_000, NOW, "wall", False, NOW - 3_600_000),
    (0, 0, 0, "anchored", False, 0),
    (-1, 0, 0, "anchored", False, "too_old"),
)


def skews() -> Iterator[Vector]:
    """Yield the hand-checked cases, then clocks set wrong by known amounts.

    The drawn cases begin from the true time of an event: with a clock that is wrong by a known
    amount the correction must give the true time back, exactly when the error is not tolerated.
    """
    for t, sent, received, clock, imported, expect in GIVEN:
        yield _vector(t, sent, received, clock, expect, imported=imported)
    draw = random.Random(3)
    for _ in range(118):
        age = draw.randrange(0, 29 * DAY)
        wrong = draw.choice((-1, 1)) * draw.choice((2001, 60_000, 3_600_000, 400 * DAY, 9_999))
        yield _vector(
            NOW - age + wrong, NOW + wrong, NOW, draw.choice(("anchored", "wall")), NOW - age
        )


def _vector(
    t: int | None,
    sent: int | None,
    received: int,
    clock: str,
    expect: int | str,
    *,
    imported: bool = False,
) -> Vector:
    given = {"t": t, "sent_at": sent, "received_at": received, "clock": clock, "imported": imported}
    return {"requirement": "TM-CLK-02", "input": given, "expect": expect}
