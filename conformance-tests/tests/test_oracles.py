from __future__ import annotations

import gzip
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallymark_conformance.oracles import judge_wire
from tallymark_conformance.proxy.message import Answer, Request
from tallymark_conformance.proxy.problems import plain, problem
from tallymark_conformance.trace import Exchange

if TYPE_CHECKING:
    from collections.abc import Callable

STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
KEY = "tmk_ABCDEFGHIJKLMNOPQRSTUV"
T0 = 1_795_000_000_000


def envelope(seq: int = 1, count: int = 2, **more: Any) -> dict[str, Any]:
    events = [{"e": "probe", "dt": n, "p": {"n": n}} for n in range(seq, seq + count)]
    return {
        "v": 1,
        "stream": STREAM,
        "seq": seq,
        "hwm": seq + count - 1,
        "t0": T0,
        "events": events,
        **more,
    }


def exchange(
    n: int,
    batch: dict[str, Any],
    *,
    attempt: int = 1,
    at: float | None = None,
    sent: Answer | None = None,
    target: str = "/v1/batch",
    **headers: str,
) -> Exchange:
    started = n * 1000.0 if at is None else at
    fields = {
        "content-type": "application/json",
        "authorization": f"Bearer {KEY}",
        "tallymark-sdk": "tallymark-python/0.1.0",
        "tallymark-attempt": str(attempt),
        "tallymark-sent-at": str(T0 + round(started)),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    body = json.dumps(batch).encode()
    if fields.get("content-encoding") == "gzip":
        body = gzip.compress(body)
    present = tuple((name, value) for name, value in fields.items() if value)
    return Exchange(
        n=n,
        connection=1,
        at=T0 + round(started),
        started=started,
        ended=started + 10,
        fault="pass",
        request=Request("POST", target, "HTTP/1.1", present, body),
        upstream=(),
        sent=sent or plain(200, b"{}", "application/json"),
        whole=True,
        end="answered",
    )


def details(*exchanges: Exchange, births: tuple[float, ...] = ()) -> list[str]:
    return [violation.detail for violation in judge_wire(exchanges, births).violations]


def ids(*exchanges: Exchange) -> list[str]:
    return [detail.split()[0] for detail in details(*exchanges)]


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 3)), min_size=1, max_size=6))
def test_a_well_behaved_producer_is_clean(batches: list[tuple[int, int]]) -> None:
    """Batches in order, each with attempts that repeat its bytes, break no rule."""
    n, seq, exchanges = 0, 1, []
    for count, attempts in batches:
        body = envelope(seq, count)
        for attempt in range(1, attempts + 1):
            n += 1
            exchanges.append(exchange(n, body, attempt=attempt))
        seq += count
    assert [] == details(*exchanges)
    assert n == judge_wire(exchanges).counts["requests"]


INVALID: dict[str, tuple[Callable[[], Exchange], str]] = {
    "wrong version": (lambda: exchange(1, envelope(v=2)), "TM-ENV-11"),
    "hwm too small": (lambda: exchange(1, envelope(count=3, hwm=1)), "TM-ENV-11"),
    "no JSON": (lambda: exchange(1, {}), "TM-ENV-11"),
    "a bad event": (lambda: exchange(1, envelope(events=[{"e": ""}])), "TM-EVT-11"),
    "a send time in the body": (lambda: exchange(1, envelope(sent_at=1)), "TM-HDR-03"),
    "no content type": (lambda: exchange(1, envelope(), content_type=""), "TM-HDR-06"),
    "no key": (lambda: exchange(1, envelope(), authorization=""), "TM-AUTH-01"),
    "no version": (lambda: exchange(1, envelope(), tallymark_sdk="me"), "TM-HDR-04"),
    "attempt 0": (lambda: exchange(1, envelope(), tallymark_attempt="0"), "TM-HDR-04"),
    "no send time": (lambda: exchange(1, envelope(), tallymark_sent_at=""), "TM-HDR-03"),
    "plain and large": (lambda: exchange(1, envelope(count=60)), "TM-HDR-05"),
    "key in the URL": (lambda: exchange(1, envelope(), target=f"/v1/batch?k={KEY}"), "TM-AUTH-01"),
    "secret in a browser's URL": (
        lambda: exchange(1, envelope(), target="/v1/b?k=tms_ABCDEFGHIJKLMNOPQRSTUV"),
        "TM-AUTH-01",
    ),
}


@pytest.mark.parametrize("case", INVALID)
def test_an_invalid_request_is_found(case: str) -> None:
    """Each broken rule of a single request is named by its id."""
    make, expected = INVALID[case]
    assert [expected] == ids(make())


def test_compressed_bodies_are_read() -> None:
    """A large body under gzip is right, and is validated as what it decodes to."""
    assert [] == details(exchange(1, envelope(count=60), content_encoding="gzip"))
    assert ["TM-ENV-11"] == ids(exchange(1, envelope(v=2), content_encoding="gzip"))


def test_a_public_key_may_stand_where_browsers_need_it() -> None:
    """`k` in `/v1/b` is the rule there, not a leak."""
    assert [] == details(exchange(1, envelope(), target=f"/v1/b?k={KEY}", authorization=""))


def test_a_large_plain_body_is_right_after_a_415() -> None:
    """An SDK that was told to send identity does so from then on."""
    refused = exchange(
        1, envelope(count=60), content_encoding="gzip", sent=problem(415, "unsupported_media_type")
    )
    assert [] == details(refused, exchange(2, envelope(count=60), attempt=2))


def test_an_attempt_with_other_bytes_is_found() -> None:
    """The second attempt of a slice repeats the first, hwm included."""
    first, second = envelope(), envelope(hwm=9)
    assert ["TM-HDR-01"] == ids(exchange(1, first), exchange(2, second, attempt=2))


def test_a_batch_cut_anew_is_no_other_attempt() -> None:
    """Attempt 1 may carry new bytes for the same numbers."""
    assert [] == details(exchange(1, envelope(count=3)), exchange(2, envelope(hwm=9)))


def test_a_gap_in_the_record_excuses_an_unseen_cut() -> None:
    """While the port was shut an attempt 1 may have gone unseen."""
    gap = replace(exchange(0, {}), n=0, request=None, end="refused", started=1500, ended=1600)
    second = exchange(2, envelope(hwm=9), attempt=2)
    assert [] == details(exchange(1, envelope()), gap, second)


def test_a_send_time_that_stands_still_is_found() -> None:
    """The header is of the attempt, not of the batch."""
    first = exchange(1, envelope())
    second = exchange(2, envelope(), attempt=2, tallymark_sent_at=str(T0 + 1000))
    assert ["TM-HDR-03"] == ids(first, second)


def test_a_number_with_two_contents_is_found() -> None:
    """The same number carries the same event in every batch."""
    other = envelope()
    other["events"][1]["p"] = {"n": 99}
    assert ["TM-HDR-01"] == ids(exchange(1, envelope()), exchange(2, other))


def test_times_and_contexts_are_compared_as_what_they_mean() -> None:
    """A new base for `dt` and a context hoisted or not are the same event."""
    first = envelope(count=1, ctx={"os": "x", "tz": "UTC"})
    second = envelope(count=1, ctx={"os": "y"})
    second["t0"] -= 50
    second["events"][0].update(dt=51, ctx={"os": "x", "tz": "UTC"})
    assert [] == details(exchange(1, first), exchange(2, second))


def test_a_number_used_twice_in_a_batch_is_found() -> None:
    """An explicit `n` may not repeat a neighbour's number."""
    batch = envelope()
    batch["events"][1]["n"] = 1
    assert ["TM-LED-01"] == ids(exchange(1, batch))


def test_a_falling_high_water_mark_is_found() -> None:
    """A later fresh batch announces at least as much as the ones answered before it."""
    assert ["TM-ENV-04"] == ids(exchange(1, envelope(hwm=9)), exchange(3, envelope(3, 2)))


@pytest.mark.parametrize("at", [1005, 1900])
def test_overlapping_batches_may_overtake_each_other(at: float) -> None:
    """What was under way at about the same time is not ordered."""
    later = exchange(2, envelope(3, 2), at=at)
    assert [] == details(exchange(1, envelope(hwm=9), at=1000), later)


def wait(seconds: str) -> Answer:
    return problem(429, "rate_limited", (("Retry-After", seconds),))


@pytest.mark.parametrize(("at", "found"), [(2900, 1), (2990, 0), (3020, 0)])
def test_a_request_before_its_time_is_found(at: float, found: int) -> None:
    """Retry-After is a floor, but for the tolerance between two clocks' readers."""
    first = exchange(1, envelope(), sent=wait("2"), at=1000)
    assert found == len(details(first, exchange(2, envelope(), attempt=2, at=at)))


@pytest.mark.parametrize("value", ["-5", "soon", "0", ""])
def test_a_retry_after_that_says_nothing_binds_nobody(value: str) -> None:
    """Negative, garbage and zero values are no floor."""
    first = exchange(1, envelope(), sent=wait(value), at=1000)
    assert [] == details(first, exchange(2, envelope(), attempt=2, at=1020))


def test_an_answer_that_never_arrived_binds_nobody() -> None:
    """A floor counts from the whole answer."""
    first = replace(exchange(1, envelope(), sent=wait("2"), at=1000), whole=False)
    assert [] == details(first, exchange(2, envelope(), attempt=2, at=1100))


def test_a_new_process_is_not_bound_by_what_the_old_one_was_told() -> None:
    """A producer started since then may send at once."""
    first = exchange(1, envelope(), sent=wait("2"), at=1000)
    second = exchange(2, envelope(), at=1500)
    assert 1 == len(details(first, second))
    assert [] == details(first, second, births=(1400,))


def test_what_the_proxy_sends_itself_is_not_judged() -> None:
    """A replayed copy carries an old hwm and an old send time, and nobody is to blame."""
    replayed = replace(exchange(9, envelope()), n=0)
    assert [] == details(exchange(1, envelope(hwm=9)), replayed)
