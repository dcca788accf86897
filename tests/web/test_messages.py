"""Every word of the interface is there in every language, and none stands in a template alone."""

import re
from collections import defaultdict
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po
from jinja2 import Environment

from steamkg.web import catalogs, messages
from steamkg.web.language import LANGUAGES

OTHERS = [language for language in LANGUAGES if language != "en"]
TEMPLATES = sorted((Path(messages.__file__).parent / "templates").glob("**/*.html"))
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
TAG = re.compile(r"</?[a-z][^>]*>|&[a-z]+;")
NAMES = {"steamkg", "SPARQL", "IRI", "PREFIX", "CC", "BY", "FROM", "SELECT", "WHERE"}
NAMES |= {"OpenAPI", "JSON", "curl", "Accept", "text", "csv", "data", "urlencode", "query", "LIMIT"}
NAMES |= {"steam", "ontology", "SHA", "Bib", "BibTeX", "TeX", "VoID", "DCAT"}
"""What is called the same in every language, and words of code."""


@pytest.fixture(scope="module")
def used() -> Catalog:
    """The messages of templates and code."""
    return messages.used()


def areas(language: str) -> list[Path]:
    """The catalogs of a language."""
    return sorted((catalogs.FOLDER / language / "LC_MESSAGES").glob("*.po"))


def strings(message: Message) -> list[str]:
    """The translations of a message: one, or one for each plural form."""
    return [message.string] if isinstance(message.string, str) else list(message.string)


def ids(message: Message) -> tuple[str, ...]:
    """The message in English: one, or singular and plural."""
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


@pytest.mark.parametrize("language", OTHERS)
def test_every_message_is_translated_and_no_other(language: str, used: Catalog) -> None:
    there = catalogs.read(language)
    lacking = [ids(one) for one in used if one.id and not there.get(one.id, one.context)]
    assert lacking == [], f"see: python -m steamkg.web.messages {language}"
    unused = [ids(one) for one in there if one.id and not used.get(one.id, one.context)]
    assert unused == []


@pytest.mark.parametrize("language", OTHERS)
def test_translation_has_all_forms_placeholders_and_tags(language: str) -> None:
    forms = get_plural(language).num_plurals
    for message in catalogs.read(language):
        if not message.id:
            continue
        found = strings(message)
        assert len(found) == (forms if len(ids(message)) > 1 else 1), message.id
        for text in found:
            assert text.strip(), message.id
            source = ids(message)[-1]
            assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(source)), text
            assert sorted(TAG.findall(text)) == sorted(TAG.findall(source)), text
            assert text[-1:].isalnum() == source[-1:].isalnum() or source[-1:] not in ".:?!", text


@pytest.mark.parametrize("language", OTHERS)
def test_catalog_of_an_area_is_in_order(language: str) -> None:
    assert areas(language), "at least messages.po"
    seen: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for file in areas(language):
        text = file.read_text("utf-8")
        assert "\r" not in text
        with file.open("rb") as opened:
            catalog = read_po(opened, abort_invalid=True)
        assert f'"Language: {language}\\n"' in text
        assert f"nplurals={get_plural(language).num_plurals};" in text
        assert f"plural={get_plural(language).plural_expr};" in text
        assert not catalog.obsolete
        for message in catalog:
            if message.id:
                assert not message.fuzzy, message.id
                seen[str((message.context, ids(message)))].add(tuple(strings(message)))
    assert {key: found for key, found in seen.items() if len(found) > 1} == {}


@pytest.mark.parametrize("language", OTHERS)
def test_same_areas_in_every_language(language: str) -> None:
    assert {file.name for file in areas(language)} == {file.name for file in areas(OTHERS[0])}


def test_broken_catalog_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "lt" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "map.po").write_text('msgid "x"\nnonsense\n', "utf-8")
    with pytest.raises(catalogs.CatalogError, match=r"map\.po"):
        catalogs.read("lt", tmp_path)


class _Visible(HTMLParser):
    """The words of a template that a reader would see or hear."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._within: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("code", "pre", "script", "style", "kbd"):
            self._within.append(tag)
        for name, value in attrs:
            if name in ("aria-label", "title", "placeholder", "alt"):
                self.found.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._within:
            self._within.remove(tag)

    def handle_data(self, data: str) -> None:
        if not self._within:
            self.found.append(data)


def bare_words(template: str) -> list[str]:
    """Words that stand in a template outside of what is translated, or as a string in code."""
    data, found = [], []
    translated = False
    previous: list[str] = []
    for _, kind, value in Environment().lex(template):
        if kind == "data":
            data.append("" if translated else value)
        elif kind == "block_end" and {"trans", "endtrans"} & set(previous):
            translated = "trans" in previous
        elif kind == "string" and previous[-2:-1] not in (["_"], ["ngettext"]):
            words = re.findall(r"(?<![\w./:-])[A-Z][a-z]+", value[1:-1])
            # The second argument of ngettext is the same message in plural.
            if "ngettext" not in previous:
                found += words
        if kind in ("variable_begin", "block_begin"):
            previous = []
        if kind in ("name", "operator"):
            previous.append(value)
    visible = _Visible()
    visible.feed("".join(data))
    for text in visible.found:
        found += re.findall(r"[^\W\d_]{2,}", text)
    return [word for word in found if word not in NAMES]


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.name)
def test_template_has_no_words_of_its_own(file: Path) -> None:
    assert bare_words(file.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "template",
    [
        "<p>Hello</p>",
        '<a aria-label="Next page">{{ n }}</a>',
        '{{ crumbs([(none, "Browse")]) }}',
        "{% trans %}fine{% endtrans %} but this",
        '{{ "Yes" if x else _("No") }}',
    ],
)
def test_words_in_a_template_are_found(template: str) -> None:
    assert bare_words(template)


@pytest.mark.parametrize(
    "template",
    [
        '{{ _("Hello") }} {{ ngettext("%(n)s Thing", "%(n)s Things", n) }}',
        "{% trans name=x %}Hello {{ name }}{% endtrans %}",
        '<p class="lead">{{ words(text) }} – steamkg</p>',
        '{{ local_path("/explore/steam:Centre") }}',
    ],
)
def test_words_that_are_translated_are_fine(template: str) -> None:
    assert bare_words(template) == []
