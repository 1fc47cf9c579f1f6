"""Breadth-first exploration of a producer, a faulty network and a collector's books.

It ends only when every state that can be reached within the bounds of a set-up was visited. The
producer has a bounded queue that drops the oldest event and a cumulative ack; the network
loses, duplicates and reorders requests and loses acks; one event is poison; the producer closes
cleanly, or crashes, with or without a spool. The books are the shipped `Ledger` and `Account`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

import pytest

from tallymark_protocol import ranges as sets
from tallymark_protocol.ledger import Account, Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tallymark_protocol.ranges import Ranges

Named = tuple[tuple[str, "Ranges"], ...]
POISON = 2


class Request(NamedTuple):
    """What is on the wire: events, losses, and how far the producer has assigned."""

    events: Ranges
    drops: Ranges
    hwm: int
    fin: bool


@dataclass(frozen=True)
class SetUp:
    """The bounds of one exploration."""

    events: int
    queue: int = 2
    batch: int = 2
    requests: int = 2
    acks: int = 1
    ranges: int = 100
    scattered: bool = False
    crash: Literal["no", "without spool", "with spool"] = "no"


@dataclass(frozen=True)
class State:
    """Everything there is: producer, network, collector."""

    assigned: int = 0
    queue: Ranges = ()
    drops: Ranges = ()
    acked: Ranges = ()
    fin: bool = False
    crashed: bool = False
    requests: frozenset[Request] = frozenset()
    acks: frozenset[Ranges] = frozenset()
    ledger: Ledger = field(default_factory=Ledger)
    stored: Ranges = ()
    rejected: Named = ()
    dropped: Named = ()


Books = type[Account]


class ForgetsLateDelivery(Account):
    """A mutant: an event that arrives after its loss was declared is counted twice."""

    def store(self, ranges: Ranges) -> Account:
        """Store without voiding the loss."""
        return Account(sets.union(self.stored, ranges), self.rejected, self.dropped)


class AcceptsLateDrop(Account):
    """A mutant: a loss declared for a stored event is accepted."""

    def drop(self, reason: str, ranges: Ranges) -> Account:
        """Drop without looking at what is stored."""
        held = sets.union(self.dropped.get(reason, ()), ranges)
        return Account(self.stored, self.rejected, {**self.dropped, reason: held})


def produce(state: State, setup: SetUp) -> Iterator[State]:
    """Yield what the producer can do: track, send, close, crash."""
    if state.crashed:
        return
    if state.assigned < setup.events and not state.fin:
        seq = state.assigned + 1
        queue, drops = sets.add(state.queue, seq, seq), state.drops
        if sets.count(queue) > setup.queue:
            oldest = queue[0][0]
            queue, drops = (
                sets.subtract(queue, ((oldest, oldest),)),
                sets.add(drops, oldest, oldest),
            )
        yield replace(state, assigned=seq, queue=queue, drops=drops)
    if len(state.requests) < setup.requests and (state.queue or state.drops or state.fin):
        for events in batches(state.queue, setup):
            request = Request(events, state.drops, state.assigned, state.fin)
            yield replace(state, requests=state.requests | {request})
    if not state.fin and state.assigned:
        yield replace(state, fin=True)
    if setup.crash == "without spool" and state.assigned:
        yield replace(state, crashed=True, queue=(), drops=(), acks=frozenset())
    if setup.crash == "with spool" and state.acks:
        yield replace(state, acks=frozenset())


def batches(queue: Ranges, setup: SetUp) -> Iterator[Ranges]:
    """Yield what may be sent at once: the oldest events, or, scattered, any one of them."""
    waiting = list(sets.numbers(queue))
    if setup.scattered and waiting:
        yield from (((number, number),) for number in waiting)
    else:
        yield sets.normalise((number, number) for number in waiting[: setup.batch])


def travel(state: State, setup: SetUp, books: Books) -> Iterator[State]:
    """Yield what the network can do: deliver once or again, lose, acknowledge, lose the ack."""
    for request in state.requests:
        lost = replace(state, requests=state.requests - {request})
        yield lost
        yield receive(lost, request, setup, books)
        yield receive(state, request, setup, books)
    for ack in state.acks:
        rest = replace(state, acks=state.acks - {ack})
        yield rest
        if not state.crashed:
            left = sets.subtract(state.queue, ack)
            yield replace(
                rest,
                queue=left,
                drops=sets.subtract(state.drops, ack),
                acked=sets.union(state.acked, sets.intersect(ack, ((1, state.assigned),))),
            )


def receive(state: State, request: Request, setup: SetUp, books: Books) -> State:
    """Return the state after the collector committed a request and answered, if there is room."""
    named = sets.union(request.events, request.drops)
    open_ = state.ledger.beyond(named, setup.ranges)
    request = Request(
        sets.subtract(request.events, open_),
        sets.subtract(request.drops, open_),
        request.hwm,
        request.fin,
    )
    account: Account = books(state.stored, dict(state.rejected), dict(state.dropped))
    poison = sets.intersect(request.events, ((POISON, POISON),))
    account = account.store(sets.subtract(request.events, poison))
    account = books(account.stored, account.rejected, account.dropped).reject("bad_name", poison)
    account = books(account.stored, account.rejected, account.dropped)
    account = account.drop("queue_overflow", request.drops)
    ledger = state.ledger.settle((*request.events, *request.drops))
    ledger = ledger.announce(request.hwm, request.fin)
    acks = state.acks
    if len(acks) < setup.acks and not state.crashed:
        acks |= {ledger.all_settled()}
    return replace(
        state,
        ledger=ledger,
        acks=acks,
        stored=account.stored,
        rejected=tuple(sorted(account.rejected.items())),
        dropped=tuple(sorted(account.dropped.items())),
    )


def violations(state: State, setup: SetUp) -> Iterator[str]:
    """Yield the invariants a state breaks."""
    if len(state.ledger.settled) > setup.ranges:
        yield "more ranges than a collector keeps"
    following = state.ledger.upto + 1
    if state.ledger.beyond(((following, following),), setup.ranges):
        yield "the next number is not taken"
    rejected = dict(state.rejected).get("bad_name", ())
    dropped = dict(state.dropped).get("queue_overflow", ())
    classes = (state.stored, rejected, dropped)
    if sum(map(sets.count, classes)) != sets.count(sets.union(sets.union(*classes[:2]), dropped)):
        yield "an event ended in two states"
    account = Account(state.stored, dict(state.rejected), dict(state.dropped))
    if account.settled() != state.ledger.all_settled():
        yield "the ledger and the account differ"
    if sets.contains(state.stored, POISON) or sets.subtract(rejected, ((POISON, POISON),)):
        yield "a verdict is wrong"
    if sets.subtract(state.acked, state.ledger.all_settled()):
        yield "released, but not settled"
    if not state.crashed:
        held = sets.count(state.queue) + sets.count(state.drops) + sets.count(state.acked)
        if held != state.assigned:
            yield "assigned = acked + pending + dropped does not hold"
    yield from at_rest(state)


def at_rest(state: State) -> Iterator[str]:
    """Yield what is wrong although nothing is under way any more."""
    if state.requests or state.acks or state.queue or state.drops:
        return
    settled = sets.count(state.ledger.all_settled())
    unaccounted = sets.count(state.ledger.unaccounted())
    if state.crashed:
        tail = state.assigned - state.ledger.hwm
        if state.assigned - settled != unaccounted + tail or tail < 0:
            yield "after a crash lost is not unaccounted + tail"
    elif state.fin and (unaccounted or settled != state.assigned):
        yield "closed and at rest, but not every event is settled"


@dataclass(frozen=True)
class Explored:
    """What an exploration met."""

    states: int
    resting: int
    broken: dict[str, int]


def explore(setup: SetUp, books: Books = Account) -> Explored:
    """Visit every state that can be reached; a broken one is not followed further."""
    seen = {State()}
    waiting = deque(seen)
    broken: dict[str, int] = {}
    resting = 0
    while waiting:
        state = waiting.popleft()
        found = list(violations(state, setup))
        for name in found:
            broken[name] = broken.get(name, 0) + 1
        resting += (
            not found
            and bool(state.assigned)
            and not (state.requests or state.acks or state.queue or state.drops)
        )
        if found:
            continue
        for following in (*produce(state, setup), *travel(state, setup, books)):
            if following not in seen:
                grown = sets.subtract(state.ledger.all_settled(), following.ledger.all_settled())
                if grown or following.ledger.upto < state.ledger.upto:
                    broken["a settled event became open"] = 1
                seen.add(following)
                waiting.append(following)
    return Explored(len(seen), resting, broken)


SETUPS = {
    "clean": (SetUp(events=4), 5_899),
    "longer queue": (SetUp(events=5, queue=3), 16_498),
    "three requests under way": (SetUp(events=3, requests=3), 3_244),
    "crash without a spool": (SetUp(events=4, crash="without spool"), 8_293),
    "scattered": (SetUp(events=4, queue=4, requests=1, scattered=True), 9_166),
    "scattered, one range at most": (
        SetUp(events=4, queue=4, requests=1, scattered=True, ranges=1),
        8_640,
    ),
    "scattered, no range at all": (
        SetUp(events=4, queue=4, requests=1, scattered=True, ranges=0),
        2_882,
    ),
    "crash with a spool": (SetUp(events=4, acks=2, crash="with spool"), 12_174),
}
"""Bounds, and how many states can be reached within them: all of them are visited."""


@pytest.mark.parametrize("name", SETUPS)
def test_no_reachable_state_breaks_the_books(name: str) -> None:
    """Each of the reachable states keeps every invariant (LED-02, LED-04, LED-05, LED-08, LED-14).

    A number of states other than the one stated means that the model or the ledger has changed.
    """
    bounds, states = SETUPS[name]
    explored = explore(bounds)
    assert {} == explored.broken
    assert states == explored.states
    assert explored.resting > 10


@pytest.mark.parametrize(
    ("mutant", "violations"), [(ForgetsLateDelivery, 266), (AcceptsLateDrop, 1_723)]
)
def test_the_exploration_finds_a_mutant(mutant: Books, violations: int) -> None:
    """Books without *stored beats dropped* are caught by the same exploration (LED-02)."""
    bounds, _ = SETUPS["clean"]
    assert {"an event ended in two states": violations} == explore(bounds, mutant).broken
