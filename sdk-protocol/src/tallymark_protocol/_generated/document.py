"""Which spec this is. Generated from spec/; run `python -m generate` instead of editing."""

from __future__ import annotations

from typing import Final

SPEC_VERSION: Final = '1.0.0'
SPEC_SHA256: Final = 'cc146723fb82eb0b0c54281b834bbd4cb59d55f3653d6529d7001d273e91263b'
FEATURES: Final = ('core', 'spool', 'control')
