"""The proof that an answer comes from a collector: the `Tallymark-Ack` header (TM-ACK-01)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tallymark_protocol._generated.limits import MAX_SEQ

STREAMLESS: Final = "*"
_PREFIX: Final = 8
_STREAM: Final = re.compile(r"(?:[0-9a-f]{8}|\*)\Z")
_UPTO: Final = re.compile(r"(?:0|[1-9][0-9]{0,15})\Z")
_OK: Final = range(200, 300)


@dataclass(frozen=True, slots=True)
class AckProof:
    """A well-formed `Tallymark-Ack`: the stream's first eight digits (or `*`) and its `upto`."""

    stream: str
    upto: int | None


def format_ack(stream: str | None, upto: int | None) -> str:
    """Write the header for a stream and its cumulative ack; both None for a streamless request."""
    if stream is None:
        return f"1; s={STREAMLESS}; upto={STREAMLESS}"
    return f"1; s={stream[:_PREFIX]}; upto={upto or 0}"


def parse_ack(value: str | None) -> AckProof | None:
    """Read the header; None when it is absent or not one of version 1.

    Parameters may come in any order, unknown ones are ignored, a repeated one spoils the proof.
    """
    if value is None:
        return None
    version, *rest = (part.strip(" \t") for part in value.split(";"))
    pairs = [tuple(part.split("=", 1)) for part in rest if "=" in part]
    names = [pair[0] for pair in pairs]
    if version != "1" or len(names) != len(set(names)):
        return None
    parameters: dict[str, str] = {pair[0]: pair[1] for pair in pairs}
    stream, upto = parameters.get("s", ""), parameters.get("upto", "")
    if not _STREAM.match(stream):
        return None
    if stream == STREAMLESS:
        return AckProof(STREAMLESS, None) if upto in ("", STREAMLESS) else None
    if not _UPTO.match(upto) or int(upto) > MAX_SEQ:
        return None
    return AckProof(stream, int(upto))


def proves(status: int, header: str | None, stream: str | None) -> bool:
    """Say whether an answer acknowledges a request on *stream* (None: streamless)."""
    proof = parse_ack(header)
    if proof is None or status not in _OK:
        return False
    return proof.stream == (STREAMLESS if stream is None else stream[:_PREFIX])
