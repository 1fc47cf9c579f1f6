"""Which spec this is. Generated from spec/; run `python -m generate` instead of editing."""

from __future__ import annotations

from typing import Final

SPEC_VERSION: Final = '1.0.0'
SPEC_SHA256: Final = 'fe590cb605bec04474ec1a382d795ec763556d9894079ae4fc4f4e37d479bd44'
FEATURES: Final = ('core', 'spool', 'control')
