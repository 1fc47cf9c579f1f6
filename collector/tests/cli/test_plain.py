"""Text made harmless for a terminal."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text
from tallymark_collector.cli.plain import json_text, plain, shown

TEXT = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Buy now é 日本", "Buy now é 日本"),
        ("\x1b[31mred", "\\u{1b}[31mred"),
        ("user\u202etxt.exe", "user\\u{202e}txt.exe"),
        ("\U000e0041", "\\u{e0041}"),
        ("a\nb\u2028", "a\\u{a}b\\u{2028}"),
    ],
)
def test_what_is_hidden_is_written_out(text: str, expected: str) -> None:
    """Controls and invisible characters must be seen, everything else stay."""
    assert expected == shown(text)


@given(TEXT)
def test_markup_is_text(text: str) -> None:
    """What is printed on a console must be the text itself, whatever markup it looks like."""
    assert shown(text) == Text.from_markup(plain(text), emoji=False).plain


@given(
    st.recursive(TEXT | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner))
)
def test_json_means_the_same(value: object) -> None:
    """Inert JSON must be the same value, and hold nothing hidden."""
    text = json_text(json.dumps(value, ensure_ascii=False))
    assert value == json.loads(text)
    assert shown(text) == text
