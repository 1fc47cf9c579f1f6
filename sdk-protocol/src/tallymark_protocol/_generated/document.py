"""Which spec this is. Generated from spec/; run `python -m generate` instead of editing."""

from __future__ import annotations

from typing import Final

SPEC_VERSION: Final = '1.0.0'
SPEC_SHA256: Final = 'cef034d05d977a1036f29bcc06ac7d1218e0723fa126ec8d5f25ea6b555c5ae8'
FEATURES: Final = ('core', 'spool', 'control')
