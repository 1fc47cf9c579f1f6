"""What a `User-Agent` header says: browser, system, kind of device, and whether a program asks."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from ua_parser import parse

if TYPE_CHECKING:
    from ua_parser import OS, Device, UserAgent

LONGEST: Final = 1_024
"""Characters of a header that are looked at; no browser's is half as long."""

_REMEMBERED: Final = 4_096
_SPIDER: Final = "Spider"
# Programs that ua-parser knows by name, but not as robots, and those that carry a browser's name.
_PROGRAM: Final = re.compile(
    r"bot\b|crawl|spider|slurp|headless|phantomjs|lighthouse|selenium|puppeteer|playwright|cypress"
    r"|^(?:curl|wget|python|go-http|java/|okhttp|axios|node|undici|libwww|ruby|php|perl|httpie)"
    r"|monitor|uptime|pingdom|preview|facebookexternalhit|validator",
    re.IGNORECASE,
)
_TABLET: Final = re.compile(r"ipad|tablet|kindle|silk/|playbook", re.IGNORECASE)
_PHONE: Final = re.compile(r"mobile|iphone|ipod|windows phone|blackberry", re.IGNORECASE)
_TV: Final = re.compile(
    r"smart-?tv|\btv\b|appletv|googletv|hbbtv|tizen.*tv|web0s|roku|crkey|aft[a-z]\b|bravia",
    re.IGNORECASE,
)
_CONSOLE: Final = re.compile(r"playstation|xbox|nintendo", re.IGNORECASE)
_COMPUTERS: Final = ("Windows", "Mac OS X", "Linux", "Ubuntu", "Chrome OS", "Fedora", "FreeBSD")
_NAMES: Final = {"Mac OS X": "macOS", "Chrome Mobile": "Chrome", "Mobile Safari": "Safari"}
_NAMES_OF_KIND: Final = {"Firefox Mobile": "Firefox", "Edge Mobile": "Edge"}


@lru_cache(maxsize=_REMEMBERED)
def agent(header: str) -> dict[str, str | bool]:
    """Return what a header says; nothing for an empty one.

    Names are `$browser`, `$browser_version`, `$os`, `$os_version`, `$device_type` (`desktop`,
    `mobile`, `tablet`, `tv`, `console`), `$device_model`, and `$bot`, which is there when true.
    """
    text = header[:LONGEST]
    if not text.strip():
        return {}
    found = parse(text)
    said: dict[str, str | bool] = {
        **_browser(found.user_agent),
        **_system(found.os),
        **_device(found.device),
    }
    if is_program(text, found.device):
        return {**said, "$bot": True}
    kind = _kind(text, found.device, found.os)
    return {**said, "$device_type": kind} if kind else said


def is_program(header: str, device: Device | None) -> bool:
    """Tell whether a header is that of a robot, a script or a driven browser."""
    return (device is not None and device.family == _SPIDER) or bool(_PROGRAM.search(header))


def _browser(browser: UserAgent | None) -> dict[str, str]:
    if browser is None:
        return {}
    name = _NAMES.get(browser.family) or _NAMES_OF_KIND.get(browser.family, browser.family)
    return {"$browser": name, **_version("$browser_version", (browser.major,))}


def _system(system: OS | None) -> dict[str, str]:
    if system is None:
        return {}
    name = _NAMES.get(system.family, system.family)
    return {"$os": name, **_version("$os_version", (system.major, system.minor))}


def _device(device: Device | None) -> dict[str, str]:
    if device is None or device.family == _SPIDER or not device.model:
        return {}
    return {"$device_model": device.model}


def _version(name: str, parts: tuple[str | None, ...]) -> dict[str, str]:
    given = [part for part in parts if part is not None]
    return {name: ".".join(given)} if given else {}


def _kind(header: str, device: Device | None, system: OS | None) -> str | None:
    # An Android tablet is one that doesn't say "Mobile"; its brand may say so, too.
    brand = device.brand or "" if device else ""
    family = system.family if system else ""
    if _TV.search(header):
        return "tv"
    if _CONSOLE.search(header):
        return "console"
    if _TABLET.search(header) or _TABLET.search(brand):
        return "tablet"
    if _PHONE.search(header):
        return "mobile"
    if family == "Android":
        return "tablet"
    return "desktop" if family in _COMPUTERS else None
