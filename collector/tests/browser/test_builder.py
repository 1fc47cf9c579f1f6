"""The builder: what is chosen is asked, what is asked stands in the address and in words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from conftest import Collector, Watched


def asked(page: Page) -> dict[str, list[str]]:
    """Return what the address asks."""
    return parse_qs(urlsplit(page.url).query)


def totals(page: Page) -> dict[str, str]:
    """Return the numbers of the legend by their names."""
    rows = page.locator(".legend li").all()
    return {row.locator("bdi").inner_text(): row.locator(".number").inner_text() for row in rows}


def test_a_filter_is_chosen_from_what_there_is(
    corner: Collector, watch: Callable[..., Watched]
) -> None:
    """A property, several of its values, each taken back; in address and sentence."""
    watched = watch()
    page = watched.open(f"{corner.url}/?q=trend&e=visit")
    assert totals(page) == {"visit": "4"}
    page.get_by_role("button", name="Add condition").click()
    watched.choose("Property of condition 1", "pla")
    watched.choose("Value of condition 1", "free")
    page.get_by_text("only where plan is free").wait_for()
    assert totals(page) == {"visit": "2"}
    watched.choose("Value of condition 1", "pro")
    page.get_by_text("only where plan is free or pro").wait_for()
    assert asked(page)["f"] == ["plan~is~free~pro"]
    page.get_by_role("button", name="Remove the value free").click()
    page.get_by_text(re.compile("only where plan is pro")).wait_for()
    page.get_by_role("button", name="Remove condition 1").click()
    page.get_by_text("only where").wait_for(state="detached")
    assert "f" not in asked(page)


def test_a_number_typed_into_a_filter_is_a_number(
    corner: Collector, watch: Callable[..., Watched]
) -> None:
    """Because the property's values are; a text among texts stays one."""
    watched = watch()
    page = watched.open(f"{corner.url}/?q=trend&e=*")
    page.get_by_role("button", name="Add condition").click()
    watched.choose("Property of condition 1", "amount")
    page.get_by_label("Comparison of condition 1").select_option("gte")
    watched.choose("Value of condition 1", "5")
    page.get_by_text("only where amount ≥ 5").wait_for()
    assert asked(page)["f"] == ["amount~gte~5"]
    assert totals(page) == {"any event": "2"}


def test_a_breakdown_splits_and_each_part_opens(
    corner: Collector, watch: Callable[..., Watched]
) -> None:
    """The parts add up, and the people of one are those of that part."""
    watched = watch()
    page = watched.open(f"{corner.url}/?q=trend&e=visit&m=uniques")
    watched.choose("Add a breakdown", "plan")
    page.locator(".legend li").nth(1).wait_for()
    assert totals(page) == {"free": "2", "pro": "1"}
    page.get_by_role("button", name="2 users, free: show the people").click()
    page.locator(".people li").nth(1).wait_for()
    assert page.locator(".people strong").all_inner_texts() == ["bob", "cid"]
    page.keyboard.press("Escape")
    page.locator("dialog[open]").wait_for(state="detached")
    page.get_by_role("button", name="Remove breakdown 1").click()
    page.locator(".legend li").nth(1).wait_for(state="detached")
    assert totals(page) == {"visit": "3"}


def test_a_property_is_measured(corner: Collector, watch: Callable[..., Watched]) -> None:
    """Its average over the events; nothing is asked before the property is chosen."""
    watched = watch()
    page = watched.open(f"{corner.url}/?q=trend&e=cart")
    page.get_by_label("Measured as").select_option("average")
    assert "m" not in asked(page)
    watched.choose("Property that is measured", "amount")
    page.get_by_text("The average of amount over cart").wait_for()
    assert totals(page) == {"cart": "3.5"}
    page.get_by_label("Measured as").select_option("uniques")
    page.get_by_text("How many different users did cart").wait_for()
    assert "mp" not in asked(page)


def test_a_trend_stands_beside_the_period_before(
    corner: Collector, watch: Callable[..., Watched]
) -> None:
    """With how much it has changed; all of time has nothing before it."""
    page = watch().open(f"{corner.url}/?q=trend&e=visit&r=2026-03-04..2026-03-06")
    page.get_by_role("button", name="Compare").click()
    page.locator(".line.before").wait_for(state="attached")
    assert page.locator(".change-by").inner_text().startswith("-66.7%")
    page.locator(".segmented button").filter(has_text="All").click()
    page.locator(".line.before").wait_for(state="detached")
    assert page.get_by_role("button", name="Compare").is_disabled()


def test_the_range_is_chosen_by_day_and_time_zone(
    corner: Collector, watch: Callable[..., Watched]
) -> None:
    """In a panel that Esc closes, with the focus back on its button."""
    page = watch().open(f"{corner.url}/?q=trend&e=visit")
    button = page.get_by_role("button", name="Custom")
    button.click()
    page.get_by_label("From").fill("2026-03-02")
    page.get_by_label("To (included)").fill("2026-03-02")
    page.get_by_text("2026-03-02 to 2026-03-02").wait_for()
    assert totals(page) == {"visit": "3"}
    page.get_by_label("Days begin at midnight in").select_option("America/New_York")
    page.get_by_text("(America/New_York)").wait_for()
    assert totals(page) == {"visit": "0"} or page.get_by_text("Nothing in this range").is_visible()
    assert asked(page)["tz"] == ["America/New_York"]
    page.get_by_label("To (included)").press("Escape")
    page.locator(".popup-panel").wait_for(state="hidden")
    assert page.evaluate("document.activeElement.closest('.popup') !== null")


def test_the_same_numbers_are_drawn_in_other_ways(
    corner: Collector, watch: Callable[..., Watched]
) -> None:
    """Columns that open where they are clicked, a ranking from the largest down."""
    page = watch().open(f"{corner.url}/?q=trend&e=visit&by=plan&i=day")
    page.get_by_role("button", name="Columns").click()
    columns = page.locator(".column")
    columns.first.wait_for(state="attached")
    assert columns.count() == 3
    columns.first.click()
    page.locator(".people li").first.wait_for()
    page.keyboard.press("Escape")
    page.locator("dialog[open]").wait_for(state="detached")
    page.get_by_role("button", name="Ranking").click()
    page.locator(".ranking li").first.wait_for()
    assert page.locator(".ranking-name").all_inner_texts() == ["free", "pro"]
    assert asked(page)["v"] == ["bar"]


def test_steps_are_added_moved_and_removed(
    corner: Collector, watch: Callable[..., Watched]
) -> None:
    """And the funnel follows."""
    watched = watch()
    page = watched.open(f"{corner.url}/?q=funnel&s=visit&s=buy")
    page.get_by_role("button", name="Add step").click()
    page.get_by_role("button", name="Move step 3 up").click()
    assert asked(page)["s"] == ["visit", "cart", "buy"]
    page.get_by_text("cart and then buy").wait_for()
    page.get_by_role("button", name="Remove step 2").click()
    page.locator(".funnel li").nth(2).wait_for(state="detached")
    page.get_by_label("Order").select_option("any")
    page.get_by_text("of the steps followed in any order").wait_for()
    assert asked(page)["or"] == ["any"]


def test_a_retention_is_asked_in_full(corner: Collector, watch: Callable[..., Watched]) -> None:
    """Other events, another unit, another criterion, first ever."""
    watched = watch()
    page = watched.open(f"{corner.url}/?q=retention")
    watched.choose("Users begin with", "visit")
    watched.choose("and come back with", "cart")
    page.get_by_role("button", name="Days", exact=True).click()
    page.get_by_label("Came back in a day means").select_option("on_or_after")
    page.get_by_label("A user begins with").select_option("first_ever")
    page.get_by_text("Of the users with visit in each day").wait_for()
    page.get_by_text("who did cart in that bucket or later").wait_for()
    expected = {"q": ["retention"], "b": ["visit"], "c": ["cart"], "u": ["day"]}
    assert asked(page) == {**expected, "cr": ["on_or_after"], "bi": ["first_ever"]}


def test_a_list_of_choices_is_left_without_one(
    corner: Collector, watch: Callable[..., Watched]
) -> None:
    """Esc and leaving the field change nothing; an event that is unknown cannot be typed."""
    page = watch().open(f"{corner.url}/?q=trend&e=visit")
    field = page.get_by_role("combobox", name="Event 1")
    field.click()
    assert page.get_by_role("option").all_inner_texts()[0].startswith("visit")
    field.press("Escape")
    assert field.get_attribute("aria-expanded") == "false"
    field.fill("nonsense")
    page.get_by_text("Nothing is named so.").wait_for()
    field.press("Enter")
    field.press("Tab")
    assert field.input_value() == "visit"
    assert asked(page)["e"] == ["visit"]
