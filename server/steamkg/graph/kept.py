"""A graph that keeps what it was asked, for a validator that asks the same again and again.

pySHACL asks the text of a SPARQL constraint, and reads the triples of a shape, anew for every focus
node. What that cost was measured: 53 s for 1,447 questions of 15 texts over 6,300 triples, nearly
all in rdflib's parser, and 4 s with each text parsed once; a third of what was left, over 17,000
triples, went into reading the shapes.
"""

from collections.abc import Generator, Iterable
from functools import lru_cache
from typing import Any, Self

from rdflib import Graph
from rdflib.paths import Path
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.sparql import Query
from rdflib.query import Result
from rdflib.term import Node


class KeptGraph(Graph):
    """A graph to be read: it looks for each pattern, and parses each query text, once."""

    def __init__(self, triples: Iterable[tuple[Node, Node, Node]]) -> None:
        super().__init__(bind_namespaces="none")
        self._found: dict[object, list[Any]] = {}
        for triple in triples:
            super().add(triple)

    def add(self, triple: Any) -> Self:
        """As `rdflib.Graph.add`; with a new triple, all that was kept is forgotten."""
        if triple not in self:
            self._found.clear()
            super().add(triple)
        return self

    def remove(self, triple: Any) -> Self:
        """As `rdflib.Graph.remove`; all that was kept is forgotten."""
        self._found.clear()
        return super().remove(triple)

    def triples(self, triple: Any) -> Generator[Any, None, None]:
        """As `rdflib.Graph.triples`."""
        if isinstance(triple[1], Path):
            yield from super().triples(triple)
            return
        found = self._found.get(triple)
        if found is None:
            found = self._found[triple] = list(super().triples(triple))
        yield from found

    def query(
        self,
        query_object: str | Query,
        processor: Any = "sparql",
        result: Any = "sparql",
        *arguments: Any,
        **options: Any,
    ) -> Result:
        """As `rdflib.Graph.query`, for prefixes that the text declares itself."""
        if isinstance(query_object, str):
            query_object = _parsed(query_object)
        return super().query(query_object, processor, result, *arguments, **options)


@lru_cache(maxsize=256)
def _parsed(text: str) -> Query:
    return prepareQuery(text)
