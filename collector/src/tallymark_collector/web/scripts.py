"""The JavaScript SDK's files, for pages that load them from the collector."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from starlette.responses import Response

from tallymark_collector.problem import Problem
from tallymark_collector.web.routes import Route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

DIRECTORY: Final = Path(__file__).parent / "sdk"
BUILD: Final = "npm --prefix sdk-js ci && npm --prefix sdk-js run build"
"""What makes the files in a checkout; an installed package has them."""

NAMES: Final = (
    "tm.js",
    "tm-client.js",
    "tm-auto.js",
    "tm-vitals.js",
    "tm-lite.js",
    "tm-integrity.json",
)
HEADERS: Final[Mapping[str, str]] = {
    # Pages of every origin load them, also with an integrity attribute.
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
    "cache-control": "public, max-age=3600, stale-while-revalidate=86400",
    "vary": "accept-encoding",
}


@dataclass(frozen=True, slots=True)
class Script:
    """
    One file; *etag* names its content.

    *packed* holds it by content coding, the smallest first: the build makes brotli.
    """

    media_type: str
    etag: str
    plain: bytes
    packed: Mapping[str, bytes]


class ScriptsApi:
    """The files at `/tm.js` and beside it."""

    def __init__(self, directory: Path = DIRECTORY) -> None:
        """Serve what *directory* holds now; without a build the answer says how to make it."""
        self._scripts = {
            name: _script(directory / name) for name in NAMES if (directory / name).is_file()
        }

    def routes(self) -> list[Route]:
        """Return the routes of this resource."""
        return [Route("GET", f"/{name}", self.get, "public") for name in NAMES]

    async def get(self, request: Request) -> Response:
        """Send a file, or 304 to who has it."""
        script = self._scripts.get(request.url.path.removeprefix("/"))
        if script is None:
            raise Problem("not_found", f"the JavaScript SDK is not built; run {BUILD}")
        headers = {**HEADERS, "etag": script.etag}
        if script.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        accepted = {
            coding.partition(";")[0].strip()
            for coding in request.headers.get("accept-encoding", "").split(",")
        }
        for coding, content in script.packed.items():
            if coding in accepted:
                headers["content-encoding"] = coding
                return Response(content, headers=headers, media_type=script.media_type)
        return Response(script.plain, headers=headers, media_type=script.media_type)


def _script(path: Path) -> Script:
    plain = path.read_bytes()
    kind = "application/json" if path.suffix == ".json" else "text/javascript"
    etag = f'"{hashlib.sha256(plain).hexdigest()[:16]}"'
    brotli = path.with_name(f"{path.name}.br")
    packed = {"br": brotli.read_bytes()} if brotli.is_file() else {}
    packed["gzip"] = gzip.compress(plain, 9, mtime=0)
    return Script(kind, etag, plain, packed)
