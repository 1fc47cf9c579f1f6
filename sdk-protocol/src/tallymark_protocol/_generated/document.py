"""Which spec this is. Generated from spec/; run `python -m generate` instead of editing."""

from __future__ import annotations

from typing import Final

SPEC_VERSION: Final = '1.0.0'
SPEC_SHA256: Final = 'ca1023f6bceba532961239884e6c72e5b2c4f2d447a4f11f96e32d27f8fc123e'
FEATURES: Final = ('core', 'spool', 'control')
