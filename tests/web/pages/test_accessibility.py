"""axe-core finds nothing serious on any page, in either theme (WCAG 2.2 A and AA).

Every kind of page is opened once over the project's own graph, where names are long, lists full and
languages mixed; what only planted data or the components show is opened over the small one.
"""

from pathlib import Path
from typing import Any

import pytest

from .test_browser import PAGES

pytestmark = pytest.mark.browser

RUN = """
async only => (await axe.run(document, {runOnly: only, resultTypes: ["violations"]})).violations
  .map(one => [one.impact, one.id, one.nodes.map(node => node.target.join(" ")).slice(0, 5)])
"""
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
EVERY_RULE = {"type": "tag", "values": TAGS}
CONTRAST = {"type": "rule", "values": ["color-contrast"]}
"""The one rule that the other theme can break."""

SMALL_PAGES = ("components", "entity", "mistake", "turtle", "nearly")
REAL_PAGES = {
    "home": "/sl/",
    "search": "/lt/search?q=siauliai",
    "nothing found": "/en/search?q=atlantis",
    "explore": "/sl/explore",
    "list": "/lt/explore/partners?partnership-status=potential",
    "empty list": "/en/explore/partners?q=atlantis",
    "map": "/lt/map?by=existing",
    "matrix": "/sl/matrix?county=all",
    "matrix list": "/lt/matrix/partners?place=not-stated",
    "alliance": "/sl/alliance",
    "centre": "/sl/id/centre/klaipeda",
    "proposed body": "/lt/id/body/centre-advisory-council",
    "organisation": "/en/id/organisation/klaipedos-universitetas",
    "territory": "/lt/id/territory/siauliu-apskritis",
    "why": "/lt/why?s=https://w3id.org/steamkg/id/organisation/infobalt"
    "&p=https://w3id.org/steamkg/ontology%23inCategory"
    "&o=https://w3id.org/steamkg/id/partner-category/confederations-associations-and-unions",
    "ontology": "/en/ontology",
    "graphs": "/lt/graph",
    "graph": "/sl/graph/cooperation-model/partners-business",
    "data": "/lt/data",
    "links": "/sl/links",
    "api": "/en/api",
    "about": "/lt/about",
    "questions": "/sl/query",
    "question": "/lt/query/geography/where-a-point-lies",
    "editor": "/sl/sparql",
    "result": "/lt/results?query=SELECT * { ?s ?p ?o } LIMIT 100",
    "unknown thing": "/sl/id/centre/atlantis",
    "unknown page": "/lt/nowhere",
}
UNFOLD = "document.querySelectorAll('main details').forEach(one => { one.open = true; })"


@pytest.fixture(scope="module")
def axe(root: Path) -> str:
    """The source of axe-core, evaluated in a page: the policy lets no script tag in."""
    file = root / "tests" / "accessibility" / "node_modules" / "axe-core" / "axe.min.js"
    if not file.is_file():
        pytest.skip("needs `npm ci --prefix tests/accessibility`")
    return file.read_text("utf-8")


@pytest.mark.parametrize("name", REAL_PAGES)
def test_page_of_the_whole_graph_is_sound(
    open_real_page: Any, real_url: str, axe: str, name: str
) -> None:
    page = open_real_page(REAL_PAGES[name])
    page.evaluate(UNFOLD)
    page.evaluate(axe)
    assert _serious(page, EVERY_RULE) == []
    page.emulate_media(color_scheme="dark")
    assert _serious(page, CONTRAST) == [], "dark"
    for width in (390, 1440):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("window.violations") == []
    assert page.said == []
    assert [url for url in page.asked if not url.startswith(real_url + "/")] == []


@pytest.mark.parametrize("name", SMALL_PAGES)
def test_axe_finds_nothing_serious(open_page: Any, axe: str, name: str) -> None:
    page = open_page(PAGES[name])
    page.evaluate(axe)
    for scheme, rules in (("light", EVERY_RULE), ("dark", CONTRAST)):
        page.emulate_media(color_scheme=scheme)
        assert _serious(page, rules) == [], scheme


@pytest.mark.parametrize("name", ["home", "components"])
def test_axe_finds_nothing_serious_on_a_phone_with_its_menu_open(
    open_page: Any, axe: str, name: str
) -> None:
    page = open_page(PAGES[name], viewport={"width": 390, "height": 844})
    page.get_by_role("button", name="Menu").click()
    page.evaluate(axe)
    assert _serious(page, EVERY_RULE) == []


def test_axe_would_find_something(open_page: Any, axe: str) -> None:
    page = open_page("/en/")
    page.evaluate(axe)
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=x>')")
    assert "image-alt" in [one[1] for one in page.evaluate(RUN, EVERY_RULE)]


def _serious(page: Any, rules: dict[str, object]) -> list[object]:
    """What axe finds of some weight: impact, rule and the first places."""
    return [one for one in page.evaluate(RUN, rules) if one[0] in ("serious", "critical")]
