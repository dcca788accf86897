"""axe-core finds nothing serious on any page, in either theme (WCAG 2.2 A and AA)."""

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


@pytest.fixture(scope="module")
def axe(root: Path) -> str:
    """The source of axe-core, evaluated in a page: the policy lets no script tag in."""
    file = root / "tests" / "accessibility" / "node_modules" / "axe-core" / "axe.min.js"
    if not file.is_file():
        pytest.skip("needs `npm ci --prefix tests/accessibility`")
    return file.read_text("utf-8")


@pytest.mark.parametrize("name", PAGES)
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
