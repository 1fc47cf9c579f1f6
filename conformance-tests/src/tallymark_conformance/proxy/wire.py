"""Read HTTP/1 messages from an asyncio stream."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from tallymark_conformance.errors import MessageError
from tallymark_conformance.proxy.message import (
    Answer,
    Headers,
    Request,
    header,
    parse_answer,
    parse_request,
)

MAX_HEAD = 64 * 1024
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


async def read_request(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter | None = None
) -> Request | None:
    """Return the next request, or None when the client has closed between two requests.

    Raises MessageError on bytes that are none, IncompleteReadError on half a message. A client
    that waits for leave to send its body gets it through *writer*.
    """
    head = await _read_head(reader)
    if head is None:
        return None
    request = parse_request(head)
    if writer is not None and header(request.headers, "expect") == "100-continue":
        writer.write(CONTINUE)
    body = await _read_body(reader, request.headers, until_close=False)
    return replace(request, body=body)


async def read_answer(reader: asyncio.StreamReader) -> Answer:
    """Return the answer of the upstream.

    Raises IncompleteReadError when it ends before it is whole, MessageError on other bytes.
    """
    head = await _read_head(reader)
    if head is None:
        raise asyncio.IncompleteReadError(b"", None)
    answer = parse_answer(head)
    if not answer.has_body:
        return answer
    return replace(answer, body=await _read_body(reader, answer.headers, until_close=True))


async def _read_head(reader: asyncio.StreamReader) -> bytes | None:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial.strip():
            raise
        return None
    except asyncio.LimitOverrunError as error:
        raise MessageError(f"a head longer than {MAX_HEAD} bytes") from error


async def _read_body(reader: asyncio.StreamReader, headers: Headers, *, until_close: bool) -> bytes:
    if (header(headers, "transfer-encoding") or "").lower() == "chunked":
        return await _read_chunks(reader)
    length = header(headers, "content-length")
    if length is not None:
        if not length.isdigit():
            raise MessageError(f"not a length: {length[:40]!r}")
        return await reader.readexactly(int(length))
    return await reader.read(-1) if until_close else b""


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    parts: list[bytes] = []
    while True:
        line = await reader.readuntil(b"\r\n")
        try:
            size = int(line.split(b";")[0], 16)
        except ValueError as error:
            raise MessageError(f"not a chunk size: {line[:40]!r}") from error
        parts.append(await reader.readexactly(size))
        await reader.readuntil(b"\r\n")
        if size == 0:
            return b"".join(parts)
