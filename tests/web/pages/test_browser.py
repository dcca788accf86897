"""The pages in a real Chromium: policy, other hosts, narrow screens, contrast, keyboard."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

pytestmark = pytest.mark.browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
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
    "unknown": "/en/id/centre/atlantis",
}
WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation",
  event => window.violations.push(event.violatedDirective + " " + event.blockedURI));
"""
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


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A running Chromium; the tests are skipped where there is none."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    sync = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Any, pages_url: str) -> Iterator[Any]:
    """Opens a path in a fresh context and watches the policy and where requests go."""
    contexts = []

    def open_(path: str, **options: Any) -> Any:
        context = chromium.new_context(**options)
        contexts.append(context)
        context.add_init_script(WATCH)
        page = context.new_page()
        page.asked = []
        page.said = []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.goto(pages_url + path)
        return page

    yield open_
    for context in contexts:
        context.close()


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


def test_query_runs_from_the_keyboard_and_tab_is_no_trap(open_page: Any) -> None:
    page = open_page("/en/sparql")
    page.focus("#query")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "dataset"
    page.fill("#query", "SELECT (1 + 1 AS ?two) {}")
    page.focus("#query")
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    assert page.locator("td.number").inner_text() == "2"


def test_long_query_is_posted(open_page: Any) -> None:
    page = open_page("/en/sparql")
    page.fill("#query", "ASK {}  # " + "x" * 9000)
    with page.expect_navigation():
        page.click("form#ask button")
    assert page.locator(".verdict").inner_text() == "Yes"
    assert page.url.endswith("/results")


def test_prefix_button_declares_once(open_page: Any) -> None:
    page = open_page("/en/editor?query=ASK {}")
    page.click("summary")
    button = page.get_by_role(
        "button", name="Add PREFIX skos: <http://www.w3.org/2004/02/skos/core#>"
    )
    button.click()
    button.click()
    assert (
        page.input_value("#query") == "PREFIX skos: <http://www.w3.org/2004/02/skos/core#>\nASK {}"
    )


def test_cursor_stands_at_the_mistake(open_page: Any) -> None:
    page = open_page("/en/results?query=SELECT ?s%0AWHERE { ?s foo:bar ?o }")
    start = page.evaluate("document.getElementById('query').selectionStart")
    assert page.input_value("#query")[start:].startswith("foo:bar")


def test_everything_works_without_script(open_page: Any) -> None:
    page = open_page("/en/sparql", java_script_enabled=False)
    assert page.locator("#keys").is_hidden()
    page.fill("#query", "SELECT (1 AS ?one) {}")
    with page.expect_navigation():
        page.click("form#ask button")
    assert page.locator("td.number").inner_text() == "1"
