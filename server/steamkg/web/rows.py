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
