"""A row of a result: its variables that have a value."""

from collections.abc import Mapping
from typing import TypeAlias

import pyoxigraph as ox

Value: TypeAlias = ox.NamedNode | ox.BlankNode | ox.Literal
Row: TypeAlias = Mapping[str, Value | ox.Triple]


def text_of(row: Row, name: str) -> str | None:
    """The IRI or the words in a column; None where the row has no value."""
    term = row.get(name)
    return None if term is None or isinstance(term, ox.Triple) else term.value


def labels_of(row: Row, name: str) -> dict[str, str]:
    """The words in ``nameEn``, ``nameLt`` and ``nameSl``, by language."""
    found = {language: text_of(row, name + language.title()) for language in ("en", "lt", "sl")}
    return {language: words for language, words in found.items() if words}
