"""A large shop as a log: the same events for the same number of them, made where they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from tallymark_collector.store.log import StoredEvent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tallymark_collector.govern.access import Scope

DAY: Final = 86_400_000
START: Final = 1_767_225_600_000  # 2026-01-01T00:00Z
DAYS: Final = 84
NAMES: Final = (
    "page_view", "app_open", "view_item", "search", "add_to_cart", "checkout", "purchase",
)  # fmt: skip
SHARES: Final = (0.35, 0.15, 0.2, 0.14, 0.09, 0.045, 0.025)
COUNTRIES: Final = ("CZ", "DE", "US", "GB", "FR", "PL", "IT", "ES", "NL", "SK", "AT", "SE")
SOURCES: Final = tuple(f"source-{number}" for number in range(40))


class Shop:
    """The reads of a log of *size* events; about one user for each 20 of them."""

    def __init__(self, size: int) -> None:
        """Draw the events: their times rise, as they arrive."""
        random = np.random.default_rng(1)
        self.size = size
        self.ts = START + np.sort(random.integers(0, DAYS * DAY, size))
        self.user = (random.pareto(1.2, size) * size / 60).astype(np.int64) % (size // 20)
        self.name = random.choice(len(NAMES), size, p=SHARES)
        self.country = self.user % len(COUNTRIES)
        self.source = (random.random(size) ** 2 * len(SOURCES)).astype(np.int64)
        self.price = random.integers(1, 10_000, size)

    def read(self, scope: Scope, after: int, limit: int) -> Sequence[StoredEvent]:
        """Return up to *limit* events with `pos` > *after*, in `pos` order."""
        return [self._event(place) for place in range(after, min(after + limit, self.size))]

    def head(self) -> int:
        """Return the highest position."""
        return self.size

    def _event(self, place: int) -> StoredEvent:
        ts = int(self.ts[place])
        body = (
            f'{{"e":"{NAMES[self.name[place]]}","u":"user-{self.user[place]}","p":{{'
            f'"country":"{COUNTRIES[self.country[place]]}","source":"{SOURCES[self.source[place]]}"'
            f',"price":{self.price[place]},"currency":"EUR","plan":"free","version":"1.4.2"}},'
            f'"ctx":{{"os":{{"name":"ios"}},"locale":"cs"}}}}'
        )
        return StoredEvent(place + 1, None, None, None, ts, ts, ts, body.encode())
