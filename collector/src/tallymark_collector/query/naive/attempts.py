"""Attempts: how far one user gets through the steps of a funnel, from one entry on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tallymark_collector.query.naive.rows import belongs
from tallymark_collector.query.values import UNDEFINED, identity_of

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Sequence

    from tallymark_collector.query.plan import FunnelPlan
    from tallymark_collector.query.question import EventSet, Exclusion, Order
    from tallymark_collector.query.row import Row


@dataclass(frozen=True, slots=True)
class Attempt:
    """The rows that filled steps, in the order of the steps they filled; `hits[0]` is the entry.

    `order` are their indexes among the user's rows, `resume` the index from which a further
    attempt may begin; `excluded` says that an exclusion ended it.
    """

    hits: tuple[Row, ...]
    order: tuple[int, ...]
    resume: int
    excluded: bool = False

    @property
    def depth(self) -> int:
        """How many steps were reached."""
        return len(self.hits)


@dataclass(frozen=True, slots=True)
class Rules:
    """What an attempt has to follow.

    `stages` are the steps in groups: steps of one group may come in any order, the groups follow
    one another. An ordered funnel has one step in each group. `either` lets events of one
    millisecond count in either order.
    """

    stages: tuple[tuple[EventSet, ...], ...]
    order: Order
    window: int
    grace: int
    either: bool
    exclude: tuple[Exclusion, ...]
    hold: tuple[str, ...]

    @property
    def size(self) -> int:
        """The number of steps."""
        return sum(len(stage) for stage in self.stages)

    def enters(self, row: Row) -> bool:
        """Tell whether an attempt may begin with *row*: a held property must be defined."""
        defined = all(row.lookup(name) is not UNDEFINED for name in self.hold)
        return defined and any(belongs(step, row) for step in self.stages[0])

    def held(self, row: Row) -> tuple[Hashable, ...]:
        """Return the values of the properties that must stay the same."""
        return tuple(identity_of(row.lookup(name)) for name in self.hold)

    def excluded(self, reached: int, row: Row) -> bool:
        """Tell whether *row* ends an attempt that has reached so many steps."""
        return any(
            exclusion.after <= reached < (exclusion.before or self.size) and belongs(exclusion, row)
            for exclusion in self.exclude
        )


def rules_of(plan: FunnelPlan, path: tuple[EventSet, ...]) -> Rules:
    """Return the rules of one funnel of a plan."""
    question = plan.question
    stages: list[tuple[EventSet, ...]] = []
    loose = False
    for step, asked in zip(path, question.steps, strict=True):
        joins = question.order == "any" and not asked.anchor
        if joins and loose:
            stages[-1] = (*stages[-1], step)
        else:
            stages.append((step,))
        loose = joins
    return Rules(
        stages=tuple(stages),
        order=question.order,
        window=question.window,
        grace=question.grace,
        either=question.ties == "either",
        exclude=question.exclude,
        hold=question.hold,
    )


def attempt(rows: Sequence[Row], entry: int, rules: Rules, spent: Collection[int]) -> Attempt:
    """Follow one user's rows from the entry at index *entry*; rows in *spent* fill nothing."""
    if rules.order == "ordered":
        return _ordered(rows, entry, rules, spent)
    return _in_stages(rows, entry, rules)


def _ordered(rows: Sequence[Row], entry: int, rules: Rules, spent: Collection[int]) -> Attempt:
    """Take the earliest possible row for each step, looking back by the grace."""
    order = [entry]
    held = rules.held(rows[entry])
    deadline = rows[entry].ts + rules.window
    while len(order) < rules.size:
        last = order[-1]
        (step,) = rules.stages[len(order)]
        found = next(
            (
                index
                for index, row in enumerate(rows)
                if (index > last or _may_precede(row, rows[last], rules))
                and row.ts <= deadline
                and index not in order
                and index not in spent
                and belongs(step, row)
                and rules.held(row) == held
            ),
            None,
        )
        end = _first_excluded(rows, last, len(rows) if found is None else found, rules, len(order))
        if end is not None and rows[end].ts <= deadline:
            return _attempt(rows, order, end + 1, excluded=True)
        if found is None:
            return _attempt(rows, order, _first_after(rows, deadline))
        order.append(found)
    return _attempt(rows, order, max(order) + 1)


def _in_stages(rows: Sequence[Row], entry: int, rules: Rules) -> Attempt:
    """Go through the rows one by one: each fills a free step of the current stage, or none."""
    held = rules.held(rows[entry])
    deadline = rows[entry].ts + rules.window
    stages = [list(stage) for stage in rules.stages]
    order: list[int] = []
    for index in range(entry, len(rows)):
        row = rows[index]
        if row.ts > deadline:
            return _attempt(rows, order, index)
        fits = rules.held(row) == held
        step = next((step for step in stages[0] if fits and belongs(step, row)), None)
        if step is not None:
            order.append(index)
            stages[0].remove(step)
            stages = stages if stages[0] else stages[1:]
            if not stages:
                return _attempt(rows, order, index + 1)
        elif rules.excluded(len(order), row):
            return _attempt(rows, order, index + 1, excluded=True)
        elif rules.order == "strict" and not (rules.either and row.ts == rows[order[-1]].ts):
            return _attempt(rows, order, index)
    return _attempt(rows, order, len(rows))


def _first_excluded(
    rows: Sequence[Row], after: int, before: int, rules: Rules, reached: int
) -> int | None:
    indexes = range(after + 1, before)
    return next((index for index in indexes if rules.excluded(reached, rows[index])), None)


def _first_after(rows: Sequence[Row], deadline: int) -> int:
    return next((index for index, row in enumerate(rows) if row.ts > deadline), len(rows))


def _may_precede(row: Row, before: Row, rules: Rules) -> bool:
    """Tell whether a step may be filled by a row that arrived, or happened, before the last one."""
    if rules.grace:
        return row.ts >= before.ts - rules.grace
    return rules.either and row.ts == before.ts


def _attempt(
    rows: Sequence[Row], order: list[int], resume: int, *, excluded: bool = False
) -> Attempt:
    return Attempt(tuple(rows[index] for index in order), tuple(order), resume, excluded)
