"""Names and values come from anybody: whatever they say, the page only shows it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Collector, Watched

RUN: Final = "window.ran=1;alert(1)"
SCRIPTS: Final = (
    "<script>%s</script>", "<script src=//evil.example/x.js></script>", "<ScRiPt>%s</sCrIpT>",
    "</script><script>%s</script>", "</title><script>%s</script>", "<!--<script>%s//-->",
    "<img src=x onerror=%s>", "<img src=x onerror='%s'>", '"><img src=x onerror="%s">',
    "'><img src=x onerror=%s>", "`><img src=x onerror=`%s`>", "<svg onload=%s>",
    "<svg><script>%s</script></svg>", "<svg/onload=%s//", "<math><mi onclick=%s>x</mi></math>",
    "<body onload=%s>", "<iframe srcdoc='<script>%s</script>'>", "<iframe src=javascript:%s>",
    "<object data=javascript:%s>", "<embed src=javascript:%s>", "<a href=javascript:%s>x</a>",
    "<a href='data:text/html,<script>%s</script>'>x</a>", "<input autofocus onfocus=%s>",
    "<details open ontoggle=%s>", "<video><source onerror=%s>", "<audio src onerror=%s>",
    "<marquee onstart=%s>", "<style onload=%s>", "<style>@import '//evil.example';</style>",
    "<link rel=stylesheet href=//evil.example>", "<base href=//evil.example>",
    "<meta http-equiv=refresh content='0;url=javascript:%s'>", "<form action=javascript:%s>",
    "<button formaction=javascript:%s>", "<template><script>%s</script></template>",
    "<noscript><p title='</noscript><script>%s</script>'>", "<xmp><script>%s</script></xmp>",
    "<textarea></textarea><script>%s</script>", "<select><option></select><script>%s</script>",
    "javascript:%s", "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    "{{constructor.constructor('%s')()}}", "${%s}", "#{%s}", "<%%= %s %%>", "{{7*7}}", "[[%s]]",
    "__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf",
    '{"__html":"<b>x</b>"}', "dangerouslySetInnerHTML", "&lt;script&gt;%s&lt;/script&gt;",
    "&#60;script&#62;%s&#60;/script&#62;", "\\u003cscript\\u003e%s\\u003c/script\\u003e",
    "%%3Cscript%%3E%s%%3C/script%%3E", "+ADw-script+AD4-%s+ADw-/script+AD4-",
)  # fmt: skip
SQL: Final = (
    "'", "''", '"', "' OR 1=1 --", "'; DROP TABLE event; --", "1; DELETE FROM event",
    "') OR ('a'='a", "' UNION SELECT sqlite_version() --", "\\'; SELECT 1 --", "%' OR '%'='", "_%",
    "[a-z]*", "?", "?1", ":name", "@name", "$name", "NULL", "x' AND randomblob(100000000) --",
    "';ATTACH DATABASE 'x' AS x;--", "json_extract", "$.a.b", "$[0]", "a->>'b'", "/* x */", "--",
    "#", ";", "`", "``",
)  # fmt: skip
SHEETS: Final = (
    "=1+1", "=cmd|' /C calc'!A0", '=HYPERLINK("http://evil.example","x")', "+1+1", "-1+1",
    "@SUM(1)", "=IMPORTXML(1)", "\t=1+1", "\r=1+1", "%0A=1+1", "=2*3;", "+cmd", "-2+3", "|calc",
    "=DDE()", "0x41",
)  # fmt: skip
ODD: Final = (
    "\u202egnp.exe", "\u202a\u202b\u202c\u202d\u2066\u2067\u2068\u2069", "user\u202etxt.exe",
    "\u200b", "a\u200bb", "\ufeffname", "\u2028", "\u2029", "\u00ad", "\u061c", "\u180e", "\u2060",
    "\ufff9\ufffb", "\U000e0041\U000e0042", "\u0301\u0301\u0301" * 30, "Z\u0351\u036b\u0343" * 20,
    "\ufdfd", "\U0001f600", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\u0430dmin",
    "\u05e9\u05dc\u05d5\u05dd", "\u65e5\u672c", "\uffff", "\ufffe", "\U0010ffff", "a" * 199,
    "W" * 199, " " * 20, "a b", " lead", "trail ", "a/b", "..", "../../etc/passwd", "C:\\x",
    "a.b.c", "a..b", "%00", "%s%s%n", "{0}", "%d", "\\", "\\n", "\\x00", "http://evil.example/",
    "//evil.example", "file:///etc/passwd", "mailto:x@y.example", "1e309", "NaN", "-0", "Infinity",
    "undefined", "true", "[]", "{}", "[object Object]", "0", "$page", "any event", "*",
    "(none yet)", "\u0000", "\u001b[31mred", "\r\nSet-Cookie: x=1", "a\nb", "\u0007",
)  # fmt: skip
HIDDEN: Final = re.compile(
    "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\xad\\u061c\\u180e\\u200b-\\u200f\\u2028-\\u202e"
    "\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb\\U000e0000-\\U000e007f]"
)
"""What could pose as nothing or turn text around; tabs and line ends are the page's own."""


def corpus() -> list[str]:
    """Return at least 300 strings that have done harm somewhere, each once."""
    scripts = [text % RUN if text.count("%s") == 1 else text for text in SCRIPTS]
    closing = ("'", '"', "`", "-->", "]]>", "*/", "</title>", "\\")
    broken_out = [f"{close}{text}" for close in closing[:2] for text in scripts[:30]]
    controls = [f"a{chr(code)}b" for code in (*range(1, 32), *range(0x7F, 0xA0))]
    ended = [f"{close}<svg onload={RUN}>" for close in closing]
    return list(dict.fromkeys([*scripts, *broken_out, *SQL, *SHEETS, *ODD, *controls, *ended]))


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
