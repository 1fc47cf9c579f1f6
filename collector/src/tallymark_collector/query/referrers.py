"""What kind of page a visitor came from, and by which advertiser's click."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

CLICKS: Final[Mapping[str, str]] = {
    "gclid": "google",
    "gbraid": "google",
    "wbraid": "google",
    "dclid": "google",
    "msclkid": "microsoft",
    "fbclid": "meta",
    "igshid": "meta",
    "ttclid": "tiktok",
    "twclid": "x",
    "li_fat_id": "linkedin",
    "yclid": "yandex",
    "epik": "pinterest",
    "rdt_cid": "reddit",
    "sccid": "snapchat",
}
"""Click identifiers of advertisers and who gives them."""

_SEARCH: Final = frozenset(
    [
        "google",
        "bing",
        "duckduckgo",
        "yahoo",
        "yandex",
        "baidu",
        "ecosia",
        "qwant",
        "startpage",
        "brave",
        "naver",
        "seznam",
        "sogou",
    ]
)
_SOCIAL: Final = frozenset(
    [
        "facebook",
        "instagram",
        "twitter",
        "x",
        "linkedin",
        "reddit",
        "pinterest",
        "tiktok",
        "youtube",
        "snapchat",
        "threads",
        "bsky",
        "mastodon",
        "vk",
        "weibo",
        "quora",
        "tumblr",
        "telegram",
        "whatsapp",
        "discord",
        "lnkd",
        "t",
        "fb",
        "youtu",
        "ycombinator",
    ]
)
_ASSISTANTS: Final = frozenset(
    [
        "chatgpt",
        "openai",
        "perplexity",
        "claude",
        "gemini",
        "copilot",
        "deepseek",
        "mistral",
        "grok",
        "you",
        "phind",
    ]
)
_MAIL: Final = frozenset(["mail", "outlook", "gmail", "webmail", "proton", "protonmail", "gmx"])
# Second-level names under which others register: `example.co.uk` belongs to `example`.
_SHARED: Final = frozenset(["co", "com", "net", "org", "gov", "ac", "edu", "ne", "or"])
_COUNTRY: Final = 2


def referrer_host(referrer: str) -> str | None:
    """Return the host of an address, in lower case, without `www.`; None if it has none."""
    try:
        host = urlsplit(referrer.strip()).hostname
    except ValueError:
        return None
    return host.removeprefix("www.").rstrip(".") or None if host else None


def referrer_class(referrer: str | None, url: str | None) -> str:
    """Return where a page view came from.

    `direct` without a referrer, `internal` from the same site, then `assistant`, `search`, `mail`,
    `social`, and `other` for everything else.
    """
    host = referrer_host(referrer or "")
    if host is None:
        return "direct"
    if url is not None and site(host) == site(referrer_host(url) or ""):
        return "internal"
    labels = host.split(".")
    name = site(host).split(".", 1)[0]
    if name in _ASSISTANTS or not _ASSISTANTS.isdisjoint(labels[:-1]):
        return "assistant"
    if not _MAIL.isdisjoint(labels[:-1]):
        return "mail"
    if name in _SEARCH:
        return "search"
    return "social" if name in _SOCIAL else "other"


def site(host: str) -> str:
    """Return the part of a host that is registered, by a rule of thumb.

    The last two labels, or three where the last but one is shared (`example.co.uk`).
    """
    labels = host.split(".")
    shared = len(labels) > _COUNTRY and len(labels[-1]) == _COUNTRY and labels[-2] in _SHARED
    return ".".join(labels[-3 if shared else -2 :])


def click_source(properties: Mapping[str, object]) -> str | None:
    """Return the advertiser whose click identifier an event carries, the first by `CLICKS`."""
    for name, source in CLICKS.items():
        if properties.get(name):
            return source
    return None
