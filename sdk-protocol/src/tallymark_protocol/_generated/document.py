"""Which spec this is. Generated from spec/; run `python -m generate` instead of editing."""

from __future__ import annotations

from typing import Final

SPEC_VERSION: Final = '1.0.0'
SPEC_SHA256: Final = '8aa2a3dcc1021563df141c02498358519fb608f52c11f26a85a77e370ebe9907'
FEATURES: Final = ('core', 'spool', 'control')
