"""Generated questions of the reports that have kernels, with all that they support and more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tallymark_collector.query.question import QUESTIONS
from world import DEVICES, EPOCHS, NAMES, NUMBERS, SCALARS, USERS

if TYPE_CHECKING:
    from random import Random

ZONES = ("UTC", "Europe/Prague", "America/New_York", "America/Havana", "Asia/Kathmandu")
PROPERTIES = (
    "p", "q", "n", "m", "url", "locale", "os.name", "os", "$user_id", "$event", "$device_id",
    "$group.company", "$session_id", "none", "$name",
)  # fmt: skip
MEASURES = (
    "total", "uniques", "per_user", "dau", "wau", "mau", "sum", "average", "min", "max", "median",
    "p90", "distinct", "sessions",
)  # fmt: skip
COUNTS = ("total", "uniques", "per_user", "dau", "wau", "mau", "sessions")
WINDOWS = ("2ms", "5ms", "40ms", "1s", "1h", "1d", "3d", "30d")


def asked(random: Random) -> tuple[str, dict[str, Any]]:
    """Return a report and a question of it."""
    report = random.choice(("trends", "funnel", "retention"))
    made = {"trends": _trends, "funnel": _funnel, "retention": _retention}[report](random)
    question = {**made, **_range(random)}
    assert report in QUESTIONS
    return report, question


def _range(random: Random) -> dict[str, Any]:
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415

    found: dict[str, Any] = {"timezone": random.choice(ZONES)}
    first = datetime.fromtimestamp(random.choice(EPOCHS) / 1000, UTC).date()
    first += timedelta(days=random.randint(-2, 3))
    if random.random() < 0.4:
        found["from"] = first.isoformat()
        found["to"] = (first + timedelta(days=random.randint(0, 20))).isoformat()
    return found


def _filter(random: Random, depth: int = 2) -> dict[str, Any]:
    chance = random.random()
    if depth and chance < 0.25:
        form = random.choice(("all", "any"))
        return {form: [_filter(random, depth - 1) for _ in range(random.randint(0, 3))]}
    if depth and chance < 0.35:
        return {"not": _filter(random, depth - 1)}
    name = random.choice(PROPERTIES)
    op = random.choice(
        ("is", "is", "is_not", "contains", "not_contains", "gt", "gte", "lt", "lte", "between",
         "set", "not_set")
    )  # fmt: skip
    words = (*SCALARS, *NUMBERS, "cs", "ios", *USERS, *DEVICES, "z")
    value = random.choice(words)
    if op in ("set", "not_set"):
        return {"property": name, "op": op}
    if op in ("contains", "not_contains"):
        value = random.choice(("x", "D", "U", "", "EXAMPLE"))
    elif op == "between":
        value = [random.choice(words), random.choice(words)]
    elif op in ("is", "is_not") and random.random() < 0.4:
        value = [random.choice(words) for _ in range(random.randint(0, 3))]
    return {"property": name, "op": op, "value": value}


def _set(random: Random) -> dict[str, Any]:
    if random.random() < 0.1:
        return {"any": [_set(random) for _ in range(random.randint(1, 2))]}
    found: dict[str, Any] = {"event": random.choice((*NAMES[:4], *NAMES, "*", "$page", "missing"))}
    if random.random() < 0.25:
        found["where"] = _filter(random)
    return found


def _by(random: Random) -> dict[str, Any]:
    if random.random() < 0.5:
        return {}
    names = random.sample(PROPERTIES, random.choice((1, 1, 1, 2)))
    return {"by": names, "limit": random.choice((1, 2, 3, 10))}


def _trends(random: Random) -> dict[str, Any]:
    measure = random.choice(MEASURES)
    events = [_set(random) for _ in range(random.choice((1, 1, 2)))]
    found: dict[str, Any] = {"events": events, "measure": measure, **_by(random)}
    if measure not in COUNTS:
        found["property"] = random.choice(("n", "n", "m", "p", "q", "url", "none", "$user_id"))
    found["interval"] = random.choice(("hour", "day", "day", "week", "month"))
    if random.random() < 0.3:
        found["where"] = _filter(random)
    if random.random() < 0.2:
        found["compare"] = "previous"
    chance = random.random()
    if chance < 0.15:
        found["rolling"] = random.choice((2, 3, 24, 25))
    elif chance < 0.3:
        found["cumulative"] = True
    if len(events) == 2 and random.random() < 0.5:
        found["formula"] = random.choice(("A / B", "A - B * 2"))
    if random.random() < 0.05 and "by" in found and measure in ("uniques", "dau"):
        found["segment"] = "first"
    return found


def _funnel(random: Random) -> dict[str, Any]:
    steps = [_set(random) for _ in range(random.choice((2, 2, 3, 4)))]
    if random.random() < 0.1:
        steps[-1] = {"compare": [_set(random), _set(random)]}
    found: dict[str, Any] = {"steps": steps, "window": random.choice(WINDOWS), **_by(random)}
    found["count"] = random.choice(("uniques", "uniques", "totals", "totals", "sessions"))
    if random.random() < 0.4:
        count = random.choice((1, 1, 2))
        found["exclude"] = [_exclusion(random, len(steps)) for _ in range(count)]
        if random.random() < 0.4:
            found["excluded"] = "dropped"
    if random.random() < 0.25:
        found["where"] = _filter(random)
        found["where_applies"] = random.choice(("after", "before"))
    found["attribution"] = random.choice(("first", "last", "step:1", "step:2"))
    if random.random() < 0.2:
        found["within"] = "range"
    if random.random() < 0.2:
        found["sum"] = random.choice(("n", "m"))
    if random.random() < 0.3:
        found["interval"] = random.choice(("day", "week"))
    if random.random() < 0.05:
        found["hold"] = ["q"]
    return found


def _exclusion(random: Random, steps: int) -> dict[str, Any]:
    after = random.randint(1, steps - 1)
    found = {**_set(random), "after": after}
    if random.random() < 0.5:
        found["before"] = random.randint(after + 1, steps)
    return found


def _retention(random: Random) -> dict[str, Any]:
    found: dict[str, Any] = {
        "birth_event": _set(random),
        "return_event": _set(random),
        "unit": random.choice(("day", "week", "month")),
        "buckets": random.choice((1, 3, 8)),
        "mode": random.choice(("rolling", "calendar")),
        "births": random.choice(("first", "first", "first_ever", "compounded")),
        "criteria": random.choice(("on", "on", "on_or_after", "on_or_before", "streak")),
        "average": random.choice(("pooled", "simple", "mixpanel")),
        **_by(random),
    }
    if random.random() < 0.3:
        found["brackets"] = [[0, 0], [1, 3], [2, 5]]
    if random.random() < 0.2:
        found["size_column"] = True
    if random.random() < 0.15:
        found["measure"] = "users"
    return found
