"""Derive the ids of one stream's events quickly; the same ids as `tallymark_protocol.event_id`."""

from __future__ import annotations

from hashlib import sha256


class EventIds:
    """Return LED-7 ids of one stream: the stream's part of the digest is computed once."""

    __slots__ = ("_digest",)

    def __init__(self, stream: str) -> None:
        """Compute the stream's part."""
        self._digest = sha256(b"tm1id" + bytes.fromhex(stream.replace("-", "")))

    def of(self, seq: int) -> str:
        """Return the id of number *seq*."""
        digest = self._digest.copy()
        digest.update(seq.to_bytes(8, "big"))
        text = digest.hexdigest()
        # Version 8 and the variant's two bits, as RFC 9562 places them.
        variant = _VARIANT[text[16]]
        return f"{text[:8]}-{text[8:12]}-8{text[13:16]}-{variant}{text[17:20]}-{text[20:32]}"


_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
