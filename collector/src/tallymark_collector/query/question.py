"""What may be asked: one strict model per report, and one reader that says where a question fails.

Questions name things with the field's terms and know nothing of stores and engines.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self, TypeVar

import orjson
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from tallymark_collector.problem import Problem
from tallymark_collector.query.buckets import Interval, zone
from tallymark_collector.query.durations import DAY, Duration, parse_duration
from tallymark_collector.query.filters import Filter  # noqa: TC001 -- pydantic reads it
from tallymark_collector.query.formula import LETTERS, Formula

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic_core import ErrorDetails

ANY_EVENT: Final = "*"
MAX_EVENTS: Final = 10
MAX_WINDOW: Final = 366 * DAY
FIRST_DAY: Final = date(1970, 1, 2)
LAST_DAY: Final = date(2199, 12, 31)

Count = Literal["uniques", "totals", "sessions"]
Order = Literal["ordered", "any", "strict"]
DISTINCT_USERS: Final = frozenset(("uniques", "dau", "wau", "mau"))
COUNTS: Final = ("total", "uniques", "per_user", "sessions", "dau", "wau", "mau")
AGGREGATES: Final = ("sum", "average", "min", "max", "median", "distinct")
_PERCENTILE: Final = re.compile(r"p(\d{1,2}(?:\.\d{1,2})?)")


def percentile_of(measure: str) -> float | None:
    """Return which percentile a measure is (`median`, `p90`, `p99.9`), None if it is none."""
    if measure == "median":
        return 50.0
    found = _PERCENTILE.fullmatch(measure)
    return None if found is None else float(found[1])


def _measure(value: str) -> str:
    if value not in (*COUNTS, *AGGREGATES) and percentile_of(value) is None:
        raise ValueError(
            f"{value!r} is no measure: there are {', '.join((*COUNTS, *AGGREGATES))} "
            "and percentiles, p0 to p99.99"
        )
    return value


Measure = Annotated[str, AfterValidator(_measure)]
"""What is measured: a count, an aggregate of a property, or a percentile of it (`p90`)."""


def _listed(value: object) -> object:
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


def _session(value: object) -> int:
    """Read what a session is: the events' own session `id` (0), or the gap that ends one."""
    return 0 if value == "id" else parse_duration(value)


Session = Annotated[int, BeforeValidator(_session), Field(ge=0, le=DAY)]
"""The gap in ms after which a session is over, or 0: sessions as the events' `s` names them."""

Properties = Annotated[tuple[str, ...], BeforeValidator(_listed), Field(max_length=3)]
"""Up to three property names; one may be given without a list."""


def _at(path: str, text: str) -> PydanticCustomError:
    """Return what is wrong with a field because of another one; *path* names the field."""
    return PydanticCustomError("beside", "{text}", {"text": text, "path": path})


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, validate_default=True)


class EventSet(_Model):
    """Events of one name (`*` is every name) that satisfy `where`, or the union `any` of sets.

    A plain string stands for the events of that name.
    """

    event: str | None = Field(None, min_length=1)
    where: Filter | None = None
    any_: tuple[EventSet, ...] | None = Field(None, alias="any", min_length=1, strict=False)
    label: str | None = Field(None, min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _plain_name(cls, value: object) -> object:
        return {"event": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if (self.event is None) == (self.any_ is None):
            raise ValueError("name either an event or a list of any")
        return self

    @property
    def title(self) -> str:
        """The label shown for the set."""
        if self.label is not None:
            return self.label
        if self.event is not None:
            return "any event" if self.event == ANY_EVENT else self.event
        return " or ".join(part.title for part in self.any_ or ())


class Step(EventSet):
    """One step of a funnel.

    `compare` gives alternatives that each make a funnel of their own; an `anchor` keeps its place
    when the order is `any`.
    """

    compare: tuple[EventSet, ...] | None = Field(None, min_length=2, max_length=10, strict=False)
    anchor: bool = False

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if sum(form is not None for form in (self.event, self.any_, self.compare)) != 1:
            raise ValueError("name either an event, a list of any, or a list to compare")
        return self


class Question(_Model):
    """What every report is asked with.

    `from` and `to` are local days of `timezone`, both included; without them the range is that
    of the stored events.
    """

    from_: date | None = Field(None, alias="from", ge=FIRST_DAY, le=LAST_DAY)
    to: date | None = Field(None, ge=FIRST_DAY, le=LAST_DAY)
    timezone: str = "UTC"

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        zone(value)
        return value

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.from_ is not None and self.to is not None and self.to < self.from_:
            raise _at("to", f"the range ends ({self.to}) before it begins ({self.from_})")
        return self


class TrendsQuestion(Question):
    """How often, by how many, or how much: per interval and over the whole range.

    `rolling` averages over that many intervals ending with each; `cumulative` adds up. A
    breakdown shows the `limit` largest segments and `$other`; `segment` says whether a unique
    user counts in every segment touched or only in their first or last one.
    """

    events: tuple[EventSet, ...] = Field(min_length=1, max_length=MAX_EVENTS)
    measure: Measure = "total"
    property: str | None = Field(None, min_length=1)
    per_user: Literal["sum", "average", "min", "max", "count"] | None = None
    interval: Interval = "day"
    where: Filter | None = None
    by: Properties = ()
    limit: int = Field(10, ge=1, le=1_000)
    segment: Literal["every", "first", "last"] = "every"
    compare: Literal["previous"] | None = None
    rolling: int | None = Field(None, ge=2, le=366)
    cumulative: bool = False
    formula: str | None = Field(None, min_length=1, max_length=200)
    session: Session = Field("30m")  # type: ignore[assignment]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.measure not in COUNTS) != (self.property is not None):
            need = "needs a property" if self.property is None else "takes no property"
            raise _at("property", f"measure {self.measure} {need}")
        if self.per_user is not None and self.property is None:
            raise _at("per_user", "per_user folds the values of a property: name one")
        if self.rolling is not None and self.cumulative:
            raise _at("rolling", "choose one of rolling and cumulative")
        if self.segment != "every" and not (self.by and self.measure in DISTINCT_USERS):
            raise _at("segment", "segment chooses where a unique user counts in a breakdown")
        if self.formula is not None:
            try:
                unknown = Formula(self.formula).letters - set(LETTERS[: len(self.events)])
            except ValueError as error:
                raise _at("formula", str(error)) from error
            if unknown:
                raise _at("formula", f"it names {min(unknown)}, but there is no such series")
        return self


class Exclusion(EventSet):
    """Events that end an attempt between step `after` is reached and step `before` is (1-based)."""

    after: int = Field(1, ge=1)
    before: int | None = Field(None, ge=2)


class FunnelQuestion(Question):
    """How many go through the steps within the window; see each field's name in the docs.

    `ties`: events of one millisecond follow in order of `arrival`, or count in `either` order.
    `excluded`: whoever an exclusion stops counts as `entered`, or is `dropped` altogether.
    `within`: later steps lie in the `window`, or in the `range` as well.
    """

    steps: tuple[Step, ...] = Field(min_length=2, max_length=20)
    window: Annotated[Duration, Field(ge=1, le=MAX_WINDOW)] = Field("7d")  # type: ignore[assignment]
    order: Order = "ordered"
    count: Count = "uniques"
    reentry: Literal["first", "best"] = "first"
    grace: Annotated[Duration, Field(ge=0, le=DAY)] = Field("0s")  # type: ignore[assignment]
    ties: Literal["arrival", "either"] = "arrival"
    exclude: tuple[Exclusion, ...] = Field((), max_length=10)
    excluded: Literal["entered", "dropped"] = "entered"
    within: Literal["window", "range"] = "window"
    hold: Properties = ()
    where: Filter | None = None
    where_applies: Literal["after", "before"] = "after"
    by: Properties = ()
    attribution: Annotated[str, Field(pattern=r"^(first|last|step:[1-9]\d?)$")] = "first"
    limit: int = Field(10, ge=1, le=1_000)
    session: Session = Field("30m")  # type: ignore[assignment]
    sum: str | None = Field(None, min_length=1)
    interval: Interval | None = None

    @property
    def attributed_step(self) -> int | None:
        """The step (1-based) whose properties an attempt carries, None for first and last."""
        _, _, step = self.attribution.partition(":")
        return int(step) if step else None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        size = len(self.steps)
        if self.count == "totals" and self.reentry == "best":
            raise _at(
                "reentry", "reentry best belongs to uniques and sessions: totals re-enter anyway"
            )
        if self.grace and self.order != "ordered":
            raise _at("grace", f"grace belongs to order ordered, not {self.order}")
        if self.ties == "either" and self.order == "any":
            raise _at("ties", "ties belongs to orders ordered and strict, not any")
        if self.excluded == "dropped" and not self.exclude:
            raise _at("excluded", "excluded says what an exclusion does: name one in exclude")
        anchored = next((n for n, step in enumerate(self.steps) if step.anchor), None)
        if self.order != "any" and anchored is not None:
            path = f"steps[{anchored}].anchor"
            raise _at(path, f"an anchor belongs to order any, not {self.order}")
        if self.attributed_step is not None and self.attributed_step > size:
            raise _at("attribution", f"attribution names step {self.attributed_step} of {size}")
        for number, exclusion in enumerate(self.exclude):
            end = exclusion.before or size
            if not exclusion.after < end <= size:
                raise _at(
                    f"exclude[{number}]",
                    f"an exclusion between steps {exclusion.after} and {end} of {size}",
                )
        return self


class RetentionQuestion(Question):
    """Who comes back after a first event, and when.

    `births`: the first birth event in the range (`first`), only if it is the first in all history
    (`first_ever`), or each period with one (`compounded`). `brackets` replace single buckets.
    """

    birth_event: EventSet
    return_event: EventSet
    unit: Literal["day", "week", "month"] = "day"
    buckets: int = Field(8, ge=1, le=400)
    brackets: tuple[tuple[int, int], ...] | None = Field(None, min_length=1, max_length=100)
    mode: Literal["rolling", "calendar"] = "rolling"
    births: Literal["first", "first_ever", "compounded"] = "first"
    criteria: Literal["on", "on_or_after", "on_or_before", "streak"] = "on"
    measure: Literal["rate", "users", "sum", "average"] = "rate"
    property: str | None = Field(None, min_length=1)
    average: Literal["pooled", "simple", "mixpanel"] = "pooled"
    size_column: bool = False
    by: Properties = ()
    match: Literal["birth", "both"] = "birth"
    limit: int = Field(10, ge=1, le=1_000)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.measure in ("sum", "average")) != (self.property is not None):
            need = "needs a property" if self.property is None else "takes no property"
            raise _at("property", f"measure {self.measure} {need}")
        if self.match == "both" and not self.by:
            raise _at("match", "match both compares the values of a breakdown: name one in by")
        for number, (low, high) in enumerate(self.brackets or ()):
            if not 0 <= low <= high < 400:  # noqa: PLR2004 -- as many as single buckets
                raise _at(
                    f"brackets[{number}]",
                    f"a bracket runs from low to high within 0..399, not {low}..{high}",
                )
        return self


class FrequencyQuestion(Question):
    """How often users do something: in how many different hours or days of each day, week, month.

    `unit` is the period looked at, `sub_unit` what is counted in it.
    """

    event: EventSet
    unit: Literal["day", "week", "month"] = "day"
    sub_unit: Literal["hour", "day"] = "hour"
    where: Filter | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.unit == self.sub_unit:
            raise _at("sub_unit", f"a {self.unit} has no {self.sub_unit}s to count: choose hour")
        return self


QUESTIONS: Final[dict[str, type[Question]]] = {
    "trends": TrendsQuestion,
    "funnel": FunnelQuestion,
    "retention": RetentionQuestion,
    "frequency": FrequencyQuestion,
}

_WORDS: Final = {
    "missing": "is missing",
    "extra_forbidden": "is no field of this question",
    "too_short": "needs at least {min_length}, not {actual_length}",
    "too_long": "takes at most {max_length}, not {actual_length}",
    "json_invalid": "the question is not JSON: {error}",
}

Q = TypeVar("Q", bound=BaseModel)


def parse(model: type[Q], body: bytes | Mapping[str, object] | Q) -> Q:
    """Read a question; raise Problem `bad_question` with the path of what is wrong.

    One that has been read before is returned as it is.
    """
    if isinstance(body, model):
        return body
    raw = body if isinstance(body, bytes) else orjson.dumps(dict(body))
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        inside = first.get("ctx", {}).get("path", "")
        path = ".".join(part for part in (_path(first["loc"]), inside) if part)
        raise Problem("bad_question", _detail(first), path=path or None) from error


def _detail(first: ErrorDetails) -> str:
    if first["type"] in _WORDS:
        return _WORDS[first["type"]].format(**first.get("ctx", {}))
    message = first["msg"].removeprefix("Value error, ")
    given = first["input"]
    if (
        isinstance(given, str | int | float | bool)
        and "value" not in first["loc"]  # what a property is compared with may be personal
        and repr(given) not in message
    ):
        return f"{message} (given: {given!r})"
    return message


def _path(location: tuple[int | str, ...]) -> str:
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    return path.removeprefix(".")
