# ruff: noqa: INP001 (a folder on the path of a child, not a package)
"""Run by Python at the start of a child whose PYTHONPATH names this folder."""

from __future__ import annotations

import os

from tallymark_conformance.mutants import plant

plant(os.environ)
