"""Hold the version of the distribution, without reading its metadata at every import."""

from __future__ import annotations

__version__ = "0.1.0"
