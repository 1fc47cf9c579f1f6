"""The JavaScript SDK's files: any page may load them; who has not built them is told how."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from typing import TYPE_CHECKING

import pytest
from starlette.requests import Request
from tallymark_collector.problem import Problem
from tallymark_collector.web.scripts import BUILD, NAMES, ScriptsApi

if TYPE_CHECKING:
    from pathlib import Path

CONTENT = b"console.log(1)\n" * 100


def _request(path: str, **headers: str) -> Request:
    pairs = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    return Request({"type": "http", "method": "GET", "path": path, "headers": pairs})


def test_any_page_may_load_a_script(tmp_path: Path) -> None:
    """A script is served as JavaScript, readable from every origin, named by its content."""
    (tmp_path / "tm.js").write_bytes(CONTENT)
    answer = asyncio.run(ScriptsApi(tmp_path).get(_request("/tm.js")))
    assert answer.body == CONTENT
    assert answer.media_type == "text/javascript"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["etag"] == f'"{hashlib.sha256(CONTENT).hexdigest()[:16]}"'


def test_compressed_and_not_modified(tmp_path: Path) -> None:
    """Who takes gzip gets gzip; who has the content gets 304."""
    (tmp_path / "tm.js").write_bytes(CONTENT)
    scripts = ScriptsApi(tmp_path)
    packed = asyncio.run(scripts.get(_request("/tm.js", accept_encoding="gzip, br")))
    assert gzip.decompress(packed.body) == CONTENT
    again = asyncio.run(scripts.get(_request("/tm.js", if_none_match=packed.headers["etag"])))
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("accepted", "coding"), [("gzip, deflate, br", "br"), ("gzip;q=1.0, x-br", "gzip"), ("", None)]
)
def test_the_smallest_coding(tmp_path: Path, accepted: str, coding: str | None) -> None:
    """Who takes brotli gets what the build made; the etag is that of the content."""
    (tmp_path / "tm.js").write_bytes(CONTENT)
    (tmp_path / "tm.js.br").write_bytes(b"made by the build")
    scripts = ScriptsApi(tmp_path)
    answer = asyncio.run(scripts.get(_request("/tm.js", accept_encoding=accepted)))
    assert answer.headers.get("content-encoding") == coding
    assert (answer.body == b"made by the build") == (coding == "br")
    assert answer.headers["etag"] == f'"{hashlib.sha256(CONTENT).hexdigest()[:16]}"'


@pytest.mark.parametrize("name", NAMES)
def test_without_a_build(tmp_path: Path, name: str) -> None:
    """Without a build every script answers 404 with the command that makes it."""
    with pytest.raises(Problem) as raised:
        asyncio.run(ScriptsApi(tmp_path).get(_request(f"/{name}")))
    assert raised.value.code == "not_found"
    assert BUILD in raised.value.detail
