"""Take secrets and personal data out of addresses of pages, always the same way."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_plus

if TYPE_CHECKING:
    from collections.abc import Mapping

HIDDEN: Final = "hidden"
"""Stands where a value was."""

ADDRESSES: Final = ("$url", "$referrer", "$path", "$current_url", "$link", "url", "referrer")
"""Properties that hold an address."""

_SECRET_WORD: Final = re.compile(
    r"pass(?:word|wd|code)?|pwd|secret|token|auth(?:orization)?|credentials?|signature|jwt|otp"
    r"|saml\w*|e?-?mail|phone|ssn|iban|cvv|cvc|birth(?:day|date)?|apikey|sessionid",
    re.IGNORECASE,
)
# Words that say something harmless in longer names: `promo_code`, `page_state`.
_SECRET_NAME: Final = re.compile(
    r"(?:api|access|private|auth)[_-]?key|session[_-]?id|s?sid|sig|pin|code|state|nonce|ticket"
    r"|mobile|tel|card(?:[_-]?number)?|dob|(?:first|last|full|user|sur)[_-]?name|street|address"
    r"|zip|postcode",
    re.IGNORECASE,
)
_WORDS: Final = re.compile(r"[_\-.\[\]]+|(?<=[a-z])(?=[A-Z])")
_EMAIL: Final = re.compile(
    r"[^\s/?&=#@:;,<>\"']{1,64}(?:@|%40)[^\s/?&=#@:;,<>\"']{1,255}\.\w{2,24}"
)
_TOKEN: Final = re.compile(r"eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*")
_USER: Final = re.compile(r"(?<=//)[^/?#@\s]*@")


def scrubbed(address: str) -> str:
    """Return an address without user names, passwords, tokens, and e-mail addresses.

    A parameter keeps its name and loses its value when its name is that of a secret (`token`,
    `reset-code`, `user[email]`); campaign parameters and all others keep theirs.
    """
    if not any(mark in address for mark in "?#@%;") and "eyJ" not in address:
        return address
    place, *rest = re.split(r"([?#&;])", _USER.sub("", address))
    for index in range(1, len(rest), 2):
        rest[index] = _parameter(rest[index])
    return _TOKEN.sub(HIDDEN, _EMAIL.sub(HIDDEN, "".join((place, *rest))))


def scrubbed_properties(properties: Mapping[str, object]) -> dict[str, object] | None:
    """Return properties with their addresses scrubbed, None when nothing had to change."""
    changed: dict[str, object] = {}
    for name in ADDRESSES:
        value = properties.get(name)
        if isinstance(value, str):
            clean = scrubbed(value)
            if clean != value:
                changed[name] = clean
    return {**properties, **changed} if changed else None


def _parameter(part: str) -> str:
    name, equals, value = part.partition("=")
    if not equals or not value or not is_secret(unquote_plus(name)):
        return part
    return f"{name}={HIDDEN}"


def is_secret(name: str) -> bool:
    """Tell whether a parameter's name, or a word of it, is that of a secret."""
    words = (name, *_WORDS.split(name))
    return bool(_SECRET_NAME.fullmatch(name)) or any(map(_SECRET_WORD.fullmatch, words))
