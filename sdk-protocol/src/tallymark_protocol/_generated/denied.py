"""Ids that stand for none (TM-VAL-06). Generated from spec/; run `python -m generate` instead of editing."""

from __future__ import annotations

from typing import Final

DENIED_IDS: Final = frozenset((
    '',
    'null',
    'undefined',
    'none',
    'nil',
    'anonymous',
    'unknown',
    '0',
    '-1',
    'true',
    'false',
    '[]',
    '{}',
    '[object object]',
    'nan',
    '00000000-0000-0000-0000-000000000000',
))
