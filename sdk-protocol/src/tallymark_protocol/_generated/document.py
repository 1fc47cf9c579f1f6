"""Which spec this is. Generated from spec/; run `python -m generate` instead of editing."""

from __future__ import annotations

from typing import Final

SPEC_VERSION: Final = '1.0.0'
SPEC_SHA256: Final = '356641a0b3c5ba259adf6ba28c9e3b186aca0a9431890cc7ed46bc9776a0c694'
FEATURES: Final = ('core', 'spool', 'control')
