"""For everybody: every page by axe's rules, by keyboard alone, in both schemes, on a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    from conftest import Collector, Watched

PAGES = {
    "overview": "/",
    "trend": "/?q=trend&e=visit&e=cart",
    "funnel": "/?q=funnel&s=visit&s=cart&s=buy&w=7d",
    "retention": "/?q=retention&u=day",
    "filtered trend": "/?q=trend&e=visit&f=plan~is~pro~free&f=amount~gt~1"
    "&r=2026-03-01..2026-03-08&cmp=previous",
    "columns": "/?q=trend&e=visit&by=plan&v=column",
    "ranking": "/?q=trend&e=visit&e=cart&by=plan&v=bar",
    "measured": "/?q=trend&e=visit&m=average&mp=amount",
    "split funnel": "/?q=funnel&s=visit&s=cart&by=plan",
    "split retention": "/?q=retention&u=day&by=plan",
    "live": "/?q=live",
    "send": "/?q=send",
    "nothing passes": "/?q=trend&e=visit&f=plan~is~gold",
    "empty range": "/?q=trend&e=visit&r=2020-01-01..2020-01-31",
    "wrong question": "/?q=trend&e=visit&r=2024-02-01..2024-01-01",
}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """async (runOnly) => {
  const result = await axe.run(document, { runOnly });
  return result.violations.map((one) => `${one.id}: ${one.nodes.map((n) => n.html).join(' | ')}`);
}"""
REACHABLE = """() => {
  const wanted = 'a[href], button:not(:disabled), input, select, summary, [tabindex="0"]';
  const able = [...document.querySelectorAll(wanted)].filter((one) =>
    one.tabIndex >= 0 && one.checkVisibility({ visibilityProperty: true }));
  able.forEach((one, index) => { one.dataset.walk = String(index); });
  return able.length;
}"""
HERE = """() => {
  const one = document.activeElement;
  const style = getComputedStyle(one);
  const box = one.getBoundingClientRect();
  return {
    walk: one.dataset.walk ?? null,
    visible: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0,
    inside: box.width > 0 && box.right > 0 && box.left < innerWidth,
    html: one.outerHTML.slice(0, 120),
  };
}"""


@pytest.fixture(scope="session")
def axe(page_files: Path) -> str:
    """Return the rules' engine."""
    modules = page_files.parents[4] / "collector/ui/node_modules"
    return (modules / "axe-core/axe.min.js").read_text("utf-8")


def broken(page: Page, what: str) -> list[str]:
    """Return the rules that a page breaks: all of them in light, those on colours in dark, too."""
    page.emulate_media(color_scheme="light")
    found = page.evaluate(RUN, TAGS)
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(RUN, {"type": "rule", "values": ["color-contrast"]})
    page.emulate_media(color_scheme="light")
    return [f"{what}: {one}" for one in [*found, *(f"in dark, {one}" for one in dark)]]


@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_breaks_a_rule(
    corner: Collector, watch: Callable[..., Watched], axe: str, width: int
) -> None:
    """Whatever is on it and can be opened on it; and nothing is cut off."""
    watched = watch(
        bypass_csp=True, reduced_motion="reduce", viewport={"width": width, "height": 900}
    )
    page = watched.page
    page.add_init_script(axe)
    found: list[str] = []
    for name, path in PAGES.items():
        watched.open(corner.url + path)
        page.locator("summary:visible").evaluate_all("all => all.forEach((one) => one.click())")
        found += broken(page, name)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{name}: wider than {width} px")
    watched.open(corner.url + PAGES["filtered trend"])
    page.locator(".builder:not([open]) > summary").evaluate_all("all => all[0]?.click()")
    page.get_by_role("combobox", name="Property of condition 1").click()
    page.locator(".options [role=option]:visible").first.wait_for()
    found += broken(page, "open list")
    page.locator(".popup > button").click()
    page.get_by_label("To (included)").wait_for()
    found += broken(page, "open panel")
    watched.open(corner.url + PAGES["funnel"])
    page.locator(".funnel .number").first.click()
    page.locator(".people li").first.wait_for()
    found += broken(page, "people")
    page.locator(".people button").first.click()
    page.locator(".timeline summary").first.click()
    found += broken(page, "one person")
    assert found == [], "\n".join(found)


def test_no_page_of_an_empty_or_closed_collector_breaks_a_rule(
    launch: Callable[..., Collector], watch: Callable[..., Watched], axe: str
) -> None:
    """Waiting, waiting with something rejected, without such a project, and locked."""
    collector = launch()
    watched = watch(bypass_csp=True)
    page = watched.page
    page.add_init_script(axe)
    found = broken(watched.open(collector.url), "waiting")
    collector.post("/v1/e", {"e": "signup", "u": "null"})
    page.locator(".rejections li").wait_for()
    found += broken(page, "rejected")
    found += broken(watched.open(f"{collector.url}/?p=none"), "no such project")
    page.context.set_extra_http_headers({"X-Forwarded-For": "203.0.113.9"})
    found += broken(watched.open(collector.url), "locked")
    assert found == [], "\n".join(found)


@pytest.mark.parametrize(
    "name",
    ["overview", "filtered trend", "ranking", "split funnel", "retention", "live", "send"],
)
def test_everything_is_reached_by_keyboard(
    corner: Collector, watch: Callable[..., Watched], name: str
) -> None:
    """Tab visits each control once, shows where it is, and leaves."""
    page = watch().open(corner.url + PAGES[name])
    if name == "send":
        page.locator(".rejections li").wait_for()
    count = page.evaluate(REACHABLE)
    page.evaluate("document.activeElement?.blur()")
    seen: set[str] = set()
    for _ in range(count * 2):
        page.keyboard.press("Tab")
        here = page.evaluate(HERE)
        if here["walk"] is None or here["walk"] in seen:
            break
        assert here["visible"], f"no focus to be seen: {here['html']}"
        assert here["inside"], f"out of sight: {here['html']}"
        seen.add(here["walk"])
    missed = page.evaluate(
        "(seen) => [...document.querySelectorAll('[data-walk]')]"
        ".filter((one) => !seen.includes(one.dataset.walk)).map((one) => one.outerHTML)",
        sorted(seen),
    )
    assert missed == []


def test_a_chart_is_read_and_opened_without_a_mouse(
    corner: Collector, watch: Callable[..., Watched]
) -> None:
    """Arrows speak each point and line, Enter shows the people, Esc brings the focus back."""
    page = watch().open(corner.url + PAGES["trend"])
    chart = page.get_by_role("slider")
    chart.focus()
    page.keyboard.press("ArrowRight")
    first = chart.get_attribute("aria-valuetext") or ""
    assert "visit 3" in first
    assert "chosen: visit" in first
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    second = chart.get_attribute("aria-valuetext") or ""
    assert "cart 2" in second
    assert "chosen: cart" in second
    page.keyboard.press("Enter")
    page.locator(".people li").first.wait_for()
    assert page.locator(".people li").count() == 2
    page.keyboard.press("Escape")
    page.locator("dialog[open]").wait_for(state="detached")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "slider"


def test_arrows_walk_the_cells_of_a_retention(
    corner: Collector, watch: Callable[..., Watched]
) -> None:
    """From cell to cell, and Enter opens one."""
    page = watch().open(corner.url + PAGES["retention"])
    page.locator(".heat tbody .number").first.focus()
    page.keyboard.press("ArrowRight")
    label = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert "of 3 users" in label
    page.keyboard.press("Enter")
    page.locator(".people li").first.wait_for()


def test_a_split_funnel_takes_few_clicks(shop: Collector, watch: Callable[..., Watched]) -> None:
    """Three steps and a breakdown, from the first page: nine clicks at most."""
    page = watch().open(shop.url)
    clicks = [
        page.locator(".top").get_by_role("link", name="Funnel"),
        page.get_by_role("combobox", name="Add a breakdown"),
        page.get_by_role("option", name="platform"),
    ]
    for click in clicks:
        click.click()
    page.locator(".segments tbody tr").first.wait_for()
    assert page.locator(".funnel li").count() >= 3
    assert page.locator(".segments tbody tr").count() == 3
    assert len(clicks) <= 9


def test_a_split_funnel_takes_few_keys(corner: Collector, watch: Callable[..., Watched]) -> None:
    """The same without a mouse: 25 keys at most."""
    page = watch().open(corner.url)
    keys = 0

    def press(key: str) -> None:
        nonlocal keys
        keys += 1
        page.keyboard.press(key)

    def press_until(key: str, text: str) -> None:
        here = "[document.activeElement.textContent, document.activeElement.ariaLabel].join()"
        while text not in page.evaluate(here):
            press(key)

    page.locator(".skip").focus()
    press_until("Tab", "Funnel")
    press("Enter")
    page.get_by_label("Step 1", exact=True).wait_for()
    page.locator(".funnel li").nth(2).wait_for()
    press_until("Shift+Tab", "Skip")
    press("Enter")
    page.get_by_role("combobox", name="Add a breakdown").focus()
    press("ArrowDown")
    press("Enter")
    page.locator(".segments tbody tr").first.wait_for()
    assert keys <= 25


def test_no_page_is_wider_than_its_window(corner: Collector, watch: Callable[..., Watched]) -> None:
    """On a phone held sideways, a tablet, a small laptop and a large one."""
    watched = watch()
    page = watched.page
    found = []
    for name, path in PAGES.items():
        watched.open(corner.url + path)
        for width in (640, 768, 1024, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                found.append(f"{name}: wider than {width} px")
    assert found == []


def test_nothing_moves_for_who_wants_less_motion(
    launch: Callable[..., Collector], watch: Callable[..., Watched]
) -> None:
    """The waiting page pulses for everybody else."""
    collector = launch()
    for motion, expected in (("no-preference", "pulse"), ("reduce", "none")):
        page = watch(reduced_motion=motion).open(collector.url)
        name = "getComputedStyle(document.querySelector('.pulse')).animationName"
        assert page.evaluate(name) == expected


def test_the_colours_can_be_chosen_and_stay(
    corner: Collector, watch: Callable[..., Watched]
) -> None:
    """Against the system's, over a reload."""
    watched = watch(color_scheme="light")
    page = watched.open(corner.url)
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    page.get_by_label("Colours").select_option("dark")
    dark = page.evaluate(background)
    assert light != dark
    watched.open(corner.url)
    assert dark == page.evaluate(background)
