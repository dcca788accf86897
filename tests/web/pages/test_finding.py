"""Finding a thing and learning why it is said: by keyboard, in a real Chromium."""

from typing import Any

import pytest

pytestmark = pytest.mark.browser


def test_suggestion_is_reached_and_taken_by_keyboard(open_page: Any) -> None:
    page = open_page("/lt/")
    field = page.get_by_role("combobox")
    field.focus()
    # At once: what is typed letter by letter is asked for more than once, and each answer begins
    # the list anew.
    page.keyboard.insert_text("imone 0")
    page.get_by_role("option").first.wait_for()
    assert field.get_attribute("aria-expanded") == "true"
    assert page.get_by_role("status").inner_text().startswith("8 ")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    active = field.get_attribute("aria-activedescendant")
    assert active == page.get_by_role("option").first.get_attribute("id")
    assert page.locator('[aria-selected="true"]').count() == 1
    page.keyboard.press("Enter")
    page.wait_for_url("**/lt/id/organisation/o00")


def test_escape_closes_suggestions_and_enter_searches(open_page: Any) -> None:
    page = open_page("/en/")
    field = page.get_by_role("combobox")
    field.focus()
    page.keyboard.type("tinkl")
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("Escape")
    assert field.get_attribute("aria-expanded") == "false"
    page.keyboard.press("Escape")
    assert field.input_value() == "tinkl", "the words stay, whether there are suggestions or not"
    page.keyboard.press("Enter")
    page.wait_for_url("**/en/search?q=tinkl")
    assert page.get_by_role("link", name="The network", exact=True).count() == 1


def test_suggestions_of_a_phone_cover_neither_field_nor_button(open_page: Any) -> None:
    page = open_page("/en/", viewport={"width": 390, "height": 844})
    page.get_by_role("combobox").fill("tinkl")
    page.get_by_role("option").first.wait_for()
    boxes = [page.get_by_role(role).first.bounding_box() for role in ("combobox", "listbox")]
    button = page.locator("form.search button").bounding_box()
    for box in (boxes[0], button):
        assert box["y"] + box["height"] <= boxes[1]["y"] + 1


@pytest.mark.parametrize(("width", "visible"), [(1280, True), (390, False)])
def test_languages_stand_beside_the_menu_where_there_is_room(
    open_page: Any, width: int, visible: bool
) -> None:
    page = open_page("/en/browse", viewport={"width": width, "height": 800})
    assert page.get_by_role("button", name="Menu").is_visible()
    language = page.get_by_role("link", name="Slovenščina")
    assert language.count() == int(visible)
    if not visible:
        page.get_by_role("button", name="Menu").click()
        assert language.is_visible()


def test_suggestion_never_becomes_markup(open_page: Any) -> None:
    page = open_page("/en/")
    page.get_by_role("combobox").fill("alert")
    page.get_by_role("option").first.wait_for()
    assert "<script>" in page.get_by_role("option").first.inner_text()
    assert page.locator('[role="option"] script').count() == 0


def test_search_works_without_script(chromium: Any, pages_url: str) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{pages_url}/lt/")
    page.fill("#q", "zemelapis")
    page.press("#q", "Enter")
    assert page.locator(".results li").count() == 1
    context.close()


def test_fact_opens_to_its_source_and_leads_to_why(open_page: Any) -> None:
    page = open_page("/en/id/organisation/infobalt")
    page.locator("summary", has_text="In general terms").click()
    inferred = page.locator("summary", has_text="inferred").first
    inferred.focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Why?").first.click()
    page.wait_for_url("**/en/why?*")
    assert page.get_by_role("heading", level=1).inner_text() == "Why?"
    assert page.locator(".premises li").count() >= 2


@pytest.mark.parametrize("path", ["/lt/", "/sl/search?q=o", "/lt/id/network/tinklas"])
def test_page_does_not_scroll_sideways_on_a_phone(open_page: Any, path: str) -> None:
    page = open_page(path, viewport={"width": 390, "height": 844})
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_picture_is_drawn_for_the_width_of_the_screen(open_page: Any) -> None:
    for width, shown, hidden in ((1440, "wide", "narrow"), (390, "narrow", "wide")):
        page = open_page("/en/", viewport={"width": width, "height": 844})
        assert page.locator(f"svg.{shown}").is_visible()
        assert not page.locator(f"svg.{hidden}").is_visible()
        size = page.evaluate(
            f"parseFloat(getComputedStyle(document.querySelector('svg.{shown} text')).fontSize)"
            f" * document.querySelector('svg.{shown}').getScreenCTM().a"
        )
        assert size >= 12, "words can be read"


def test_home_weighs_less_than_100_kilobytes(chromium: Any, pages_url: str) -> None:
    context = chromium.new_context()
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(f"{pages_url}/lt/", wait_until="networkidle")
    context.close()
    assert 10_000 < sum(sizes) < 100_000
