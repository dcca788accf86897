"""The SPARQL behind a list: one text for any class, whatever facets narrow it.

Paths and variables come from the shapes; what a reader chose enters as RDF terms, which pyoxigraph
writes out, in VALUES and FILTER. The page counts and sorts by the same rules in memory
(``explore_index.py``); tests hold both against each other. A text stays short enough for a link.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pyoxigraph as ox

from steamkg.graph.names import ENTITY, PREFIXES
from steamkg.web.explore_shapes import DECLARED, Facet, View, short
from steamkg.web.language import fallback

UNKNOWN: Final = ""
"""Stands among the chosen values for things that have none."""
LETTERS: Final = dict(zip("ąčęėįšųūž", "aceeisuuz", strict=True))
"""What is typed without its marks: the letters of Lithuanian and Slovenian."""
SOURCES: Final = (
    Facet(
        key="document",
        path="dcterms:source/dcterms:isPartOf+",
        names={},
        order=1,
        class_=PREFIXES["steam"] + "Document",
    ),
    Facet(
        key="section",
        path="dcterms:source/dcterms:isPartOf",
        names={},
        order=2,
        class_=PREFIXES["steam"] + "Section",
    ),
)
"""What every list has beside its own columns: where it is said."""
_TABLE: Final = str.maketrans(LETTERS)
_MARKED: Final = "".join(LETTERS)
_LABELS: Final = "skos:prefLabel|rdfs:label|dcterms:title"
_WORDS: Final = "(skos:prefLabel|skos:altLabel|skos:hiddenLabel|dcterms:title|dcterms:description)"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """How a list is narrowed and sorted; ``sort`` is a column's key, with ``-`` for descending."""

    values: Mapping[Facet, tuple[str, ...]] = field(default_factory=dict)
    words: str = ""
    sort: str = "name"

    @property
    def column(self) -> str:
        """The key of the column that the list is sorted by."""
        return self.sort.removeprefix("-")

    @property
    def descending(self) -> bool:
        """Whether the last comes first."""
        return self.sort.startswith("-")


def fold(words: str) -> str:
    """``Šiaulių`` → ``siauliu``: for finding and for sorting."""
    return words.lower().translate(_TABLE)


def rows(view: View, choice: Choice, language: str) -> str:
    """A SELECT that gives the rows of a list, names in the language of the page."""
    names = [f"?{one.variable}" for one in view.columns] + ["?later"] * view.later
    return "\n".join(
        (
            _prefixes(),
            " ".join(("SELECT ?name", *names, "?document ?section ?lines ?asOf ?subject ?thing")),
            "WHERE {",
            _chosen(view, choice),
            f"  {_subject(view)}",
            _name(language),
            *(_column(one, language) for one in (*view.columns, *SOURCES)),
            _lines(),
            *([_later(language)] if view.later else ()),
            "}",
            _order(view, choice),
            "",
        )
    )


def triples(view: View, choice: Choice) -> str:
    """A CONSTRUCT of all that is said about the things of a list, and what they are called."""
    return "\n".join(
        (
            _prefixes(),
            "CONSTRUCT { ?thing ?property ?value . ?value skos:prefLabel ?label }",
            "WHERE {",
            _chosen(view, choice),
            "  ?thing ?property ?value .",
            "  OPTIONAL { ?value skos:prefLabel ?label }",
            "}",
            "",
        )
    )


def members(view: View, facets: Sequence[Facet]) -> str:
    """A SELECT of each thing with its values: what facets are counted from.

    A row without a value for ``?facet`` says that the thing is there, and what it is about.
    """
    branches = [f"{{ {_member(view)} {_subject(view)} }}"]
    for facet in facets:
        key = ox.Literal(facet.key)
        branches.append(f"{{ {_member(view)} {_values(facet, '?value')} BIND({key} AS ?facet) }}")
    return "\n".join(
        (
            _prefixes(),
            "SELECT DISTINCT ?thing ?subject ?facet ?value WHERE {",
            "  " + "\n  UNION ".join(branches),
            "}",
            "",
        )
    )


def _prefixes() -> str:
    return "".join(f"PREFIX {name}: <{PREFIXES[name]}>\n" for name in DECLARED)


def _member(view: View) -> str:
    return f'?thing a {short(view.class_)} . FILTER(STRSTARTS(STR(?thing), "{ENTITY}"))'


def _subject(view: View) -> str:
    if view.named_by:
        return f"?thing {short(view.named_by)} ?subject ."
    return "BIND(?thing AS ?subject)"


def _values(facet: Facet, variable: str) -> str:
    """A pattern for the values of a facet."""
    pattern = _leads(facet, variable)
    if facet.class_:
        pattern += f" {variable} a {short(facet.class_)} ."
    if facet.values:
        pattern += f" FILTER({variable} IN ({', '.join(map(short, facet.values))}))"
    return pattern


def _leads(facet: Facet, variable: str) -> str:
    """The path of a facet; no default dataset holds what graphs of later developments tell."""
    if not facet.later:
        return f"?thing {facet.path} {variable} ."
    first, _, rest = facet.path.partition("/")
    middle = f"{variable}Of"
    return f"?thing {first} {middle} . GRAPH {variable}In {{ {middle} {rest} {variable} }}"


def _chosen(view: View, choice: Choice) -> str:
    """The things that the choice leaves."""
    lines = [f"    {_member(view)}"]
    for number, (facet, values) in enumerate(choice.values.items(), 1):
        variable = f"?chosen{number}"
        known = [short(value) for value in values if value != UNKNOWN]
        if UNKNOWN not in values:
            lines.append(f"    VALUES {variable} {{ {' '.join(known)} }}")
            lines.append(f"    {_leads(facet, variable)}")
            continue
        lines.append(f"    OPTIONAL {{ {_values(facet, variable)} }}")
        among = f" || {variable} IN ({', '.join(known)})" if known else ""
        lines.append(f"    FILTER(!BOUND({variable}){among})")
    if choice.words:
        steps = f"{short(view.named_by)}/{_WORDS}" if view.named_by else _WORDS
        lines.append(f"    ?thing {steps} ?words .")
        words = ox.Literal(fold(choice.words))
        lines.append(f"    FILTER(CONTAINS({_folded('?words')}, {words}))")
    inner = "\n".join(lines)
    return f"  {{ SELECT DISTINCT ?thing WHERE {{\n{inner}\n  }} }}"


def _folded(variable: str) -> str:
    """``fold`` in SPARQL."""
    folded = f"LCASE({variable})"
    for plain in dict.fromkeys(LETTERS.values()):
        marked = "".join(letter for letter in _MARKED if LETTERS[letter] == plain)
        folded = f'REPLACE({folded}, "[{marked}]", "{plain}")'
    return folded


def _languages(language: str) -> str:
    """In which languages a name is looked for, by rank."""
    ranked = " ".join(f'("{code}" {rank})' for rank, code in enumerate(fallback(language), 1))
    return f"VALUES (?in ?rank) {{ {ranked} }}"


def _name(language: str) -> str:
    """What the subject is called; in the first language that has a name, else its description."""
    return f"""\
  OPTIONAL {{
    SELECT ?subject (SUBSTR(MIN(CONCAT(?kind, STR(?rank), ?words)), 3) AS ?name) WHERE {{
      {_languages(language)}
      {{ ?subject {_LABELS} ?words . BIND("1" AS ?kind) }}
      UNION {{ ?subject dcterms:description ?words . BIND("2" AS ?kind) }}
      FILTER(LANG(?words) = ?in)
    }} GROUP BY ?subject
  }}"""


def _column(facet: Facet, language: str) -> str:
    """The names of a thing's values as one cell, in the order of the alphabet."""
    return f"""\
  OPTIONAL {{
    SELECT ?thing (GROUP_CONCAT(?label; SEPARATOR="; ") AS ?{facet.variable}) WHERE {{
      {{ SELECT ?thing ?value (SUBSTR(MIN(CONCAT(STR(?rank), ?words)), 2) AS ?label) WHERE {{
        {_languages(language)}
        {_values(facet, "?value")} ?value {_LABELS} ?words . FILTER(LANG(?words) = ?in)
      }} GROUP BY ?thing ?value ORDER BY ?label }}
    }} GROUP BY ?thing
  }}"""


def _lines() -> str:
    """Lines of the passages, in the order of the document, and the document's year."""
    return """\
  OPTIONAL {
    SELECT ?thing (GROUP_CONCAT(?line; SEPARATOR=", ") AS ?lines) WHERE {
      { SELECT DISTINCT ?thing ?line ?first ?last WHERE {
        ?thing dcterms:source ?passage .
        ?passage steam:firstLine ?first ; steam:lastLine ?last .
        BIND(IF(?first = ?last, STR(?first), CONCAT(STR(?first), "–", STR(?last))) AS ?line)
      } ORDER BY ?first ?last }
    } GROUP BY ?thing
  }
  OPTIONAL {
    SELECT ?thing (MIN(STR(?year)) AS ?asOf) WHERE {
      ?thing dcterms:source/dcterms:isPartOf+/steam:asOf ?year .
    } GROUP BY ?thing
  }"""


def _later(language: str) -> str:
    """What institutions became after the documents, and when; from the graphs that tell it."""
    return f"""\
  OPTIONAL {{
    SELECT ?subject (GROUP_CONCAT(?became; SEPARATOR="; ") AS ?later) WHERE {{
      SELECT ?subject ?successor
        (CONCAT(SUBSTR(MIN(CONCAT(STR(?rank), ?words)), 2), ?on) AS ?became)
      WHERE {{
        {_languages(language)}
        GRAPH ?told {{
          ?event org:originalOrganization ?subject ; org:resultingOrganization ?successor .
          OPTIONAL {{ ?event dcterms:date ?day }}
        }}
        {{ ?successor skos:prefLabel ?words }}
        UNION {{ GRAPH ?told {{ ?successor skos:prefLabel ?words }} }}
        FILTER(LANG(?words) = ?in)
        BIND(COALESCE(CONCAT(" (", STR(?day), ")"), "") AS ?on)
      }} GROUP BY ?subject ?successor ?on ORDER BY ?became
    }} GROUP BY ?subject
  }}"""


def _order(view: View, choice: Choice) -> str:
    names = {facet.key: facet.variable for facet in (*view.columns, *SOURCES)}
    variable = names.get(choice.column, "name")
    key = _folded(f"?{variable}")
    first = f"DESC({key})" if choice.descending else key
    rest = "?name ?thing" if variable == "name" else f"?{variable} ?name ?thing"
    return f"ORDER BY {first} {rest}"
