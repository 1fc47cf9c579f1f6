"""What pages on other origins may read of ingestion (HDR-02)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import Scope

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
_OPEN: Final = "tallymark.open_to_pages"


def open_to_pages(scope: Scope) -> None:
    """Let pages on other origins read what is answered to this request."""
    scope[_OPEN] = True


def is_open_to_pages(scope: Scope) -> bool:
    """Tell whether pages on other origins may read the answer; unless somebody said so, no."""
    return scope.get(_OPEN, False) is True


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
