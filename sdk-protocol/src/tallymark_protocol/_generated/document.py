"""Which spec this is. Generated from spec/; run `python -m generate` instead of editing."""

from __future__ import annotations

from typing import Final

SPEC_VERSION: Final = '1.0.0'
SPEC_SHA256: Final = '7df0c3f5987f3777ea2f502cb6a5c2dd1ec29e6f3ff5bac261e4c1be96e3db98'
FEATURES: Final = ('core', 'spool', 'control')
