"""Strings that have done harm somewhere: in pages, databases, spreadsheets, terminals, logs."""

from __future__ import annotations

from typing import Final

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
TERMINAL: Final = (
    "\u001b[2J\u001b[H", "\u001b]0;title\u0007", "\u001b[31;1mred\u001b[0m", "\u009b31m",
    "\u001b]8;;http://evil.example\u0007link\u001b]8;;\u0007", "\u001bP+q544e\u001b\\",
    "a\bb\b\b\b", "done\rfail", "[bold red]x[/]", "[link=http://evil.example]x[/link]", "[/]",
    ":warning:", "\\[bold]", "[[bold]]", "\u0085", "\u008d",
)  # fmt: skip


def corpus() -> list[str]:
    """Return at least 300 strings that have done harm somewhere, each once."""
    scripts = [text % RUN if text.count("%s") == 1 else text for text in SCRIPTS]
    closing = ("'", '"', "`", "-->", "]]>", "*/", "</title>", "\\")
    broken_out = [f"{close}{text}" for close in closing[:2] for text in scripts[:30]]
    controls = [f"a{chr(code)}b" for code in (*range(1, 32), *range(0x7F, 0xA0))]
    ended = [f"{close}<svg onload={RUN}>" for close in closing]
    texts = [*scripts, *broken_out, *SQL, *SHEETS, *ODD, *controls, *ended, *TERMINAL]
    return list(dict.fromkeys(texts))
