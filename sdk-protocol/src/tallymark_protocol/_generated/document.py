"""Which spec this is. Generated from spec/; run `python -m generate` instead of editing."""

from __future__ import annotations

from typing import Final

SPEC_VERSION: Final = '1.0.0'
SPEC_SHA256: Final = 'd1c94057f8932b75090ddf06e6d79a67a73f37b57de2b80a848def61d973d708'
FEATURES: Final = ('core', 'spool', 'control')
