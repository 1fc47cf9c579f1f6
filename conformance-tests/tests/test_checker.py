from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallymark_conformance.checker import check, event_id
from tallymark_conformance.history import (
    Ack,
    Call,
    History,
    Log,
    StatsLine,
    StoredRow,
    StreamLedger,
)
from tallymark_conformance.intervals import pairs

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"


@dataclass(frozen=True)
class World:
    """A history and a log that belong together."""

    history: History
    log: Log
    acks: tuple[Ack, ...]


def stream_name(number: int) -> str:
    return f"0197a1b2-c3d4-7e5f-8a9b-{number:012x}"


@st.composite
def worlds(draw: st.DrawFn, *, spool: bool = True, least: int = 3) -> World:
    """Draw producers whose every event is stored, rejected or dropped, as their ledger says."""
    history, rows, pos = History(), [], 0
    rejected: dict[str, dict[int, str]] = {}
    dropped: dict[str, dict[int, str]] = {}
    ledgers: dict[str, StreamLedger] = {}
    acks: list[Ack] = []
    for life in range(1, draw(st.integers(1, 3)) + 1):
        stream, count = stream_name(life), draw(st.integers(least, 12))
        history.lives["p", life] = spool
        states = ["stored"] * least + draw(
            st.lists(
                st.sampled_from(("stored", "stored", "rejected", "dropped")),
                min_size=count - least,
                max_size=count - least,
            )
        )
        for seq, state in enumerate(states, 1):
            marker = f"p.{life}.{seq}"
            history.calls[marker] = Call(
                "p", life, seq, marker, f"d{seq}", event_id(stream, seq), returned=True
            )
            if state == "stored":
                pos += 1
                rows.append(StoredRow(pos, stream, seq, marker, f"d{seq}"))
            else:
                where = rejected if state == "rejected" else dropped
                where.setdefault(stream, {})[seq] = "too_large"
        stored = states.count("stored")
        history.stats.append(StatsLine("p", life, count, stored, count - stored, {}, 0, final=True))
        ledgers[stream] = StreamLedger(
            stream, count, (), count, fin=True, stored=stored, unaccounted=0
        )
        acks.append(Ack(stream, draw(st.integers(0, count))))
    order = draw(st.randoms(use_true_random=False))
    order.shuffle(acks)
    return World(history, Log(rows, rejected, dropped, ledgers), tuple(acks))


def kinds(world: World) -> set[str]:
    return set(check(world.history, world.log, world.acks).by_kind())


def with_rows(world: World, rows: list[StoredRow]) -> World:
    return replace(world, log=replace(world.log, rows=rows))


def lose(world: World, rng: Random) -> World:
    rows = list(world.log.rows)
    rows.pop(rng.randrange(len(rows)))
    return with_rows(world, rows)


def double(world: World, rng: Random) -> World:
    row = rng.choice(world.log.rows)
    return with_rows(world, [*world.log.rows, replace(row, pos=len(world.log.rows) + 1)])


def double_elsewhere(world: World, rng: Random) -> World:
    row = rng.choice(world.log.rows)
    other = replace(row, pos=len(world.log.rows) + 1, stream=stream_name(99), seq=1)
    return with_rows(world, [*world.log.rows, other])


def invent(world: World, rng: Random) -> World:
    row = rng.choice(world.log.rows)
    ghost = replace(row, pos=len(world.log.rows) + 1, seq=10_000, marker="ghost")
    return with_rows(world, [*world.log.rows, ghost])


def store_refused(world: World, rng: Random) -> World:
    call = world.history.calls[rng.choice(world.log.rows).marker]
    call.id = None
    return world


def change(world: World, rng: Random) -> World:
    rows = list(world.log.rows)
    at = rng.randrange(len(rows))
    rows[at] = replace(rows[at], digest="other")
    return with_rows(world, rows)


def swap(world: World, rng: Random) -> World:
    """Exchange the numbers of two events of one process."""
    rows = list(world.log.rows)
    first = rng.choice(rows)
    second = next(row for row in rows if row.stream == first.stream and row is not first)
    rows[rows.index(first)] = replace(first, seq=second.seq)
    rows[rows.index(second)] = replace(second, seq=first.seq)
    return with_rows(world, rows)


def misname(world: World, rng: Random) -> World:
    call = world.history.calls[rng.choice(world.log.rows).marker]
    call.id = event_id(STREAM, 1)
    return world


def share(world: World, rng: Random) -> World:
    """Let a second process number events in the stream of the first."""
    row = rng.choice(world.log.rows)
    call = Call("q", 1, 1, "q.1.1", "d", event_id(row.stream, 10_000), returned=True)
    world.history.calls["q.1.1"] = call
    world.history.lives["q", 1] = True
    more = StoredRow(len(world.log.rows) + 1, row.stream, 10_000, "q.1.1", "d")
    return with_rows(world, [*world.log.rows, more])


def ack_falsely(world: World, rng: Random) -> World:
    row = rng.choice(world.log.rows)
    return replace(world, acks=(*world.acks, Ack(row.stream, 0, ((5_000, 5_001),))))


def clash(world: World, rng: Random) -> World:
    row = rng.choice(world.log.rows)
    return replace(world, log=replace(world.log, conflicts={row.stream: 1}))


def forget_in_ledger(world: World, rng: Random) -> World:
    stream = rng.choice(world.log.rows).stream
    ledger = world.log.ledgers[stream]
    short = replace(ledger, upto=ledger.upto - 1)
    return replace(world, log=replace(world.log, ledgers={**world.log.ledgers, stream: short}))


def announce_more(world: World, rng: Random) -> World:
    stream = rng.choice(world.log.rows).stream
    ledger = world.log.ledgers[stream]
    more = replace(ledger, hwm=ledger.hwm + 2, unaccounted=2)
    return replace(world, log=replace(world.log, ledgers={**world.log.ledgers, stream: more}))


def misadd(world: World, rng: Random) -> World:
    world.history.stats.append(StatsLine("p", 1, 10, 4, 1, {"hook": 2}, 1, final=False))
    return world


def claim_more(world: World, rng: Random) -> World:
    """Let a client call more stored than the server has of its process."""
    line = rng.choice(world.history.stats)
    more = replace(line, assigned=line.assigned + 1, stored=line.stored + 1)
    world.history.stats.append(more)
    return world


def promise_more(world: World, rng: Random) -> World:
    """Accept a call whose number the server never heard of: the tail, lost although spooled."""
    call = Call("p", 1, 99, "p.1.99", "d", event_id(STREAM, 99), returned=True)
    world.history.calls[call.marker] = call
    return world


PLANTED: dict[str, tuple[Callable[[World, Random], World], str]] = {
    "a stored row is gone": (lose, "lost"),
    "a gone row leaves a hole": (lose, "unaccounted"),
    "a gone row was acked or is in the ledger": (lose, "ledger"),
    "a row is there twice": (double, "doubled"),
    "a row is also in another stream": (double_elsewhere, "doubled"),
    "a row nobody called for": (invent, "phantom"),
    "a refused call is stored": (store_refused, "phantom"),
    "a row has other properties": (change, "content_changed"),
    "two rows have each other's number": (swap, "reordered"),
    "a call returned another id": (misname, "wrong_id"),
    "two processes use one stream": (share, "wrong_id"),
    "an ack settles what nobody has": (ack_falsely, "false_ack"),
    "two contents for one number": (clash, "conflict"),
    "the ledger forgets a number": (forget_in_ledger, "ledger"),
    "numbers announced and never seen": (announce_more, "unaccounted"),
    "statistics that do not add up": (misadd, "equation"),
    "a client that claims too much": (claim_more, "lost"),
    "an accepted call nobody heard of": (promise_more, "lost"),
}


@given(worlds())
def test_a_clean_world_is_clean(world: World) -> None:
    """No violation is found where none is planted, with a spool."""
    verdict = check(world.history, world.log, world.acks)
    assert () == verdict.violations
    assert len(world.log.rows) == verdict.counts["stored"]


@pytest.mark.parametrize("planted", PLANTED)
@settings(max_examples=20)
@given(data=st.data())
def test_a_planted_violation_is_found(planted: str, data: st.DataObject) -> None:
    """Every kind of violation is named as that kind, wherever it is planted."""
    plant, kind = PLANTED[planted]
    world = plant(data.draw(worlds()), data.draw(st.randoms(use_true_random=False)))
    assert kind in kinds(world)


@given(worlds(spool=False), st.data())
def test_losses_without_a_spool_are_counted_not_blamed(world: World, data: st.DataObject) -> None:
    """A hole, a tail and a call cut short are no violation when the ledger owns up to them."""
    rng = data.draw(st.randoms(use_true_random=False))
    world.history.stats.clear()
    gone = rng.choice(world.log.rows)
    ledger = world.log.ledgers[gone.stream]
    above = pairs(set(range(1, ledger.hwm + 1)) - {gone.seq})
    upto = gone.seq - 1
    honest = replace(
        ledger,
        upto=upto,
        settled=tuple(pair for pair in above if pair[0] > gone.seq),
        stored=ledger.stored - 1,
        unaccounted=1,
    )
    life = world.history.calls[gone.marker].life
    for more in range(1, data.draw(st.integers(0, 3)) + 1):
        seq = ledger.hwm + more
        call = Call(
            "p", life, seq, f"p.{life}.{seq}", "d", event_id(gone.stream, seq), returned=True
        )
        world.history.calls[call.marker] = call
    cut = Call("p", life, 99, f"p.{life}.cut", "d")
    world.history.calls[cut.marker] = cut
    log = replace(
        world.log,
        rows=[row for row in world.log.rows if row is not gone],
        ledgers={**world.log.ledgers, gone.stream: honest},
    )
    assert () == check(world.history, log).violations


@given(worlds(spool=False), st.randoms(use_true_random=False))
def test_a_loss_the_ledger_hides_is_found_without_a_spool(world: World, rng: Random) -> None:
    """A missing row that the ledger still calls stored is a violation, spool or not."""
    assert "ledger" in kinds(lose(world, rng))


def test_a_silent_loss_without_a_spool_is_found() -> None:
    """Content that is missing although its number is stored breaks the equation."""
    history = History(lives={("p", 1): False})
    for seq in (1, 2):
        call = Call("p", 1, seq, f"m{seq}", "d", event_id(STREAM, seq), returned=True)
        history.calls[call.marker] = call
    rows = [StoredRow(1, STREAM, 1, "m1", "d"), StoredRow(2, STREAM, 2, "m1", "d")]
    ledger = StreamLedger(STREAM, 2, (), 2, fin=True, stored=2, unaccounted=0)
    verdict = check(history, Log(rows, ledgers={STREAM: ledger}))
    assert {"doubled", "wrong_id", "lost"} == set(verdict.by_kind())


@pytest.mark.parametrize(
    ("pending", "dropped", "accepted", "found"),
    [
        (0, {"shutdown_deadline": 1}, 3, False),
        (0, {}, 3, True),
        (1, {}, 3, True),
    ],
)
def test_a_loss_the_client_does_not_own_up_to_is_found(
    pending: int,
    dropped: dict[str, int],
    accepted: int,
    found: bool,  # noqa: FBT001 (a parameter)
) -> None:
    """Without a spool an event that is gone at the end was declared, or the client is to blame."""
    history = History(lives={("p", 1): False})
    for seq in (1, 2, 3):
        call = Call("p", 1, seq, f"m{seq}", "d", event_id(STREAM, seq), returned=True)
        history.calls[call.marker] = call
    assigned = 2 + pending + sum(dropped.values())
    history.stats.append(
        StatsLine("p", 1, assigned, 2, 0, dropped, pending, final=True, accepted=accepted)
    )
    rows = [StoredRow(seq, STREAM, seq, f"m{seq}", "d") for seq in (1, 2)]
    ledger = StreamLedger(STREAM, 2, (), 3, fin=False, stored=2, unaccounted=1)
    verdict = check(history, Log(rows, ledgers={STREAM: ledger}))
    assert (["unaccounted"] if found else []) == list(verdict.by_kind())


def test_events_left_in_a_spool_are_no_silent_loss() -> None:
    """With a spool what is pending at the end of a process is the next one's."""
    history = History(lives={("p", 1): True})
    history.stats.append(StatsLine("p", 1, 2, 0, 0, {}, 2, final=True, accepted=2))
    assert () == check(history, Log(), drained=False).violations


def test_a_call_cut_short_may_be_stored() -> None:
    """An event whose call never returned is neither lost when absent nor phantom when stored."""
    history = History(lives={("p", 1): True})
    history.calls["m1"] = Call("p", 1, 1, "m1", "d")
    ledger = StreamLedger(STREAM, 1, (), 1, fin=False, stored=1, unaccounted=0)
    log = Log([StoredRow(1, STREAM, 1, "m1", "d")], ledgers={STREAM: ledger})
    assert () == check(history, log).violations
    assert () == check(history, Log()).violations


def test_an_undrained_producer_has_lost_nothing_yet() -> None:
    """Events still in a spool are no loss before the producer has come to rest."""
    history = History(lives={("p", 1): True})
    history.calls["m1"] = Call("p", 1, 1, "m1", "d", event_id(STREAM, 1), returned=True)
    assert () == check(history, Log(), drained=False).violations
    assert {"lost": 1} == check(history, Log()).by_kind()


@pytest.mark.parametrize(
    ("seq", "expected"),
    [
        (1, "0a232a8f-d1f6-8452-813d-85f7ecad12ca"),
        (2, "aabf93f8-68b2-8758-88ce-cfcd105fbde4"),
        (2**53 - 1, "dbffa330-4275-8ff5-b926-e14cc5ef69fa"),
    ],
)
def test_event_ids_are_those_of_the_vectors(seq: int, expected: str) -> None:
    """The judge derives ids by itself, and they are the protocol's (LED-7)."""
    assert expected == event_id(STREAM, seq)
