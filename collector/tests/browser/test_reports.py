"""Reports in the browser: the API's numbers, opened down to the record, the address as state."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Collector, Watched

FUNNEL = ["product_view", "add_to_cart", "shipping_details", "payment_details", "purchase"]
FIRST_CHART_S = 15.0


def number(text: str) -> int:
    """Return the number a text begins with."""
    return int(re.sub(r"\D", "", text.split(" ", maxsplit=1)[0]))


def test_the_first_page_has_its_charts_soon(shop: Collector, watch: Callable[..., Watched]) -> None:
    """All three reports of half a year, and the live list, within seconds of opening."""
    page = watch().page
    began = time.monotonic()
    page.goto(shop.url)
    page.locator(".plot .line").first.wait_for(state="attached")
    assert time.monotonic() - began < FIRST_CHART_S * 4  # the tests share the machine
    page.locator(".funnel li").first.wait_for()
    page.locator(".heat tbody tr").nth(5).wait_for()
    assert page.locator(".arrivals li").count() > 0
    assert page.locator(".count").inner_text() == "31,106 stored"


def test_a_trend_shows_what_the_api_answers(shop: Collector, watch: Callable[..., Watched]) -> None:
    """In its legend, in its table, and read point by point with the arrow keys."""
    question = {"events": ["purchase"], "measure": "uniques", "interval": "month"}
    (series,) = shop.ask("trends", question)["series"]
    page = watch().page
    page.goto(f"{shop.url}/?q=trend&e=purchase&m=uniques&i=month")
    legend = page.locator(".legend .number")
    legend.wait_for()
    assert series["total"] == number(legend.inner_text())
    page.get_by_text("Show as table").click()
    cells = page.locator(".behind tbody td .number")
    values = [point["value"] for point in series["points"]]
    assert values == [number(cell) for cell in cells.all_inner_texts()]
    page.locator(".frame").focus()
    read = []
    for _ in values:
        page.keyboard.press("ArrowRight")
        read.append(number(page.locator(".tip b").inner_text()))
    assert values == read


def test_a_funnel_shows_what_the_api_answers_and_opens_to_a_record(
    shop: Collector, watch: Callable[..., Watched]
) -> None:
    """Each step's number, its people, one of them, their events, the record in the log."""
    answer = shop.ask("funnel", {"steps": FUNNEL, "window": "7d"})
    page = watch().page
    page.goto(f"{shop.url}/?q=funnel&" + "&".join(f"s={name}" for name in FUNNEL))
    page.locator(".funnel li").nth(4).wait_for()
    shown = page.locator(".funnel .number:not(.lost)").all_inner_texts()
    assert [step["count"] for step in answer["steps"]] == [number(text) for text in shown]
    page.locator(".funnel li").nth(4).locator(".number:not(.lost)").click()
    people = page.locator(".people li")
    people.first.wait_for()
    assert answer["converted"] == people.count()
    user = people.first.locator("strong").inner_text()
    people.first.locator("button").click()
    page.locator(".timeline li").first.wait_for()
    page.locator(".timeline summary").first.click()
    record = json.loads(page.locator(".timeline pre").inner_text())
    assert record["u"] == user
    page.keyboard.press("Escape")
    page.locator("dialog[open]").wait_for(state="detached")


def test_a_retention_cell_opens_to_as_many_people_as_it_says(
    corner: Collector, watch: Callable[..., Watched]
) -> None:
    """The cell's label tells how many of how many."""
    page = watch().page
    page.goto(f"{corner.url}/?q=retention&u=day")
    cell = page.locator(".heat .cell:not(:disabled)").first
    cell.wait_for()
    label = cell.get_attribute("aria-label") or ""
    found = re.search(r"(\d+) of (\d+) users", label)
    assert found is not None
    cell.click()
    page.locator(".people li").first.wait_for()
    assert int(found[1]) == page.locator(".people li").count()


def test_a_question_stands_in_the_address(corner: Collector, watch: Callable[..., Watched]) -> None:
    """Changed in the builder, kept over a reload, and left by Back."""
    watched = watch()
    page = watched.page
    page.goto(corner.url)
    page.locator(".top").get_by_role("link", name="Funnel").click()
    page.get_by_label("Step 1", exact=True).wait_for()
    watched.choose("Step 1", "visit")
    watched.choose("Step 2", "cart")
    page.get_by_label("All steps within").select_option("1d")
    address = page.evaluate("location.search")
    assert "q=funnel" in address
    assert "w=1d" in address
    page.get_by_text("within 1 day").first.wait_for()
    before = page.locator(".funnel").inner_text()
    page.reload()
    page.locator(".funnel li").first.wait_for()
    assert before == page.locator(".funnel").inner_text()
    page.go_back()
    page.locator(".overview").wait_for()


def test_an_empty_range_offers_all_of_time(
    corner: Collector, watch: Callable[..., Watched]
) -> None:
    """Nothing in the range is told apart from nothing at all, and one click repairs it."""
    page = watch().page
    page.goto(f"{corner.url}/?q=trend&e=visit&r=2020-01-01..2020-01-31")
    page.get_by_text("Nothing in this range").wait_for()
    page.get_by_role("link", name="Show all time").click()
    page.locator(".legend .number").wait_for()
    assert number(page.locator(".legend .number").inner_text()) == 4


def test_a_question_that_cannot_be_answered_says_why(
    corner: Collector, watch: Callable[..., Watched]
) -> None:
    """With the path of what is wrong, and without taking the page away."""
    page = watch().page
    page.goto(f"{corner.url}/?q=trend&e=visit&r=2024-02-01..2024-01-01")
    notice = page.get_by_role("alert")
    notice.wait_for()
    assert "before it begins" in notice.inner_text()
    assert page.get_by_label("Event 1", exact=True).is_visible()


def test_live_events_can_be_paused_filtered_and_opened(
    launch: Callable[..., Collector], watch: Callable[..., Watched]
) -> None:
    """What arrives meanwhile is counted and shown on resuming."""
    collector = launch()
    collector.post("/v1/e", {"e": "first", "u": "ann"})
    page = watch().page
    page.goto(f"{collector.url}/?q=live")
    rows = page.locator(".arrivals > li")
    rows.filter(has_text="first").wait_for()
    page.get_by_role("button", name="Pause").click()
    collector.post("/v1/e", {"e": "second", "u": "bob"})
    page.get_by_role("button", name="Resume (1 new)").wait_for()
    assert rows.count() == 1
    page.get_by_role("button", name="Resume").click()
    rows.filter(has_text="second").wait_for()
    page.get_by_label("Filter").fill("bob")
    rows.filter(has_text="first").wait_for(state="detached")
    rows.first.locator("summary").click()
    assert json.loads(rows.first.locator("pre").inner_text())["e"] == "second"


def test_a_report_grows_with_what_arrives(
    launch: Callable[..., Collector], watch: Callable[..., Watched]
) -> None:
    """Without a reload."""
    collector = launch()
    collector.post("/v1/e", {"e": "tick", "u": "ann"})
    page = watch().page
    page.goto(f"{collector.url}/?q=trend&e=tick")
    page.locator(".legend .number").filter(has_text=re.compile("^1$")).wait_for()
    collector.post("/v1/e", {"e": "tick", "u": "bob"})
    page.locator(".legend .number").filter(has_text=re.compile("^2$")).wait_for()
