"""The address and Back: every state can be left, gone back to, and handed on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Collector, Watched


def test_back_leads_from_a_record_to_the_people_to_the_report(
    corner: Collector, watch: Callable[..., Watched]
) -> None:
    """And Forward the same way again; a person's id never stands in an address."""
    page = watch().open(f"{corner.url}/?q=trend&e=visit")
    page.locator(".legend .number").click()
    page.locator(".people button").filter(has_text="ann").click()
    page.locator(".timeline li").first.wait_for()
    assert "ann" not in page.url
    page.go_back()
    page.locator(".people li").nth(2).wait_for()
    page.go_back()
    page.locator("dialog").wait_for(state="detached")
    assert page.url.endswith("/?q=trend&e=visit")
    page.go_forward()
    page.locator(".people li").nth(2).wait_for()
    page.go_forward()
    page.locator(".timeline li").first.wait_for()


def test_closing_leaves_nothing_behind_to_go_back_to(
    corner: Collector, watch: Callable[..., Watched]
) -> None:
    """After Close, Back leaves the report, not the drawer."""
    page = watch().open(corner.url)
    page.locator(".top").get_by_role("link", name="Trend").click()
    page.locator(".legend .number").first.click()
    page.locator(".people button").first.click()
    page.locator(".timeline li").first.wait_for()
    page.get_by_role("button", name="Close").click()
    page.locator("dialog").wait_for(state="detached")
    assert "o=" not in page.url
    page.go_back()
    page.locator(".overview").wait_for()


def test_an_opened_number_can_be_handed_on(
    corner: Collector, watch: Callable[..., Watched]
) -> None:
    """Its address opens it: of a trend, of a funnel, of a retention, of the first page."""
    for path, people in {
        "/?q=trend&e=visit&by=plan&m=uniques&o=trends~0~null~free": ["bob", "cid"],
        "/?q=trend&e=visit&i=day&o=trends~0~2026-03-05": ["ann"],
        "/?q=funnel&s=visit&s=cart&s=buy&o=funnel~3~dropped": ["bob"],
        "/?q=retention&u=day&o=retention~2026-03-02~1": ["ann", "bob"],
        "/?o=funnel~1~reached": ["ann", "bob", "cid"],
    }.items():
        page = watch().page
        page.goto(corner.url + path)
        page.locator(".people li").nth(len(people) - 1).wait_for()
        assert sorted(page.locator(".people strong").all_inner_texts()) == people, path
        page.get_by_role("button", name="Close").click()
        page.locator("dialog").wait_for(state="detached")
        assert "o=" not in page.url


def test_a_number_that_is_no_more_says_so(corner: Collector, watch: Callable[..., Watched]) -> None:
    """An old address of a segment that is not shown now."""
    page = watch().page
    page.goto(f"{corner.url}/?q=trend&e=visit&by=plan&o=trends~0~null~gold")
    notice = page.locator(".drawer .notice")
    notice.wait_for()
    assert "no segment" in notice.inner_text()


def test_the_link_that_is_copied_is_the_address(
    corner: Collector, watch: Callable[..., Watched]
) -> None:
    """As it is when it is copied, not when the page was opened."""
    watched = watch(permissions=["clipboard-read", "clipboard-write"])
    page = watched.open(f"{corner.url}/?q=funnel&s=visit&s=cart")
    page.get_by_label("All steps within").select_option("1d")
    page.get_by_role("button", name="Copy link").click()
    page.get_by_text("Copied").wait_for()
    assert page.url == page.evaluate("navigator.clipboard.readText()")
    assert "w=1d" in page.url


def test_each_page_has_a_title_of_its_own(corner: Collector, watch: Callable[..., Watched]) -> None:
    """For tabs, bookmarks, and whoever has the page read out."""
    watched = watch()
    for path, title in {"/": "Overview", "/?q=funnel": "Funnel", "/?q=live": "Live"}.items():
        watched.open(corner.url + path)
        assert watched.page.title() == f"{title} · default · Tallymark"
