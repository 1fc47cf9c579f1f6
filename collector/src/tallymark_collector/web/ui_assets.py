"""The built dashboard: its files, read once, and the headers they go out with."""

from __future__ import annotations

import gzip
import mimetypes
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

DIRECTORY: Final = Path(__file__).parent / "static"
BUILD: Final = "npm --prefix collector/ui ci && npm --prefix collector/ui run build"
"""What makes the files in a checkout; an installed package has them."""

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'; require-trusted-types-for 'script'; trusted-types 'none'"
)
PAGE_HEADERS: Final[Mapping[str, str]] = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
}
ASSET_HEADERS: Final[Mapping[str, str]] = {
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "public, max-age=31536000, immutable",
    "vary": "accept-encoding",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file under its hashed name, plain and compressed."""

    media_type: str
    plain: bytes
    compressed: bytes


@dataclass(frozen=True, slots=True)
class Assets:
    """The page and the files it names."""

    page: bytes
    files: Mapping[str, Asset]


def load(directory: Path = DIRECTORY) -> Assets | None:
    """Read the built dashboard, None when it has not been built."""
    page = directory / "index.html"
    if not page.is_file():
        return None
    files = {path.name: _asset(path) for path in sorted((directory / "static").iterdir())}
    return Assets(page.read_bytes(), files)


def _asset(path: Path) -> Asset:
    plain = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if kind in ("application/javascript", "text/javascript"):
        kind = "text/javascript"
    return Asset(kind, plain, gzip.compress(plain, 9, mtime=0))
