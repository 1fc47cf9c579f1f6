"""Names and values come from anybody: whatever they say, the page only shows it."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).parents[1]))
from hostile import corpus

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Collector, Watched

HIDDEN: Final = re.compile(
    "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\xad\\u061c\\u180e\\u200b-\\u200f\\u2028-\\u202e"
    "\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb\\U000e0000-\\U000e007f]"
)
"""What could pose as nothing or turn text around; tabs and line ends are the page's own."""


def event(number: int, text: str) -> dict[str, Any]:
    """Return an event that says *text* wherever an event can say something."""
    return {
        "id": f"hostile-{number:06}",
        "e": text,
        "u": text[:60],
        "t": 1_772_409_600_000 + number * 60_000,
        "p": {text[:60]: text, "list": [text, {"deep": text}], "name": text},
    }


BAD: Final = ("<svg onload=alert(1)>", "'", "=1+1", "javascript:alert(1)", "\u202egpj.exe")


def paths() -> list[str]:
    """Return every page, and every question with something hostile in each of its places."""
    plain = ["/", "/?q=live", "/?q=send", "/?q=retention&u=day", "/?q=trend", "/?q=funnel"]
    split = ["trend&e=*&by=name&v=bar", "trend&e=*&by=name&v=column&i=day", "retention&by=name"]
    places = {
        "trend": ("e", "by", "mp", "f", "o", "tz", "i", "v", "r"),
        "funnel": ("s", "by", "f", "o", "w", "re", "or"),
        "retention": ("b", "c", "by", "f", "o", "u"),
        "overview": ("r", "tz", "o"),
    }
    made = [
        urlencode([("q", page), *((place, text) for place in asked for text in BAD[:2])])
        for page, asked in places.items()
    ]
    filters = [
        urlencode([("q", "trend"), ("e", "*"), ("f", f"{BAD[0]}~is~{text}")]) for text in BAD
    ]
    steps = urlencode([("q", "funnel"), *(("s", text) for text in BAD), ("by", "name")])
    return [
        *plain,
        *(f"/?q={one}" for one in split),
        *(f"/?{one}" for one in [*made, *filters, steps]),
    ]


def walk(watched: Watched, url: str) -> str:
    """Open every page and everything on it; return all text that was shown."""
    page, shown = watched.page, ""
    for path in paths():
        watched.open(url + path)
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), path
        summaries = page.locator("main summary:visible")
        summaries.evaluate_all("all => all.slice(0, 80).forEach((one) => one.click())")
        shown += page.locator("body").inner_text()
    return shown


def choices(watched: Watched, url: str) -> str:
    """Open everything that can be chosen from; return all text that was shown."""
    page, shown = watched.open(f"{url}/?q=trend&e=*&f=name~is~x"), ""
    for label in ("Event 1", "Property of condition 1", "Value of condition 1", "Add a breakdown"):
        page.get_by_role("combobox", name=label).click()
        page.locator(".options [role=option]:visible").nth(20).wait_for()
        shown += page.locator("body").inner_text()
        page.keyboard.press("Escape")
    for text in BAD:
        watched.choose("Value of condition 1", text)
    page.get_by_text("only where name is").wait_for()
    return shown + page.locator("body").inner_text()


def people(watched: Watched, url: str) -> str:
    """Open a number, some of its people, and the records of their events; return what is shown."""
    page, shown = watched.page, ""
    page.goto(f"{url}/?q=trend&m=uniques&e=*")
    page.locator(".legend .number").first.click()
    page.locator(".people li").nth(50).wait_for()
    for place in range(0, 200, 25):
        page.locator(".people button").nth(place).click()
        page.locator(".timeline summary").first.click()
        page.locator(".timeline pre").first.wait_for()
        shown += page.locator("dialog").inner_text()
        page.get_by_role("button", name="All people").click()
    return shown


def test_hostile_names_and_values_are_only_shown(
    launch: Callable[..., Collector], watch: Callable[..., Watched]
) -> None:
    """Stored or rejected, chosen or asked for, in every view: no script, no request, no trace."""
    texts = corpus()
    assert len(texts) >= 300
    collector = launch()
    collector.project(BAD[0])
    collector.send([event(number, text) for number, text in enumerate(texts)])
    for text in texts[:40]:
        collector.post("/v1/e", {"e": text, "u": "null", "p": {text[:60]: text}})
    watched = watch()
    page = watched.page
    shown = walk(watched, collector.url) + choices(watched, collector.url)
    shown += people(watched, collector.url)
    assert "<svg onload=" in shown
    assert HIDDEN.search(shown) is None
    assert watched.trouble() == []
    assert page.evaluate("window.ran") is None
    made = page.locator("#app :is(script, iframe, object, embed, img, style, base, form[action])")
    assert made.count() == 0


def test_nothing_invisible_is_shown_as_nothing(
    launch: Callable[..., Collector], watch: Callable[..., Watched]
) -> None:
    """A name that turns the reading direction is written out, so that it cannot pose as another."""
    collector = launch()
    collector.send([event(1, "user\u202etxt.exe")])
    page = watch().page
    page.goto(f"{collector.url}/?q=live")
    row = page.locator(".arrivals li").first
    row.wait_for()
    assert "user\\u{202e}txt.exe" in row.inner_text()
    assert "\u202e" not in page.locator("body").inner_text()


def test_a_script_that_got_in_would_be_seen(
    corner: Collector, watch: Callable[..., Watched]
) -> None:
    """The watch works: an inline script and a write of HTML are stopped and reported."""
    watched = watch()
    page = watched.page
    page.goto(corner.url)
    page.locator(".overview").wait_for()
    for sink in (
        "document.createElement('img').setAttribute('onerror', 'window.ran = 1')",
        "document.body.innerHTML = '<b>x</b>'",
        "document.head.append(Object.assign(document.createElement('script'), {text: 'ran = 1'}))",
    ):
        refused = page.evaluate(
            f"() => {{ try {{ {sink}; return null; }} catch (error) {{ return error.name; }} }}"
        )
        assert refused == "TypeError"
    watched.until("window.violations.length >= 3")
    assert page.evaluate("window.ran") is None
    assert watched.trouble() != []
    page.evaluate("window.violations = []")
