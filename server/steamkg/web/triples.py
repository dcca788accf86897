"""Terms in an address: how a link names a triple, and how it is read back."""

from typing import Final

import pyoxigraph as ox

from steamkg.engine.failures import ParameterError
from steamkg.web.rows import Value

LONGEST: Final = 2000
"""Characters of a term in an address."""


def written(value: Value) -> str:
    """An IRI as it stands; a literal as N-Triples writes it."""
    return value.value if isinstance(value, ox.NamedNode) else str(value)


def iri(name: str, text: str) -> ox.NamedNode:
    """The IRI that the parameter ``name`` holds. Raises ParameterError."""
    try:
        if not 0 < len(text) <= LONGEST:
            raise ValueError(text)
        return ox.NamedNode(text)
    except ValueError:
        raise ParameterError(
            f"the parameter {name} must be an IRI, such as https://w3id.org/steamkg/…"
        ) from None


def term(name: str, text: str) -> ox.NamedNode | ox.Literal:
    """The IRI, or the literal in the writing of N-Triples. Raises ParameterError."""
    if not text.startswith('"'):
        return iri(name, text)
    try:
        if len(text) > LONGEST:
            raise ValueError(text)
        (quad,) = ox.parse(f"<x:s> <x:p> {text} .", ox.RdfFormat.N_TRIPLES)
        if isinstance(quad.object, ox.Literal):
            return quad.object
        raise ValueError(text)
    except (SyntaxError, ValueError):
        message = f'{name} is no literal; write it as N-Triples does, such as "2020"'
        raise ParameterError(message) from None
