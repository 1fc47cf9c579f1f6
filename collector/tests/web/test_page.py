"""The plain page: version, a first event, links, and nothing that runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tallymark_collector.web.page import CONTENT_SECURITY_POLICY, index_page

if TYPE_CHECKING:
    from conftest import Running


def test_it_runs_no_script_and_its_policy_allows_none() -> None:
    """Everything that is not its one style is forbidden to it."""
    text = index_page("1.2.3", "make it")

    assert CONTENT_SECURITY_POLICY.startswith("default-src 'none'; style-src 'sha256-")
    assert "<script" not in text
    assert " style=" not in text
    assert text.count("<style>") == 1


def test_it_shows_the_version_and_how_to_send_a_first_event() -> None:
    """A version cannot become markup."""
    text = index_page("<1.2.3>", "make it")

    assert "Version &lt;1.2.3&gt;" in text
    assert 'curl -i "$URL/v1/e"' in text


def test_its_links_lead_somewhere(collector: Running) -> None:
    """Every link of the page is answered by the collector itself."""
    paths = re.findall(r'href="([^"]+)"', index_page("1.2.3", "make it"))

    assert paths
    assert [200] * len(paths) == [collector.ask("GET", path, key=None).status for path in paths]
