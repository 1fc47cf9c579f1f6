"""The one error that becomes an answer: a code of the registry and what to say about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tallymark_protocol import codes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TYPE_PREFIX = "/problems/"
"""Every collector explains its codes under this path."""
MEDIA_TYPE = "application/problem+json"


class Problem(Exception):  # noqa: N818 - the field's word for it (RFC 9457)
    """Stop a request with the registry's *code*.

    `detail` says what happened, with which value and what to do; it never carries a property
    value, a key or an address. `path` names the field at fault. `retry_after_ms` also becomes the
    `Retry-After` header. `errors` are the single faults of a question with several.
    """

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        path: str | None = None,
        retry_after_ms: int | None = None,
        headers: Sequence[tuple[str, str]] = (),
        errors: Sequence[Mapping[str, object]] = (),
    ) -> None:
        """Look *code* up; a code outside the registry is a programming error (KeyError)."""
        entry = codes.PROBLEMS[code]
        super().__init__(code)
        self.code = code
        self.status: int = entry.status
        self.title: str = entry.title
        self.retryable: bool = entry.retryable
        self.detail = detail or entry.text
        self.path = path
        self.retry_after_ms = retry_after_ms
        self.extra_headers = tuple(headers)
        self.errors = tuple(errors)

    def document(self) -> dict[str, object]:
        """Return the problem details object (ERR-1, RFC 9457)."""
        body: dict[str, object] = {
            "type": TYPE_PREFIX + self.code,
            "title": self.title,
            "status": self.status,
            "code": self.code,
            "retryable": self.retryable,
            "detail": self.detail,
        }
        if self.path is not None:
            body["path"] = self.path
        if self.retry_after_ms is not None:
            body["retry_after_ms"] = self.retry_after_ms
        if self.errors:
            body["errors"] = list(self.errors)
        return body

    def headers(self) -> list[tuple[str, str]]:
        """Return the answer's headers, `Retry-After` in whole seconds among them."""
        result = [("content-type", MEDIA_TYPE), ("cache-control", "no-store")]
        if self.retry_after_ms is not None:
            result.append(("retry-after", str(max(1, -(-self.retry_after_ms // 1000)))))
        result.extend(self.extra_headers)
        return result
