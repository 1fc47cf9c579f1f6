"""The invented shop's customers: who comes when, how far they get, and whether they come back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from random import Random

MINUTE: Final = 60_000
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
WEEK: Final = 7 * DAY
DAYS: Final = 28
WEEKS: Final = 4

REACHED: Final = (5_000, 3_500, 1_700, 1_040, 700)
"""How many of the customers reach each step of the funnel within 7 days of their first visit."""

PLATFORMS: Final = (("web", 56), ("ios", 26), ("android", 18))
CHANNELS: Final = (
    ("organic", 38), ("ads", 24), ("newsletter", 16), ("social", 14), ("referral", 8),
)  # fmt: skip
COUNTRIES: Final = (
    ("CZ", 30), ("DE", 22), ("PL", 14), ("FR", 12), ("US", 10), ("GB", 8), ("JP", 4),
)  # fmt: skip

_SIGN_UP_DEPTH: Final = 3
_SIGN_UP_ELSE: Final = 0.12
_SECOND_DEVICE: Final = 0.15
_COMES_BACK: Final = (0.42, 0.36, 0.28, 0.24)
_BUYERS_MORE: Final = 1.6
_GROWTH: Final = 0.015
_WEEKDAYS: Final = (1.0, 0.96, 0.98, 1.02, 1.12, 1.34, 1.26)
_OPENS_AT: Final = 5 * HOUR
_CLOSES_AT: Final = 21 * HOUR


@dataclass(frozen=True, slots=True)
class Person:
    """One customer; `depth` is the last step reached in time, `weeks` those with a return.

    `first` is the first visit in ms. `signs_up` gives them a user id, `second` another device.
    """

    number: int
    first: int
    depth: int
    weeks: frozenset[int]
    signs_up: bool
    second: bool
    platform: str
    channel: str
    country: str

    @property
    def device(self) -> str:
        """The device of the first visit."""
        return f"device-{self.number:05}"

    @property
    def other_device(self) -> str:
        """The device of later visits, of those who have two."""
        return f"phone-{self.number:05}"

    @property
    def user(self) -> str:
        """The user id, from signing up on."""
        return f"customer-{self.number:05}"


def customers(begin: int, end: int, days: Sequence[date], rng: Random) -> list[Person]:
    """Plan everybody who comes from *begin* (a midnight, ms) until *end*.

    On the first 28 *days* exactly as many come and get as far as `REACHED` says; those of the last
    day, which is not over, come on top.
    """
    weights = [(1 + _GROWTH * number) * _WEEKDAYS[day.weekday()] for number, day in enumerate(days)]
    births = [
        begin + number * DAY + rng.randrange(_OPENS_AT, _CLOSES_AT)
        for number, count in enumerate(shares(REACHED[0], weights[:DAYS]))
        for _ in range(count)
    ]
    today = weights[DAYS] / sum(weights[:DAYS]) * REACHED[0]
    births += _today(begin + DAYS * DAY, end, round(today), rng)
    depths = _depths(rng, len(births))
    return [
        _person(number, first, depth, end, rng)
        for number, (first, depth) in enumerate(zip(births, depths, strict=True), start=1)
    ]


def shares(total: int, weights: Sequence[float]) -> list[int]:
    """Split *total* by weights into whole numbers that add up to it: largest remainders first."""
    exact = [total * weight / sum(weights) for weight in weights]
    parts = [int(part) for part in exact]
    order = sorted(range(len(parts)), key=lambda place: parts[place] - exact[place])
    for place in order[: total - sum(parts)]:
        parts[place] += 1
    return parts


def picked(choices: Sequence[tuple[str, int]], rng: Random) -> str:
    """Return one of the choices, each as often as its percentage."""
    return rng.choices([name for name, _ in choices], [share for _, share in choices])[0]


def _today(midnight: int, end: int, a_day: int, rng: Random) -> list[int]:
    """Return the first visits of the day that is not over, those that have happened."""
    planned = [midnight + rng.randrange(_OPENS_AT, _CLOSES_AT) for _ in range(a_day)]
    return [first for first in planned if first < end]


def _depths(rng: Random, count: int) -> list[int]:
    """Return how far each gets: for the first 28 days as planned, afterwards as it happens."""
    deeper = (*REACHED[1:], 0)
    exact = [
        depth
        for depth, (here, next_) in enumerate(zip(REACHED, deeper, strict=True))
        for _ in range(here - next_)
    ]
    rng.shuffle(exact)
    return exact + rng.choices(exact, k=count - len(exact))


def _person(number: int, first: int, depth: int, end: int, rng: Random) -> Person:
    more = _BUYERS_MORE if depth >= _SIGN_UP_DEPTH else 1.0
    weeks = {
        week
        for week, chance in enumerate(_COMES_BACK)
        if rng.random() < chance * more * min(1.0, (end - DAY - first - week * WEEK) / WEEK)
    }
    signs_up = depth >= _SIGN_UP_DEPTH or rng.random() < _SIGN_UP_ELSE
    return Person(
        number=number,
        first=first,
        depth=depth,
        weeks=frozenset(weeks),
        signs_up=signs_up,
        second=signs_up and rng.random() < _SECOND_DEVICE,
        platform=picked(PLATFORMS, rng),
        channel=picked(CHANNELS, rng),
        country=picked(COUNTRIES, rng),
    )
