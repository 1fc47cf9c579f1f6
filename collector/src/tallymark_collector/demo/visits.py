"""What customers do in the invented shop: one visit after the other, event by event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tallymark_collector.demo.call import Call
from tallymark_collector.demo.people import DAY, HOUR, MINUTE, WEEK

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from random import Random

    from tallymark_collector.demo.people import Person

STEPS: Final = ("visit", "view_product", "add_to_cart", "checkout", "purchase")
LONGEST: Final = 2 * HOUR
"""No visit lasts longer."""

_PRODUCTS: Final = (
    ("Desk lamp", "home", 3900), ("Wool blanket", "home", 5400),
    ("Teapot", "kitchen", 2850), ("Chef's knife", "kitchen", 7900),
    ("Notebook", "office", 690), ("Fountain pen", "office", 3200),
    ("Backpack", "travel", 8900), ("Rain jacket", "travel", 12900),
    ("Board game", "toys", 3490), ("Wooden train", "toys", 2590),
    ("Plant pot", "garden", 1490), ("Watering can", "garden", 1990),
)  # fmt: skip
_SEARCHES: Final = ("lamp", "gift", "knife", "jacket", "train", "pen", "sale", "pot")
_PAYMENTS: Final = ("card", "card", "card", "transfer", "on delivery")


@dataclass(slots=True)
class Visit:
    """One visit under way: who it is by now, where, and at what time the next thing happens."""

    person: Person
    device: str
    ts: int
    user: str | None
    rng: Random

    def wait(self, least_s: int, most_s: int) -> None:
        """Let some time pass."""
        self.ts += 1_000 * self.rng.randint(least_s, most_s)

    def does(self, name: str, **properties: object) -> Call:
        """Return an event of this moment."""
        person = self.person
        about = {
            "platform": "ios" if self.device == person.other_device else person.platform,
            "channel": person.channel,
            "country": person.country,
        }
        return Call(self.ts, name, self.user, self.device, {**about, **properties})

    def signs_in(self) -> Call:
        """Link the device to the person; from now on the user id is known."""
        self.user = self.person.user
        return Call(self.ts, None, self.user, self.device)


def first_visits(person: Person, end: int, rng: Random) -> Iterator[Call]:
    """Iterate over what happens within 7 days of the first visit, as deep as was planned.

    Who comes back in these days does the second half of the steps then, if there are any.
    """
    visit = Visit(person, person.device, person.first, None, rng)
    later = _later_start(person, 0, end, rng) if 0 in person.weeks else None
    split = person.depth if later is None else rng.randint(min(1, person.depth), person.depth)
    yield from _steps(visit, range(split + 1))
    if person.signs_up and visit.user is None and later is None:
        visit.wait(5, 90)
        yield visit.signs_in()
    if later is not None:
        visit.ts = later
        yield visit.does(STEPS[0], page="/")
        yield from _steps(visit, range(split + 1, person.depth + 1))
        if person.signs_up and visit.user is None:
            visit.wait(5, 90)
            yield visit.signs_in()


def later_visits(person: Person, end: int, rng: Random) -> Iterator[Call]:
    """Iterate over the visits of the weeks in which the person comes back after the first one."""
    for week in sorted(person.weeks - {0}):
        starts = sorted(_later_start(person, week, end, rng) for _ in range(rng.randint(1, 3)))
        kept = [starts[0]]
        for start in starts[1:]:
            if start - kept[-1] > LONGEST:
                kept.append(start)
        for start in kept:
            yield from any_visit(person, start, rng)


def any_visit(person: Person, start: int, rng: Random) -> Iterator[Call]:
    """Iterate over a visit of somebody who has been here before, whatever it leads to."""
    second = person.second and rng.random() < 0.5  # noqa: PLR2004 -- every other time
    device = person.other_device if second else person.device
    visit = Visit(
        person, device, start, person.user if person.signs_up and not second else None, rng
    )
    yield visit.does(STEPS[0], page="/")
    if second:
        visit.wait(5, 60)
        yield visit.signs_in()
    for _ in range(rng.randint(1, 6)):
        yield from _looks_around(visit)
    if rng.random() < 0.30:  # noqa: PLR2004 -- a share
        yield from _steps(visit, range(1, rng.choices((3, 4, 5), (6, 2, 3))[0]))


def _later_start(person: Person, week: int, end: int, rng: Random) -> int:
    """Return when a visit of that week after the first one begins, so that it ends within it."""
    begin = person.first + week * WEEK + (6 * HOUR if week == 0 else 0)
    latest = min(person.first + (week + 1) * WEEK, end) - LONGEST - MINUTE
    return rng.randint(begin, max(begin, min(latest, begin + 6 * DAY + 12 * HOUR)))


def _steps(visit: Visit, steps: Sequence[int]) -> Iterator[Call]:
    """Iterate over steps of the funnel in order, with what happens around them."""
    rng = visit.rng
    name, category, cents = rng.choice(_PRODUCTS)
    number = rng.choices((1, 2, 3), (7, 2, 1))[0]
    about = {"product": name, "category": category, "price": cents / 100}
    for step in steps:
        if step == 0:
            yield visit.does(STEPS[0], page="/")
            if rng.random() < 0.5:  # noqa: PLR2004 -- every other one
                yield from _searches(visit)
            continue
        visit.wait(8, 240)
        if step == 1:
            yield visit.does(STEPS[1], **about)
            for _ in range(rng.randint(1, 6)):
                yield from _looks_around(visit)
        elif step == 2:  # noqa: PLR2004 -- add_to_cart
            yield visit.does(STEPS[2], **about, quantity=number)
        elif step == 3:  # noqa: PLR2004 -- checkout
            if visit.person.signs_up and visit.user is None:
                yield visit.signs_in()
                visit.wait(1, 20)
            yield visit.does(STEPS[3], items=number)
        else:
            yield visit.does(
                STEPS[4],
                value=cents * number / 100,
                items=number,
                payment=rng.choice(_PAYMENTS),
                categories=sorted({category, rng.choice(_PRODUCTS)[1]}),
            )


def _searches(visit: Visit) -> Iterator[Call]:
    visit.wait(4, 60)
    query = visit.rng.choice(_SEARCHES)
    yield visit.does("search", query=query, results=visit.rng.randint(0, 40))


def _looks_around(visit: Visit) -> Iterator[Call]:
    rng = visit.rng
    visit.wait(10, 200)
    kind = rng.choices(("search", "view_product", "wishlist", "review"), (3, 8, 2, 1))[0]
    if kind == "search":
        yield from _searches(visit)
        return
    name, category, cents = rng.choice(_PRODUCTS)
    if kind == "review":
        yield visit.does("review", product=name, category=category, stars=rng.randint(1, 5))
    else:
        yield visit.does(kind, product=name, category=category, price=cents / 100)
