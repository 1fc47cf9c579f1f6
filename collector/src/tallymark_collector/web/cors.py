"""What pages on other origins may read of ingestion (HDR-02)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Iterable

EXPOSED: Final = "Tallymark-Ack, Retry-After, Tallymark-Request-Id, Date"
HEADERS: Final = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", EXPOSED.encode()),
)
ALLOWED: Final = (
    "Authorization, Content-Type, Content-Encoding, If-None-Match, Prefer, "
    "Tallymark-Sent-At, Tallymark-SDK, Tallymark-Attempt"
)
MAX_AGE_S: Final = 86_400


def preflight(methods: Iterable[str]) -> Response:
    """Return the answer to a browser that asks whether it may send."""
    return Response(
        status_code=204,
        headers={
            "access-control-allow-methods": ", ".join(methods),
            "access-control-allow-headers": ALLOWED,
            "access-control-max-age": str(MAX_AGE_S),
        },
    )
