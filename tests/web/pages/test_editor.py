"""The SPARQL editor in a real Chromium: the field's comforts without its traps."""

from typing import Any

import pytest

pytestmark = pytest.mark.browser

FOCUSED = "document.activeElement.id"


def _editor(page: Any) -> Any:
    return page.get_by_role("textbox", name="SPARQL query")


def _text(page: Any) -> str:
    """What would be sent."""
    return str(page.evaluate("document.getElementById('query').value"))


def _take(page: Any, name: str) -> None:
    """Have a suggestion written.

    With the mouse: for a moment after its list has opened, the editor leaves Enter to the text, so
    that nobody takes a suggestion unseen.
    """
    page.get_by_role("option", name=name).click()


def test_query_runs_from_the_keyboard_and_tab_is_no_trap(open_page: Any) -> None:
    page = open_page("/en/sparql")
    _editor(page).focus()
    assert page.evaluate(FOCUSED) == "editor"
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED) == "dataset"
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(FOCUSED) == "editor"
    _editor(page).fill("SELECT (1 + 1 AS ?two) {}")
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    assert page.locator("td.number").inner_text() == "2"


def test_tab_leaves_also_with_suggestions_open(open_page: Any) -> None:
    page = open_page("/en/editor?query=ASK {}")
    _editor(page).focus()
    page.keyboard.press("Control+End")
    page.keyboard.type(" steam:Cen")
    page.get_by_role("listbox", name="Suggestions").wait_for()
    page.keyboard.press("Escape")
    assert page.get_by_role("listbox").count() == 0
    assert page.evaluate(FOCUSED) == "editor"
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED) == "dataset"


def test_suggestion_comes_from_the_graph_and_declares_its_prefix(
    open_page: Any, pages_url: str
) -> None:
    page = open_page("/en/editor?query=SELECT * {}")
    _editor(page).focus()
    page.keyboard.press("Control+End")
    page.keyboard.press("ArrowLeft")
    page.keyboard.type(" ?centre a steam:MethodologicalCe")
    _take(page, "steam:MethodologicalCentre")
    expected = (
        "PREFIX steam: <https://w3id.org/steamkg/ontology#>\n"
        "SELECT * { ?centre a steam:MethodologicalCentre}"
    )
    assert _text(page) == expected
    assert pages_url + "/en/query/pages/completions?format=json" in page.asked
    assert [url for url in page.asked if not url.startswith(pages_url + "/")] == []
    assert page.evaluate("window.violations") == []


def test_concept_is_found_by_its_name(open_page: Any) -> None:
    page = open_page("/en/editor?query=SELECT * { ?x ?p }")
    _editor(page).focus()
    page.keyboard.press("Control+End")
    page.keyboard.press("ArrowLeft")
    page.keyboard.type("Associa")
    _take(page, "Associations")
    assert "<https://w3id.org/steamkg/id/partner-category/associations>" in _text(page)


def test_variables_of_the_query_are_suggested(open_page: Any) -> None:
    page = open_page("/en/editor?query=SELECT ?municipality {}")
    _editor(page).focus()
    page.keyboard.press("Control+End")
    page.keyboard.type(" ORDER BY ?mu")
    _take(page, "?municipality")
    assert _text(page) == "SELECT ?municipality {} ORDER BY ?municipality"


def test_editor_lives_under_the_strict_policy_in_both_themes(open_page: Any) -> None:
    page = open_page("/en/sparql")
    colours = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        colours.append(
            page.evaluate(
                """() => getComputedStyle(document.getElementById("editor").shadowRoot
                  .querySelector(".cm-editor")).backgroundColor"""
            )
        )
    assert len(set(colours)) == 2
    assert page.evaluate("window.violations") == []
    assert "unsafe" not in page.request.get(page.url).headers["content-security-policy"]


def test_editor_is_loaded_where_it_is_used_only(open_page: Any) -> None:
    for path, used in (
        ("/en/sparql", True),
        ("/en/", False),
        ("/en/query/partners/companies", False),
    ):
        page = open_page(path)
        assert any("/editor-" in url for url in page.asked) == used, path


def test_long_query_is_posted(open_page: Any) -> None:
    page = open_page("/en/sparql")
    _editor(page).fill("ASK {}  # " + "x" * 9000)
    with page.expect_navigation():
        page.click("form#ask button")
    assert page.locator(".verdict").inner_text() == "Yes"
    assert page.url.endswith("/results")


def test_prefix_button_declares_once(open_page: Any) -> None:
    page = open_page("/en/editor?query=ASK {}")
    page.click("#prefix-list summary")
    button = page.get_by_role(
        "button", name="Add PREFIX skos: <http://www.w3.org/2004/02/skos/core#>"
    )
    button.click()
    button.click()
    assert _text(page) == "PREFIX skos: <http://www.w3.org/2004/02/skos/core#>\nASK {}"


def test_cursor_stands_at_the_mistake_which_is_marked(open_page: Any) -> None:
    page = open_page("/en/results?query=SELECT ?s%0AWHERE { ?s foo:bar ?o }")
    assert page.locator(".cm-lintRange-error").inner_text() == "foo:bar"
    assert page.evaluate(FOCUSED) == "editor"
    page.keyboard.type("x")
    assert _text(page) == "SELECT ?s\nWHERE { ?s xfoo:bar ?o }"


def test_what_was_typed_is_there_after_going_back(open_page: Any) -> None:
    page = open_page("/en/sparql")
    _editor(page).fill("SELECT (3 AS ?three) {}")
    with page.expect_navigation():
        page.click("form#ask button")
    page.go_back()
    assert _editor(page).inner_text() == "SELECT (3 AS ?three) {}"
