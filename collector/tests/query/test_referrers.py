"""Where visitors came from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.query.referrers import (
    CLICKS,
    click_source,
    referrer_class,
    referrer_host,
    site,
)

URL = "https://shop.example.com/a"


@pytest.mark.parametrize(
    ("referrer", "expected"),
    [
        (None, "direct"),
        ("", "direct"),
        ("not an address", "direct"),
        ("https://[broken", "direct"),
        ("https://www.example.com/other", "internal"),
        ("https://www.google.de/", "search"),
        ("https://www.google.co.uk/", "search"),
        ("https://search.brave.com/search", "search"),
        ("https://m.facebook.com/", "social"),
        ("https://t.co/abc", "social"),
        ("https://news.ycombinator.com/", "social"),
        ("https://chatgpt.com/", "assistant"),
        ("https://gemini.google.com/app", "assistant"),
        ("https://mail.google.com/", "mail"),
        ("https://outlook.live.com/", "mail"),
        ("https://blog.example.org/", "other"),
        ("android-app://com.example.reader/", "other"),
    ],
)
def test_the_class_of_a_referrer(referrer: str | None, expected: str) -> None:
    """Each referrer has one class; search engines count under every country's domain."""
    assert referrer_class(referrer, URL) == expected


def test_a_shared_suffix_is_no_site() -> None:
    """Two sites under `co.uk` are not each other's pages."""
    assert site("shop.example.co.uk") == "example.co.uk"
    assert referrer_class("https://other.co.uk/", "https://example.co.uk/") == "other"
    assert referrer_class("https://blog.example.co.uk/", "https://example.co.uk/") == "internal"


def test_hosts_are_compared_in_one_form() -> None:
    """Case, a port, `www.` and a final dot make no difference."""
    assert referrer_host("HTTPS://WWW.Example.COM.:443/x?y") == "example.com"


def test_click_identifiers_name_their_advertiser() -> None:
    """Every known identifier has a source; an empty one is none."""
    assert {click_source({name: "abc"}) for name in CLICKS} == set(CLICKS.values())
    assert click_source({"gclid": ""}) is None
    assert click_source({}) is None


@given(st.text(), st.text())
def test_any_text_has_a_class(referrer: str, url: str) -> None:
    """No text is beyond the function."""
    assert referrer_class(referrer, url) in {
        "direct",
        "internal",
        "assistant",
        "search",
        "mail",
        "social",
        "other",
    }
