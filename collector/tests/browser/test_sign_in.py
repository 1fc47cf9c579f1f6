"""Who is let in, what ends a session, which project is shown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser

    from conftest import Collector, Watched

ASK = """async (url) => {
  try { return (await fetch(url, { credentials: 'include' })).status; }
  catch (error) { return error.name; }
}"""


def test_a_name_that_was_made_to_lead_here_gets_nothing(
    corner: Collector, browser: Browser
) -> None:
    """DNS rebinding: another site's name, our address. The page opens, locked and without data."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(corner.rebound)
    page.locator(".notice").wait_for()
    assert "not signed in" in page.locator(".notice").inner_text()
    assert context.cookies() == []
    assert page.evaluate(ASK, "/v1/ui/start") == 401
    context.close()


def test_another_page_of_this_machine_reads_nothing_by_our_session(
    corner: Collector, shop: Collector, browser: Browser
) -> None:
    """Same site, other port: the cookie goes along and is refused; nor can the answer be read."""
    context = browser.new_context(bypass_csp=True)
    page = context.new_page()
    page.goto(corner.url)
    page.locator(".overview").wait_for()
    assert page.evaluate(ASK, "/v1/ui/start") == 200
    page.goto(f"{shop.url}/?q=send")
    page.locator(".send").wait_for()
    start = f"{corner.url}/v1/ui/start"
    assert page.evaluate(ASK, start) == "TypeError"
    with page.expect_response(start) as answer:
        page.evaluate("(url) => fetch(url, { mode: 'no-cors', credentials: 'include' })", start)
    assert answer.value.status == 403
    context.close()


def test_no_script_can_read_the_cookie(corner: Collector, watch: Callable[..., Watched]) -> None:
    """And it goes nowhere but here."""
    page = watch().open(corner.url)
    assert page.evaluate("document.cookie") == ""
    (cookie,) = page.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Strict", "/")


def test_a_session_that_has_ended_is_opened_anew(
    corner: Collector, watch: Callable[..., Watched]
) -> None:
    """Without a word: the next question signs in again and is answered."""
    page = watch().open(f"{corner.url}/?q=trend&e=visit")
    page.context.clear_cookies()
    page.get_by_label("Measured as").select_option("uniques")
    page.get_by_text("How many different users did visit").wait_for()
    assert page.locator(".legend .number").inner_text() == "3"


def test_a_collector_that_was_away_is_found_again(
    launch: Callable[..., Collector], watch: Callable[..., Watched]
) -> None:
    """The page says that it is alone, heals by itself, and shows what came meanwhile."""
    collector = launch()
    collector.post("/v1/e", {"e": "before", "u": "ann"})
    watched = watch()
    page = watched.open(f"{collector.url}/?q=live")
    page.locator(".arrivals li").filter(has_text="before").wait_for()
    assert collector.stop() == 0
    page.locator(".state:not(.live)").wait_for()
    again = launch(collector.data, urlsplit(collector.url).port)
    again.post("/v1/e", {"e": "after", "u": "bob"})
    page.locator(".arrivals li").filter(has_text="after").wait_for()
    page.locator(".state.live").wait_for()
    assert page.locator(".count").inner_text() == "2 stored"
    page.locator(".top").get_by_role("link", name="Trend").click()
    page.locator(".legend li").filter(has_text="before").wait_for()


def test_a_project_is_chosen_and_stands_in_every_address(
    launch: Callable[..., Collector], watch: Callable[..., Watched]
) -> None:
    """Each has its own events, key and live list; a link leads to the project it was copied in."""
    collector = launch()
    name = "café & más"
    key = collector.project(name)
    collector.post("/v1/e", {"e": "visit", "u": "ann"})
    watched = watch()
    page = watched.open(collector.url)
    assert page.locator(".project option").count() == 2
    collector.post("/v1/e", {"e": "buy", "u": "bob"}, key=key)
    page.get_by_label("Project").select_option(name)
    page.locator(".arrivals li").filter(has_text="buy").wait_for()
    assert page.locator(".arrivals li").filter(has_text="visit").count() == 0
    page.locator(".top").get_by_role("link", name="Send events").click()
    page.get_by_text(re.compile("Write key")).wait_for()
    assert key in page.locator(".place-of").inner_text()
    handed_on = page.url
    assert "p=caf%C3%A9+%26+m%C3%A1s" in handed_on
    page = watch().open(handed_on)
    assert key in page.locator(".place-of").inner_text()
    assert page.title() == f"Send events · {name} · Tallymark"


def test_an_empty_project_gives_way_to_the_one_that_receives(
    launch: Callable[..., Collector], watch: Callable[..., Watched]
) -> None:
    """While nobody has asked for it: the page waits for the first event wherever it goes."""
    collector = launch()
    key = collector.project("shop")
    watched = watch()
    page = watched.page
    page.goto(collector.url)
    page.get_by_role("heading", name="Waiting for your first event").wait_for()
    collector.post("/v1/e", {"e": "buy", "u": "bob"}, key=key)
    page.locator(".arrivals li").filter(has_text="buy").wait_for()
    assert page.title() == "Overview · shop · Tallymark"
    empty = watch().page
    empty.goto(f"{collector.url}/?p=default")
    empty.get_by_role("heading", name="Waiting for your first event").wait_for()


def test_a_project_that_does_not_exist_is_told(
    corner: Collector, watch: Callable[..., Watched]
) -> None:
    """With the way to the one that does."""
    page = watch().page
    page.goto(f"{corner.url}/?p=%3Cimg%20src%3Dx%3E")
    page.get_by_text("There is no such project here").wait_for()
    page.get_by_role("link", name="Show the project").click()
    page.locator(".overview").wait_for()


def test_what_is_no_event_is_told_apart_from_nothing(
    launch: Callable[..., Collector], watch: Callable[..., Watched]
) -> None:
    """Who somebody is does not say that anything happened."""
    collector = launch()
    watched = watch()
    page = watched.page
    page.goto(collector.url)
    page.get_by_role("heading", name="Waiting for your first event").wait_for()
    body = {
        "v": 1,
        "t0": 0,
        "events": [{"id": "identify-1", "k": "identify", "d": "d1", "u": "ann"}],
    }
    collector.post("/v1/batch", body)
    page.get_by_text("1 record stored so far").wait_for()
    collector.post("/v1/e", {"e": "visit", "u": "ann"})
    page.locator(".arrivals li").filter(has_text="visit").wait_for()
