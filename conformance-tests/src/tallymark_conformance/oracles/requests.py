"""Oracles over single requests: form, size, and where keys may stand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from tallymark_conformance.proxy.message import Request, envelope, header, inflate
from tallymark_conformance.verdict import Violation
from tallymark_protocol import limits
from tallymark_protocol.validate import validate_envelope, validate_event

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tallymark_conformance.trace import Exchange

BATCH_PATHS: Final = ("/v1/batch", "/v1/import", "/v1/b")
KEY_IN_QUERY: Final = re.compile(r"/v1/(?:b|e|e\.gif|streams/[^/]+|config|flags)\Z")
ANY_KEY: Final = re.compile(r"tm[ksrd]_[0-9A-Za-z]+")
PUBLIC_KEY: Final = re.compile(r"tmk_[0-9A-Za-z]+\Z")
SDK: Final = re.compile(r"[A-Za-z0-9._-]+/\d+\.\d+\.\d+\S*\Z")
JSON_TYPES: Final = ("application/json", "text/plain")


def batches(exchanges: Sequence[Exchange]) -> Iterator[tuple[Exchange, Request, Mapping[str, Any]]]:
    """Iterate over the batch requests that producers made, with their envelopes.

    What the proxy itself sent again (n = 0) is its own doing and no producer's.
    """
    for exchange in exchanges:
        request = exchange.request
        if request is None or exchange.n == 0 or request.method != "POST":
            continue
        if request.path.endswith(BATCH_PATHS):
            yield exchange, request, envelope(request.headers, request.body)


def requests_are_valid(exchanges: Sequence[Exchange]) -> Iterator[Violation]:
    """Find batches that break the schema or lack a header (TM-EPT-01, TM-ENV-11, TM-HDR-04)."""
    for exchange, request, batch in batches(exchanges):
        where = f"request {exchange.n}"
        for problem in (*_headers(request), *_body(request, batch)):
            yield Violation("wire", f"{problem} in {where}", batch.get("stream"), batch.get("seq"))


def compressed_above_limit(exchanges: Sequence[Exchange]) -> Iterator[Violation]:
    """Find large bodies without gzip (TM-HDR-05); after a 415 a plain one is right.

    Pages are left out: one that is being left has no time to compress.
    """
    refused: set[object] = set()
    for exchange, request, batch in batches(exchanges):
        coded = (header(request.headers, "content-encoding") or "identity") != "identity"
        coded = coded or request.path.endswith("/v1/b")
        if exchange.sent is not None and exchange.sent.status == 415:  # noqa: PLR2004 (a status)
            refused.add(batch.get("stream"))
        if (
            not coded
            and len(request.body) > limits.GZIP_ABOVE
            and batch.get("stream") not in refused
        ):
            detail = f"TM-HDR-05 {len(request.body)} bytes uncompressed in request {exchange.n}"
            yield Violation("wire", detail, batch.get("stream"), batch.get("seq"))


def no_secret_in_url(exchanges: Sequence[Exchange]) -> Iterator[Violation]:
    """Find keys in a request line (TM-AUTH-01, TM-WEB-06).

    Only a public key may stand there, and only where a browser must not need a preflight.
    """
    for exchange in exchanges:
        if exchange.request is None or exchange.n == 0:
            continue
        for key in ANY_KEY.findall(exchange.request.target):
            if PUBLIC_KEY.match(key) and KEY_IN_QUERY.search(exchange.request.path):
                continue
            yield Violation("wire", f"TM-AUTH-01 a key in the URL of request {exchange.n}")


def _headers(request: Request) -> Iterator[str]:
    kind = (header(request.headers, "content-type") or "").partition(";")[0]
    if kind not in JSON_TYPES:
        yield f"TM-HDR-06 content type {kind!r}"
    if request.path.endswith("/v1/b"):
        return
    bearer = header(request.headers, "authorization") or ""
    if not re.match(r"Bearer tm[ks]_[0-9A-Za-z]{22}\Z", bearer):
        yield "TM-AUTH-01 no key"
    sdk = header(request.headers, "tallymark-sdk") or ""
    if not SDK.match(sdk) or len(sdk) > limits.MAX_SDK:
        yield f"TM-HDR-04 Tallymark-SDK {sdk!r}"
    attempt = header(request.headers, "tallymark-attempt") or ""
    if not attempt.isdigit() or int(attempt) < 1:
        yield f"TM-HDR-04 Tallymark-Attempt {attempt!r}"
    if not (header(request.headers, "tallymark-sent-at") or "").lstrip("-").isdigit():
        yield "TM-HDR-03 no Tallymark-Sent-At"


def _body(request: Request, batch: Mapping[str, Any]) -> Iterator[str]:
    plain = inflate(request.headers, request.body)
    if plain is None or not batch:
        yield "TM-ENV-11 no JSON object"
        return
    if len(request.body) > limits.MAX_BODY or len(plain) > limits.MAX_INFLATED:
        yield f"TM-ENV-12 {len(request.body)} bytes, {len(plain)} inflated"
    issue = validate_envelope(batch)
    if issue is not None:
        yield f"TM-ENV-11 {issue.code} at {issue.path!r}"
        return
    if "sent_at" in batch:
        yield "TM-HDR-03 a send time in the body"
    for event in batch["events"]:
        issue = validate_event(event)
        if issue is not None:
            yield f"TM-EVT-11 {issue.code} at {issue.path!r}"
