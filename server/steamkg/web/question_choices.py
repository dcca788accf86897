"""The values that a stored question can be asked about: names to choose from, and what is given.

Run without a value, a question answers for all of them, so its own answer says which values have
one. Where that would be the whole graph, the header calls the parameter open, and any name or IRI
is taken.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import pyoxigraph as ox
from flask_babel import gettext

from steamkg.engine.library import Parameter, StoredQuery
from steamkg.engine.question import Term
from steamkg.graph.names import ENTITY, STEAM
from steamkg.web import collation, column_titles, links
from steamkg.web.errors import refused
from steamkg.web.language import current_language
from steamkg.web.naming import Names, Text, pick
from steamkg.web.question_cells import known_name
from steamkg.web.reading import is_hidden, language_for
from steamkg.web.search_index import fold
from steamkg.web.site import Site

_NEAR: Final = 12
"""How many values the page of an unknown one offers."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A value with its name."""

    value: str
    name: Text
    chosen: bool


@dataclass(frozen=True, kw_only=True)
class Field:
    """A parameter on the page: what it is called, what is answered, and what can be chosen."""

    name: str
    label: Text
    value: str
    shown: Text
    choices: tuple[Choice, ...]
    href: str | None = None
    by_name: bool = False


def given(
    site: Site, stored: StoredQuery, names: Names, values: Mapping[str, str]
) -> dict[str, str]:
    """The values by parameter, with names turned into what they name.

    Raises RefusedError for a name that nothing has, and for a parameter that there is not.
    """
    known = {one.name: one for one in stored.parameters}
    for name in values:
        if name not in known:
            raise refused(400, gettext("This question has nothing called “%(name)s”.", name=name))
    found: dict[str, str] = {}
    for name, value in values.items():
        parameter, typed = known[name], value.strip()
        if not typed:
            continue
        if parameter.kind == "integer" and not typed.lstrip("-").isdecimal():
            raise refused(400, gettext("“%(value)s” is no whole number.", value=_short(typed)))
        found[name] = _named(site, stored, parameter, names, typed)
    return found


def fields(
    site: Site, stored: StoredQuery, names: Names, values: Mapping[str, str]
) -> tuple[Field, ...]:
    """The parameters of a question as its page asks for them; ``values`` as from ``given``."""
    return tuple(
        _field(site, stored, one, names, values.get(one.name)) for one in stored.parameters
    )


def _field(
    site: Site, stored: StoredQuery, parameter: Parameter, names: Names, value: str | None
) -> Field:
    term = parameter.default_in(language_for(stored)) if value is None else parameter.term(value)
    asked = _text(term)
    choices = _choices(site, stored, parameter, names, asked)
    # A value that has no answer stays to be seen, so that the page does not seem to ask another.
    if choices and not any(one.chosen for one in choices):
        choices = (Choice(value=asked, name=name_of(term, names), chosen=True), *choices)
    is_thing = isinstance(term, ox.NamedNode)
    return Field(
        name=parameter.name,
        label=column_titles.asked_for(stored.name, parameter),
        value=asked,
        shown=name_of(term, names),
        choices=choices,
        # What has no name here has no page either.
        href=links.href(asked) if is_thing and names.said(asked) else None,
        by_name=is_thing and _means(name_of(term, names).text, names) == [asked],
    )


def name_of(term: Term, names: Names) -> Text:
    """What a value is called in the language of the page."""
    if not isinstance(term, ox.NamedNode):
        return Text(text=term.value)
    known = known_name(term.value)
    if known:
        return Text(text=known)
    title = names.title(term.value)
    return Text(text=title.plain, language=title.parts[0].language)


def _choices(
    site: Site, stored: StoredQuery, parameter: Parameter, names: Names, asked: str
) -> tuple[Choice, ...]:
    terms = _terms(site, stored, parameter)
    named = [(term, name_of(term, names)) for term in terms]
    again = Counter(name.text for _, name in named)
    found = [
        Choice(
            value=_text(term),
            name=_told_apart(term, name, site) if again[name.text] > 1 else name,
            chosen=_text(term) == asked,
        )
        for term, name in named
    ]
    return tuple(sorted(found, key=lambda one: collation.key(one.name.text, current_language())))


def _told_apart(term: Term, name: Text, site: Site) -> Text:
    """The name with the kind of thing behind it, where two things share it."""
    slug = term.value.removeprefix(ENTITY).partition("/")[0]
    labels = site.term_labels.get(STEAM + "".join(map(str.title, slug.split("-"))))
    kind = pick(labels) if labels else None
    return replace(name, text=f"{name.text} ({kind.text})") if kind else name


def _terms(site: Site, stored: StoredQuery, parameter: Parameter) -> Sequence[Term]:
    """The values that have an answer; none where they are not to be listed."""
    if parameter.is_open or is_hidden(stored):
        return ()
    question = replace(stored.question(language=language_for(stored)), bindings={})

    def ask() -> tuple[Term, ...]:
        values = (row.get(parameter.name) for row in site.answered(question))
        terms = (value for value in values if isinstance(value, ox.NamedNode | ox.Literal))
        return tuple(dict.fromkeys(term for term in terms if _fits(parameter, term)))

    return site.remembered(f"choices:{question.text}:{parameter.name}", ask)


def _fits(parameter: Parameter, term: Term) -> bool:
    """Whether a value is of the parameter's kind: a name in another language is another value."""
    try:
        return parameter.term(_text(term)) == term and term.value.startswith(parameter.among)
    except ValueError:
        return False


def _named(site: Site, stored: StoredQuery, parameter: Parameter, names: Names, typed: str) -> str:
    """What ``typed`` stands for. Raises RefusedError where that is nothing, or several things."""
    terms = _terms(site, stored, parameter)
    if parameter.kind != "iri":
        return typed
    if "://" in typed and not any(letter.isspace() for letter in typed):
        if not _is_known(site, typed, terms):
            raise _unknown(typed, terms, names)
        return typed
    matching = _meant(typed, terms, names)
    if len(matching) != 1:
        raise _unknown(typed, terms, names)
    return matching[0]


def _meant(typed: str, terms: Sequence[Term], names: Names) -> list[str]:
    """What is called so: of the values offered, else as a part of one's name, else anything."""
    if not terms:
        return _means(typed, names)
    wanted, iris = fold(typed).strip(), [term.value for term in terms]
    inside = [
        iri for iri in iris if any(wanted in fold(name) for name in names.labels(iri).values())
    ]
    return _means(typed, names, iris) or (inside if len(inside) == 1 else _means(typed, names))


def _means(typed: str, names: Names, iris: Sequence[str] = ()) -> list[str]:
    """What has this name, letters without their marks: of ``iris``, or of everything."""
    wanted = fold(typed).strip()
    return [
        iri
        for iri in iris or names.subjects()
        if wanted in (fold(label).strip() for label in names.labels(iri).values())
    ]


def _is_known(site: Site, iri: str, terms: Sequence[Term]) -> bool:
    """Whether the graph speaks of ``iri``, as its subject or in any other place."""
    if any(term.value == iri for term in terms):
        return True
    try:
        entity = ox.NamedNode(iri)
    except ValueError:
        return False
    return site.holds("known", entity=entity)


def _unknown(typed: str, terms: Sequence[Term], names: Names) -> Exception:
    """The refusal of a name, with values that might be meant."""
    language = current_language()
    labels = [name_of(term, names).text for term in terms]
    wanted = fold(typed).strip()
    near = [label for label in labels if wanted and wanted in fold(label)]
    listed = sorted(near or labels, key=lambda label: collation.key(label, language))
    reason = gettext("This question knows nothing called “%(name)s”.", name=_short(typed))
    if listed:
        reason += " " + gettext("It can be asked about, for example:")
    return refused(404, reason, tuple(listed[:_NEAR]))


def _short(typed: str) -> str:
    return typed if len(typed) <= 100 else typed[:100] + "…"


def _text(term: Term) -> str:
    return term.value
