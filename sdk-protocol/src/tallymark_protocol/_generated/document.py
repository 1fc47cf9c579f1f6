"""Which spec this is. Generated from spec/; run `python -m generate` instead of editing."""

from __future__ import annotations

from typing import Final

SPEC_VERSION: Final = '1.0.0'
SPEC_SHA256: Final = 'd10d586610a36f0c63539285755a6a11ccce9ebc5039a70f443d6dd361651907'
FEATURES: Final = ('core', 'spool', 'control')
