"""Which spec this is. Generated from spec/; run `python -m generate` instead of editing."""

from __future__ import annotations

from typing import Final

SPEC_VERSION: Final = '1.0.0'
SPEC_SHA256: Final = 'c9fd8468032ce00b84e07a81e0786a94f61305fecd0fc8563214c983657d0ce5'
FEATURES: Final = ('core', 'spool', 'control')
