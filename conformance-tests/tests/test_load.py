from __future__ import annotations

import uuid
from contextlib import contextmanager
from random import Random
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from tallymark_conformance.load import (
    Sent,
    SentBatch,
    acked_by,
    make_batch,
    quiet,
    start_loaders,
    stop_loaders,
    uuid7,
)
from tallymark_conformance.log_reader import read_log
from tallymark_conformance.processes import Collector, wait_until
from tallymark_conformance.proxy.script import Script, rules
from tallymark_conformance.proxy.thread import ProxyThread
from tallymark_conformance.runs.judge import judge_load, torn_batches
from tallymark_protocol.validate import validate_envelope, validate_event

if TYPE_CHECKING:
    from collections.abc import Iterator


@given(st.integers())
def test_stream_names_are_valid(seed: int) -> None:
    """Each is a lower-case UUIDv7 (TM-ENV-02)."""
    name = uuid7(Random(seed))
    assert (7, name) == (uuid.UUID(name).version, str(uuid.UUID(name)))


@given(st.integers(), st.integers(1, 10_000), st.integers(1, 30))
def test_batches_are_valid(seed: int, seq: int, count: int) -> None:
    """The protocol's validators find nothing, and every event has a marker of its own."""
    batch = make_batch(uuid7(Random(seed)), seq, count)
    assert validate_envelope(batch) is None
    assert [None] * count == [validate_event(event) for event in batch["events"]]
    assert count == len({event["p"]["marker"] for event in batch["events"]})


@contextmanager
def loaded(standin: Collector, script: Script) -> Iterator[Sent]:
    """Load *standin* through a proxy until 100 events are acknowledged."""
    with ProxyThread(standin.url, script=script) as proxy:
        loaders = start_loaders(proxy.url, standin.key, 2, Random(1))
        try:
            wait_until(lambda: acked_by(loaders) >= 100, 60, "100 acks")
        finally:
            sent = stop_loaders(loaders)
        yield sent


def test_a_loader_records_what_was_acknowledged(standin: Collector) -> None:
    """Acked calls have their ids, and the judge finds them stored."""
    with loaded(standin, Script()) as sent:
        verdict = judge_load(standin, sent)
        assert () == verdict.violations
        assert sent.acked == verdict.counts["stored"]
        assert len(sent.batches) <= len(sent.acks)


def test_a_loader_records_refusals_and_goes_on(standin: Collector) -> None:
    """A problem's status, code and Retry-After are kept; refused batches are no acks."""
    refusing = rules({"match": {"n": [2, 5]}, "do": {"retry_after": {"seconds": 3, "code": 503}}})
    with loaded(standin, refusing) as sent:
        assert 4 == len(sent.refusals)
        assert {(503, "overloaded", "3")} == {
            (refusal.status, refusal.code, refusal.retry_after) for refusal in sent.refusals
        }
        assert () == judge_load(standin, sent).violations


def test_nothing_is_under_way_in_a_quiet_moment(standin: Collector) -> None:
    """Loaders answer for all they sent, and go on afterwards."""
    loaders = start_loaders(standin.url, standin.key, 2, Random(1))
    try:
        wait_until(lambda: acked_by(loaders) > 0, 30, "an ack")
        with quiet(loaders, 30):
            stored = len(read_log(standin.data).rows)
            assert stored == acked_by(loaders)
            assert all(batch.acked for loader in loaders for batch in loader.sent.batches)
        wait_until(lambda: acked_by(loaders) > stored, 30, "an ack after the quiet moment")
    finally:
        sent = stop_loaders(loaders)
    assert () == judge_load(standin, sent).violations


def test_a_batch_that_is_never_taken_holds_no_quiet_moment_up(standin: Collector) -> None:
    """A loader gives up what is refused again and again when nothing shall be under way."""
    refusing = rules({"match": {"n": [3, 100_000]}, "do": {"status": {"code": 503}}})
    with ProxyThread(standin.url, script=refusing) as proxy:
        loaders = start_loaders(proxy.url, standin.key, 4, Random(1))
        try:
            wait_until(lambda: all(loader.sent.refusals for loader in loaders), 30, "refusals")
            with quiet(loaders, 30):
                assert all(loader.sent.batches for loader in loaders)
        finally:
            stop_loaders(loaders)


def test_an_error_on_a_good_batch_is_found(standin: Collector) -> None:
    """A collector may refuse for now, whatever is broken; it may not fail."""
    with loaded(standin, rules({"match": {"n": 3}, "do": {"status": {"code": 500}}})) as sent:
        assert {"promise"} == set(judge_load(standin, sent).by_kind())


def test_a_false_ack_is_found(standin: Collector) -> None:
    """An ack for a batch that never arrived turns the judge red."""
    with loaded(standin, rules({"match": {"n": 3}, "do": "false_ack"})) as sent:
        assert {"false_ack"} == set(judge_load(standin, sent).by_kind())


def test_a_batch_stored_in_part_is_found(standin: Collector) -> None:
    """All or nothing is judged for batches nobody acknowledged, too."""
    with loaded(standin, Script()) as sent:
        log = read_log(standin.data)
        row = log.rows[0]
        whole = next(batch for batch in sent.batches if batch.stream == row.stream)
        longer = SentBatch(row.stream, whole.first, 10_000, acked=False)
        assert [] == list(torn_batches(sent.batches, log))
        assert 1 == len(list(torn_batches([longer], log)))
