"""A search for arrivals after which a `Log` and a plain model of the protocol's ledger disagree."""

# The stores of the conftest have no type that could be imported here.
# ruff: noqa: ANN401
from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tallymark_collector.govern.access import Scope
from tallymark_collector.store.log import Arrival, Loss, Refused, Row, Settlement
from tallymark_protocol import ranges as sets
from tallymark_protocol.ledger import Account

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

STREAMS = tuple(f"0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5{i}" for i in range(3))
PROJECTS = (1, 2)
MAX_SEQ = 24


@dataclass
class Stream:
    """What the model knows of one stream."""

    account: Account = field(default_factory=Account)
    bodies: dict[int, bytes] = field(default_factory=dict)
    hwm: int = 0
    fin: bool = False


@dataclass
class Model:
    """The protocol's rules over dictionaries, one arrival after the other."""

    streams: dict[tuple[int, str], Stream] = field(default_factory=dict)
    ids: dict[tuple[int, str], bytes] = field(default_factory=dict)
    events: list[tuple[int, str | None, int | None, str | None, bytes]] = field(
        default_factory=list
    )
    quarantine: dict[tuple[Any, ...], str] = field(default_factory=dict)

    def commit(self, arrivals: Iterable[Arrival]) -> list[Settlement]:
        """Settle the arrivals in order."""
        arrivals = list(arrivals)
        done = [self._settle(arrival) for arrival in arrivals]
        return [
            self._with_ledger(arrival, settlement)
            for arrival, settlement in zip(arrivals, done, strict=True)
        ]

    def _with_ledger(self, arrival: Arrival, settlement: Settlement) -> Settlement:
        if arrival.stream is None:
            return settlement
        upto, settled = ledger(self.streams[arrival.project, arrival.stream])
        return replace(settlement, upto=upto, settled=settled)

    def _settle(self, arrival: Arrival) -> Settlement:
        if arrival.stream is not None:
            stream = self.streams.setdefault((arrival.project, arrival.stream), Stream())
            stream.hwm = max(stream.hwm, arrival.hwm)
            stream.fin = stream.fin or arrival.fin
        stored, duplicate, conflicts, superseded = 0, 0, [], []
        # Numbered events get their positions before those with an id, each kind in request order.
        for event in sorted(arrival.rows, key=lambda row: row.seq is None):
            before = self._content(arrival, event)
            if before is None:
                stored += 1
                self._store(arrival, event)
            elif before == event.body:
                duplicate += 1
            else:
                conflicts.append(event.place)
        for item in arrival.refused:
            if self._content(arrival, item) is not None:
                superseded.append(item.place)
            else:
                self._reject(arrival, item)
        for loss in arrival.losses:
            stream.account = stream.account.drop(loss.reason, sets.normalise(loss.ranges))
        return Settlement(
            stored,
            duplicate + len(superseded),
            tuple(sorted(conflicts)),
            0,
            (),
            tuple(sorted(superseded)),
        )

    def _content(self, arrival: Arrival, event: Row | Refused) -> bytes | None:
        if event.seq is not None:
            return self.streams[arrival.project, arrival.stream or ""].bodies.get(event.seq)
        return self.ids.get((arrival.project, event.id or ""))

    def _store(self, arrival: Arrival, event: Row) -> None:
        if event.seq is None:
            assert event.id is not None
            self.ids[arrival.project, event.id] = event.body
            self.quarantine.pop((arrival.project, "id", event.id), None)
        else:
            stream = self.streams[arrival.project, arrival.stream or ""]
            stream.bodies[event.seq] = event.body
            stream.account = stream.account.store(((event.seq, event.seq),))
            self.quarantine.pop((arrival.project, arrival.stream, event.seq), None)
        place = arrival.stream if event.seq is not None else None
        self.events.append((arrival.project, place, event.seq, event.id, event.body))

    def _reject(self, arrival: Arrival, event: Refused) -> None:
        if event.seq is not None:
            key: tuple[Any, ...] = (arrival.project, arrival.stream, event.seq)
            stream = self.streams[arrival.project, arrival.stream or ""]
            stream.account = stream.account.reject(event.code, ((event.seq, event.seq),))
        elif event.id is not None:
            key = (arrival.project, "id", event.id)
        else:
            key = (arrival.project, arrival.sha256, event.place)
        self.quarantine.setdefault(key, event.code)


def ledger(stream: Stream) -> tuple[int, sets.Ranges]:
    """Return `upto` and `settled` of a stream of the model."""
    settled = stream.account.settled()
    if settled and settled[0][0] == 1:
        return settled[0][1], settled[1:]
    return 0, settled


def counts(classes: Any) -> dict[str, int]:
    """Return how many numbers each class holds."""
    return {name: sets.count(ranges) for name, ranges in classes.items()}


@st.composite
def arrivals(draw: st.DrawFn, next_seq: Callable[[int, str], int]) -> Arrival:
    """Draw one request: mostly what a producer sends next, else anything at all."""
    project = draw(st.sampled_from(PROJECTS))
    stream = draw(st.sampled_from((*STREAMS, None)))
    seqs: list[int | None]
    if stream is None:
        seqs = [None] * draw(st.integers(0, 4))
    elif draw(st.booleans()):
        first = next_seq(project, stream)
        seqs = list(range(first, min(first + draw(st.integers(0, 5)), MAX_SEQ + 1)))
    else:
        number = st.one_of(st.integers(1, MAX_SEQ), st.integers(1, MAX_SEQ), st.none())
        seqs = draw(st.lists(number, max_size=6))
    events = [draw(_events(place, seq)) for place, seq in enumerate(seqs)]
    low = st.integers(1, MAX_SEQ)
    pairs = st.lists(st.tuples(low, st.integers(0, 6)), max_size=2)
    losses = () if stream is None else draw(st.lists(st.builds(_loss, _REASONS, pairs), max_size=2))
    hwm = draw(st.integers(0, MAX_SEQ))
    fin = draw(st.integers(0, 9)) == 0
    content = repr((project, stream, events, losses, hwm, fin))
    return Arrival(
        project=project,
        stream=stream,
        hwm=max([hwm, *(seq for seq in seqs if seq is not None)]),
        fin=fin,
        received_at=1_000,
        rows=tuple(event for event in events if isinstance(event, Row)),
        refused=tuple(event for event in events if isinstance(event, Refused)),
        losses=tuple(losses),
        sha256=hashlib.sha256(content.encode()).digest(),
        size=100,
    )


_REASONS = st.sampled_from(("sampled", "expired"))


def _loss(reason: str, pairs: list[tuple[int, int]]) -> Loss:
    return Loss(reason, sets.normalise((low, low + more) for low, more in pairs), 0)


@st.composite
def _events(draw: st.DrawFn, place: int, seq: int | None) -> Row | Refused:
    event_id = f"id-{draw(st.integers(0, 5)):05}" if seq is None else None
    # One body in six is another one than the number or id usually has: a conflict.
    body = f'{{"e":"{seq or event_id}-{draw(st.integers(0, 5)) == 5}"}}'.encode()
    if draw(st.integers(0, 3)):
        return Row(place, seq, event_id, place, place, body)
    code = draw(st.sampled_from(("bad_name", "too_large")))
    known_id = event_id if draw(st.booleans()) else None
    return Refused(place, seq, known_id, code, "e", None, body)


class LogMachine(RuleBasedStateMachine):
    """Sends the same arrivals to a log and to the model."""

    def __init__(self, make_store: Callable[[Path], Any]) -> None:
        """Start with an empty store."""
        super().__init__()
        self._place = tempfile.TemporaryDirectory()
        self._store = make_store(Path(self._place.name))
        self._model = Model()
        self._sent: list[Arrival] = []

    @initialize()
    def open(self) -> None:
        """Open the log."""
        self._log = self._store.open()

    def _next_seq(self, project: int, stream: str) -> int:
        known = self._model.streams.get((project, stream), Stream())
        return min(ledger(known)[0] + 1, MAX_SEQ)

    @rule(data=st.data(), size=st.integers(1, 4))
    def arrive(self, data: st.DataObject, size: int) -> None:
        """Commit new requests, several at once."""
        self._commit([data.draw(arrivals(self._next_seq)) for _ in range(size)])

    @precondition(lambda self: self._sent)
    @rule(data=st.data(), size=st.integers(1, 3))
    def replay(self, data: st.DataObject, size: int) -> None:
        """Commit requests that were sent before, in any order, some of them twice."""
        self._commit([data.draw(st.sampled_from(self._sent)) for _ in range(size)])

    @precondition(lambda self: self._sent)
    @rule(data=st.data())
    def cut_anew(self, data: st.DataObject) -> None:
        """Commit a piece of an earlier request: the same events under another digest."""
        whole = data.draw(st.sampled_from(self._sent))
        places = st.lists(st.integers(0, len(whole.rows)), unique=True)
        picked = [whole.rows[i] for i in data.draw(places) if i < len(whole.rows)]
        rows = [replace(row, place=i) for i, row in enumerate(picked)]
        digest = hashlib.sha256(whole.sha256 + repr(rows).encode()).digest()
        self._commit([replace(whole, rows=tuple(rows), refused=(), losses=(), sha256=digest)])

    @rule(data=st.data())
    def poison(self, data: st.DataObject) -> None:
        """Break a commit: nothing of it may stay."""
        good = data.draw(arrivals(self._next_seq))
        bad = replace(
            good, stream=STREAMS[0], rows=(Row(0, 1 << 40, None, 1 << 70, 0, b"{}"),), losses=()
        )
        with pytest.raises(OverflowError):
            self._log.commit([good, bad])

    @rule()
    def crash(self) -> None:
        """Go on with what a killed process leaves behind."""
        self._store.crash()
        self._log.close()
        self._log = self._store.open()

    @rule()
    def restart(self) -> None:
        """Stop in good order and start again."""
        self._log.checkpoint()
        self._log.close()
        self._log = self._store.open()

    def _commit(self, group: list[Arrival]) -> None:
        expected = self._model.commit(group)
        assert expected == list(self._log.commit(group))
        self._sent += group

    @invariant()
    def ledgers_agree(self) -> None:
        """Each stream's states are the model's, disjoint and complete (LED-02, LED-08)."""
        for (project, name), stream in self._model.streams.items():
            state = self._log.stream(_scope(project), name)
            assert state is not None
            account = stream.account
            hwm = max([stream.hwm, *(high for _, high in account.settled())])
            assert (*ledger(stream), hwm, stream.fin) == (
                state.upto,
                state.settled,
                state.hwm,
                state.fin,
            )
            assert sets.count(account.stored) == state.stored
            assert counts(account.rejected) == state.rejected
            assert counts(account.dropped) == state.dropped
            settled = state.stored + sum((*state.rejected.values(), *state.dropped.values()))
            assert hwm == settled + state.unaccounted

    @invariant()
    def events_agree(self) -> None:
        """Every accepted event is there once, in commit order, at dense positions."""
        found = {
            event.pos: (project, event.stream, event.seq, event.id, event.body)
            for project in PROJECTS
            for event in self._log.scan(_scope(project))
        }
        assert dict(enumerate(self._model.events, 1)) == found
        assert len(self._model.events) == self._log.head()
        assert len(found) == sum(self._log.count(_scope(project)) for project in PROJECTS)

    @invariant()
    def quarantine_agrees(self) -> None:
        """Every refused event that was not stored after all is in quarantine once."""
        for project in PROJECTS:
            expected = sorted(
                code for key, code in self._model.quarantine.items() if key[0] == project
            )
            found = self._log.quarantined(_scope(project), 0, 1_000)
            assert expected == sorted(event.code for event in found)

    def teardown(self) -> None:
        """Close everything."""
        self._log.close()
        self._place.cleanup()


def _scope(project: int) -> Scope:
    return Scope(project, "test", frozenset({"read"}))


EXAMPLES = {"sqlite": 45, "postgres": 20}
"""A database server takes ten times as long for the same steps."""


def test_log_agrees_with_the_model(make_store: Callable[[Path], Any], request: Any) -> None:
    """No sequence of arrivals, replays, crashes and restarts makes log and model disagree."""
    run_state_machine_as_test(
        cast("type[LogMachine]", lambda: LogMachine(make_store)),
        settings=settings(
            max_examples=EXAMPLES[request.node.callspec.params["make_store"]],
            stateful_step_count=25,
        ),
    )
