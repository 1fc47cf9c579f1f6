"""What a request tells of its visitor, and what addresses must not tell."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmdb_writer import MMDBWriter
from netaddr import IPSet
from tallymark_collector.ingest.enrich.address import kept, parsed, truncated
from tallymark_collector.ingest.enrich.agent import LONGEST, agent
from tallymark_collector.ingest.enrich.place import Places, PlacesError
from tallymark_collector.ingest.enrich.scrub import (
    HIDDEN,
    is_secret,
    scrubbed,
    scrubbed_properties,
)

if TYPE_CHECKING:
    from pathlib import Path

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/17.2 Mobile/15E148 Safari/604.1"
)
MAC = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/120.0.0.0 Safari/537.36"
)
TABLET = (
    "Mozilla/5.0 (Linux; Android 13; SM-T870) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/120.0.0.0 Safari/537.36"
)
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (IPHONE, ("Safari", "17", "iOS", "17.2", "mobile")),
        (MAC, ("Chrome", "120", "macOS", "10.15", "desktop")),
        (TABLET, ("Chrome", "120", "Android", "13", "tablet")),
        (WINDOWS, ("Firefox", "140", "Windows", "10", "desktop")),
    ],
)
def test_a_browser_is_known_by_its_header(header: str, expected: tuple[str, ...]) -> None:
    """Browser, system, their versions, and the kind of device; names without "Mobile"."""
    found = agent(header)
    names = ("$browser", "$browser_version", "$os", "$os_version", "$device_type")
    assert tuple(found.get(name) for name in names) == expected
    assert "$bot" not in found


@pytest.mark.parametrize(
    "header",
    [
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2)",
        MAC.replace("Chrome/", "HeadlessChrome/"),
        "curl/8.5.0",
        "python-requests/2.34",
        "Mozilla/5.0 (compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)",
    ],
)
def test_a_program_is_marked(header: str) -> None:
    """Robots, scripts and driven browsers are bots, and have no kind of device."""
    found = agent(header)
    assert found["$bot"] is True
    assert "$device_type" not in found


def test_no_header_says_nothing() -> None:
    """An empty header is not a device."""
    assert agent("") == agent("  ") == {}


@given(st.text(max_size=3 * LONGEST))
def test_any_header_can_be_read(header: str) -> None:
    """Whatever a header holds, the answer is a few short texts."""
    found = agent(header)
    assert all(len(str(value)) <= LONGEST for value in found.values())


def test_addresses_lose_what_tells_subscribers_apart() -> None:
    """/24 of IPv4 and /48 of IPv6 remain; a mapped address is IPv4; "none" keeps nothing."""
    four, six = ip_address("203.0.113.77"), ip_address("2001:db8:1234:5678::9")
    assert truncated(four) == "203.0.113.0"
    assert truncated(six) == "2001:db8:1234::"
    assert parsed("::ffff:203.0.113.77") == four
    assert parsed("fe80::1%eth0") == ip_address("fe80::1")
    assert parsed("unix:") is None
    assert [kept(four, how) for how in ("full", "truncate", "none")] == [
        "203.0.113.77",
        "203.0.113.0",
        None,
    ]


def _database(path: Path) -> Path:
    writer = MMDBWriter(6, "Test", languages=["en"], ipv4_compatible=True)
    writer.insert_network(IPSet(["198.51.100.0/24"]), {"country": {"iso_code": "DE"}})
    writer.insert_network(
        IPSet(["2001:db8::/32"]),
        {
            "country": {"iso_code": "US"},
            "subdivisions": [{"iso_code": "CA"}],
            "city": {"names": {"en": "Oakland", "de": "Oakland (Kalifornien)"}},
        },
    )
    writer.insert_network(IPSet(["203.0.113.0/24"]), {"country": "FR", "city": 7})
    writer.to_db_file(str(path))
    return path


def test_places_come_from_the_operators_file(tmp_path: Path) -> None:
    """Country, region and city as far as the file knows them; unknown addresses have no place."""
    places = Places(_database(tmp_path / "places.mmdb"))
    assert places.of(ip_address("198.51.100.7")) == {"$country": "DE"}
    assert places.of(ip_address("2001:db8::1")) == {
        "$country": "US",
        "$region": "US-CA",
        "$city": "Oakland",
    }
    assert places.of(ip_address("203.0.113.1")) == {"$country": "FR"}
    assert places.of(ip_address("192.0.2.1")) == {}
    places.close()


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    """The error names the file, whether it is missing or something else."""
    wrong = tmp_path / "wrong.mmdb"
    wrong.write_bytes(b"no database" * 100)
    for path in (wrong, tmp_path / "missing.mmdb"):
        with pytest.raises(PlacesError, match=path.name):
            Places(path)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://a.example/b", "https://a.example/b"),
        ("https://user:pw@a.example/b", "https://a.example/b"),
        (
            "https://a.example/?utm_source=x&token=abc",
            f"https://a.example/?utm_source=x&token={HIDDEN}",
        ),
        (
            "https://a.example/?reset-token=1&q=shoes",
            f"https://a.example/?reset-token={HIDDEN}&q=shoes",
        ),
        ("https://a.example/?user%5Bemail%5D=a", f"https://a.example/?user%5Bemail%5D={HIDDEN}"),
        ("https://a.example/?accessToken=1", f"https://a.example/?accessToken={HIDDEN}"),
        ("https://a.example/?promo_code=MAY", "https://a.example/?promo_code=MAY"),
        ("https://a.example/?code=oauth", f"https://a.example/?code={HIDDEN}"),
        ("https://a.example/#access_token=1", f"https://a.example/#access_token={HIDDEN}"),
        ("https://a.example/u/ann@b.example/x", f"https://a.example/u/{HIDDEN}/x"),
        ("https://a.example/?q=ann%40b.example", f"https://a.example/?q={HIDDEN}"),
        ("https://a.example/r/eyJhbGciOiJI.eyJzdWIiOiIx.c2ln", f"https://a.example/r/{HIDDEN}"),
        ("https://a.example/@ann/post", "https://a.example/@ann/post"),
        ("", ""),
    ],
)
def test_addresses_lose_secrets(address: str, expected: str) -> None:
    """Credentials, secret parameters, e-mail addresses and tokens go; the rest stays."""
    assert scrubbed(address) == expected


@given(st.text())
def test_scrubbing_twice_changes_nothing_more(address: str) -> None:
    """A repetition of an event that was scrubbed is the same event (LED-11)."""
    once = scrubbed(address)
    assert scrubbed(once) == once


@given(st.from_regex(r"[a-z0-9.]{1,20}@[a-z0-9-]{1,20}\.[a-z]{2,10}", fullmatch=True))
def test_no_mail_address_survives(mail: str) -> None:
    """Wherever it stands in an address, an e-mail address is hidden."""
    for address in (f"https://a.example/x?q={mail}", f"https://a.example/{mail}#{mail}"):
        assert mail not in scrubbed(address)


def test_only_addresses_are_scrubbed() -> None:
    """Other properties are the developer's, and untouched properties are the same object's."""
    assert scrubbed_properties({"note": "ann@b.example", "$url": "https://a.example/"}) is None
    assert scrubbed_properties({"n": 1, "$url": "https://a.example/?token=1"}) == {
        "n": 1,
        "$url": f"https://a.example/?token={HIDDEN}",
    }
    assert is_secret("reset_password")
    assert not is_secret("utm_source")
