from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallymark_protocol.ack import AckProof, format_ack, parse_ack, proves

STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"


@given(st.integers(0, 2**53 - 1))
def test_what_is_written_is_read(upto: int) -> None:
    """Reading a header gives what was written (ACK-01)."""
    assert AckProof("0197a1b2", upto) == parse_ack(format_ack(STREAM, upto))


def test_streamless() -> None:
    """A request without a stream is acknowledged with stars."""
    assert "1; s=*; upto=*" == format_ack(None, None)
    assert AckProof("*", None) == parse_ack("1; s=*")


@pytest.mark.parametrize(
    "value",
    [
        *(None, "", "1", "2; s=0197a1b2; upto=1", "1; s=0197a1b2", "1; upto=1", "1; s=*; upto=1"),
        *("1; s=0197A1B2; upto=1", "1; s=0197a1b; upto=1", "1; s=0197a1b2; upto=-1"),
        *("1; s=0197a1b2; upto=01", "1; s=0197a1b2; upto=1; upto=2", "1; s=0197a1b2; upto=1e3"),
        *(
            "1, s=0197a1b2, upto=1",
            "<html>",
            "1; s=0197a1b2\n; upto=1",
            "1; s=0197a1b2; upto=٣",
            f"1; s=0197a1b2; upto={2**53}",
        ),
    ],
)
def test_malformed_headers_prove_nothing(value: str | None) -> None:
    """Anything but a header of version 1 is no proof (ACK-01)."""
    assert parse_ack(value) is None
    assert not proves(200, value, STREAM)


def test_order_and_unknown_parameters() -> None:
    """Parameters come in any order, and later versions may add some."""
    assert AckProof("0197a1b2", 7) == parse_ack("1;upto=7;x=y ;\ts=0197a1b2")


@pytest.mark.parametrize(
    ("status", "good"),
    [(199, False), (200, True), (204, True), (299, True), (300, False), (500, False)],
)
def test_only_2xx_acknowledge(status: int, good: bool) -> None:
    """A proof on another status is none."""
    assert good is proves(status, format_ack(STREAM, 1), STREAM)


def test_another_streams_proof_is_none() -> None:
    """The header must name the request's own stream (ACK-01)."""
    assert not proves(200, format_ack("1" * 36, 5), STREAM)
    assert not proves(200, format_ack(None, None), STREAM)
    assert not proves(200, format_ack(STREAM, 5), None)
    assert proves(200, format_ack(None, None), None)


@given(st.text(max_size=40))
def test_any_header_is_read_without_error(value: str) -> None:
    """No header value raises, and what is read can be written again."""
    proof = parse_ack(value)
    assert proof is None or proof.stream == "*" or proof.upto is not None
