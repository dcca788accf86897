"""The pages in a real Chromium: policy, other hosts, narrow screens, contrast, keyboard."""

from typing import Any

import pytest

pytestmark = pytest.mark.browser

PAGES = {
    "home": "/en/",
    "entity": "/en/id/network/tinklas",
    "proposed": "/en/id/body/board",
    "form": "/en/sparql",
    "result": "/en/results?query=SELECT * { ?s ?p ?o } LIMIT 20",
    "turtle": "/en/results?query=DESCRIBE <https://w3id.org/steamkg/id/body/board>",
    "mistake": "/en/results?query=SELECT ?s WHERE { ?s foo:bar ?o }",
    "question": "/en/query/provenance/where-a-triple-comes-from",
    "explore": "/en/explore/steam:Partnership",
    "ontology": "/en/ontology",
    "graph": "/en/graph/model/business",
    "found": "/en/search?q=infobalt",
    "nearly": "/en/search?q=infobalti",
    "why": "/en/why?s=https://w3id.org/steamkg/id/organisation/infobalt"
    "&p=https://w3id.org/steamkg/ontology%23existingPartnerOf"
    "&o=https://w3id.org/steamkg/id/network/tinklas",
    "unknown": "/en/id/centre/atlantis",
    "kinds": "/en/browse",
    "search": "/en/search?q=atlantis",
    "questions": "/en/query",
    "graphs": "/en/graph",
    "matrix": "/en/matrix",
    "matrix list": "/en/matrix/partners?place=not-stated",
    "components": "/en/components",
    "alliance": "/en/alliance",
    "data": "/en/data",
    "links": "/en/links",
    "about": "/en/about",
    "api": "/en/api",
}
# WCAG 2.2 §1.4.3: 4.5 to 1, and 3 to 1 from 24 px, or from 18.66 px when bold.
CONTRAST = """
() => {
  const channel = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const numbers = color => color.match(/[\\d.]+/g).map(Number);
  const light = c => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
  const ground = element => {
    for (let e = element; e; e = e.parentElement) {
      const c = numbers(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] === 1) return c;
    }
    return [255, 255, 255];
  };
  const found = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement;
    const box = element.getBoundingClientRect();
    if (!walk.currentNode.data.trim() || box.width < 2 || element.closest("option")) continue;
    const style = getComputedStyle(element);
    const a = light(numbers(style.color)), b = light(ground(element));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = parseFloat(style.fontSize), bold = Number(style.fontWeight) >= 700;
    const needed = size >= 24 || (bold && size >= 18.66) ? 3 : 4.5;
    if (ratio < needed) {
      found.add(`${element.tagName}.${element.className} ${ratio.toFixed(2)}`);
    }
  }
  return [...found];
}
"""


@pytest.mark.parametrize("name", PAGES)
def test_nothing_breaks_the_policy_or_leaves_the_host(
    open_page: Any, pages_url: str, name: str
) -> None:
    page = open_page(PAGES[name])
    assert page.evaluate("window.violations") == []
    assert page.said == []
    assert len(page.asked) >= 3, "page, style and picture"
    assert [url for url in page.asked if not url.startswith(pages_url + "/")] == []
    assert page.evaluate("document.styleSheets[0].cssRules.length") > 50


def test_policy_blocks_what_is_put_into_a_page(open_page: Any) -> None:
    page = open_page("/en/")
    page.evaluate(
        """() => new Promise(done => {
          document.addEventListener("securitypolicyviolation", done, {once: true});
          document.body.insertAdjacentHTML("beforeend", '<img src="http://127.0.0.1:9/x.png">');
        })"""
    )
    assert page.evaluate("window.violations") == ["img-src http://127.0.0.1:9/x.png"]


@pytest.mark.parametrize("name", PAGES)
def test_page_fits_the_screen(open_page: Any, name: str) -> None:
    page = open_page(PAGES[name])
    for width in (360, 390, 768, 1440):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("name", PAGES)
def test_text_has_contrast(open_page: Any, name: str) -> None:
    page = open_page(PAGES[name])
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate(CONTRAST) == [], scheme


def test_first_tab_stop_skips_to_the_content(open_page: Any) -> None:
    page = open_page("/en/id/network/tinklas")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_keyboard_goes_from_the_skip_link_through_the_menu_to_the_content(open_page: Any) -> None:
    page = open_page("/en/browse", viewport={"width": 1440, "height": 900})
    seen = []
    for _ in range(11):  # two of them in the search form
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.textContent.trim()"))
    assert seen[:9] == [
        "Skip to the content",
        "steamkg",
        "Explore",
        "Map of municipalities",
        "Partners by category",
        "Alliance",
        "Questions",
        "SPARQL",
        "Data",
    ]
    assert page.evaluate("document.querySelector('.site-search').contains(document.activeElement)")
    languages = page.get_by_role("navigation", name="Language").get_by_role("link")
    for _ in range(languages.count() + 1):
        page.keyboard.press("Tab")
    assert page.evaluate("document.getElementById('main').contains(document.activeElement)")


@pytest.mark.parametrize("script", [True, False])
def test_menu_of_a_phone_opens_and_closes(open_page: Any, script: bool) -> None:
    phone = {"viewport": {"width": 390, "height": 844}, "java_script_enabled": script}
    page = open_page("/en/browse", **phone)
    link = page.get_by_role("navigation", name="Main").get_by_role("link", name="Questions")
    assert not link.is_visible()
    page.get_by_role("button", name="Menu").click()
    assert link.is_visible()
    page.keyboard.press("Escape")
    assert not link.is_visible()
    page.get_by_role("button", name="Menu").click()
    with page.expect_navigation():
        link.click()
    assert page.url.endswith("/query")


def test_home_is_light(open_page: Any, pages_url: str) -> None:
    page = open_page("/en/search")
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.setCacheDisabled", {"cacheDisabled": True})
    sizes = []
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(pages_url + "/en/", wait_until="networkidle")
    assert len(sizes) >= 4, "page, style, script and letters"
    assert sum(sizes) < 100_000


def test_built_files_are_kept_for_ever(open_page: Any, pages_url: str) -> None:
    page = open_page("/en/")
    styles = page.evaluate("document.styleSheets[0].href")
    assert "immutable" in page.request.get(styles).headers["cache-control"]
    icon = page.request.get(pages_url + "/static/favicon.svg")
    assert "immutable" not in icon.headers.get("cache-control", "")


def test_what_is_pressed_is_large_enough(open_page: Any) -> None:
    """WCAG 2.2 §2.5.8: 24 px, except links within a sentence."""
    page = open_page("/en/components", viewport={"width": 390, "height": 844})
    small = page.evaluate(
        """() => [...document.querySelectorAll(
            "button, .button, .badge[href], .chip, .pages a, .facet a, .downloads a, summary")]
          .filter(one => one.checkVisibility())
          .map(one => [one.textContent.trim(), one.getBoundingClientRect()])
          .filter(([, box]) => box.width < 24 || box.height < 24).map(([words]) => words)"""
    )
    assert small == []


def test_everything_works_without_script(open_page: Any) -> None:
    page = open_page("/en/sparql", java_script_enabled=False)
    assert page.locator("#keys").is_hidden()
    page.fill("#query", "SELECT (1 AS ?one) {}")
    with page.expect_navigation():
        page.click("form#ask button")
    assert page.locator("td.number").inner_text() == "1"
