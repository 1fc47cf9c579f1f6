"""Hold the version of the distribution, without reading its metadata at every import."""

from __future__ import annotations

VERSION = "0.1.0"
