"""The page at `/` of a checkout whose dashboard is not built.

No script, no request to anywhere, one style that the policy names.
"""

from __future__ import annotations

import base64
import hashlib
import html
from typing import Final

_STYLE: Final = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 3rem auto; max-width: 44rem; padding: 0 1rem; }
pre { background: #f3f3f0; border-radius: 6px; overflow-x: auto; padding: 1rem; }
code { font: 14px/1.5 ui-monospace, monospace; }
@media (prefers-color-scheme: dark) { body { background: #161614; color: #e8e8e4; }
pre { background: #242421; } a { color: #8ab4f8; } }
"""
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

CONTENT_SECURITY_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)

_PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tallymark collector</title>
<style>{style}</style>
<h1>Tallymark collector</h1>
<p>Version {version}. It is running and takes events; its dashboard is not built yet. Build it, then
start the collector again: <code>{build}</code></p>
<h2>Send the first event</h2>
<p><code>tallymark key list</code> shows the write key. Then:</p>
<pre><code>curl -i "$URL/v1/e" \\
  -H "Authorization: Bearer $KEY" \\
  -H "Content-Type: application/json" \\
  -d '{{"e":"First event","d":"my-laptop","p":{{"answer":42}}}}'</code></pre>
<p>The answer is <code>204</code>; from then on the event is in the log:
<code>tallymark tail</code> shows it.</p>
<h2>Look further</h2>
<ul>
<li><a href="/v1/spec">The protocol this server speaks, its limits and codes</a></li>
<li><a href="/readyz">Whether it is ready, and what it has counted</a></li>
<li><a href="/version">Version</a></li>
</ul>
</html>
"""


def index_page(version: str, build: str) -> str:
    """Return the page of a server of that *version*; *build* is the command that builds more."""
    return _PAGE.format(style=_STYLE, version=html.escape(version), build=html.escape(build))
