"""A graph that keeps what it was asked, for a validator that asks the same again and again.

pySHACL reads the triples of a shape, and asks the query of a SPARQL constraint, anew for every
focus node. What that cost was measured over 17,400 triples: a third of a validation went into
reading the shapes until each pattern was looked for once, and 3,500 questions of 38 texts took
rdflib as long as all else together, Oxigraph a fifth of that.
"""

from collections.abc import Generator, Iterable, Mapping
from typing import Any, Self

import pyoxigraph as ox
from rdflib import Graph, Variable
from rdflib.paths import Path
from rdflib.plugins.sparql.sparql import Query
from rdflib.query import Result
from rdflib.term import Identifier

from steamkg.graph.terms import Triple, quads_to_oxigraph, to_oxigraph, to_rdflib


class KeptGraph(Graph):
    """A graph to be read: it looks for each pattern once, and has Oxigraph answer its queries."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        super().__init__(bind_namespaces="none")
        self._found: dict[object, list[Any]] = {}
        self._oxigraph: ox.Store | None = None
        for triple in triples:
            super().add(triple)

    def add(self, triple: Any) -> Self:
        """As `rdflib.Graph.add`; with a new triple, all that was kept is forgotten."""
        if triple not in self:
            self._forget()
            super().add(triple)
        return self

    def remove(self, triple: Any) -> Self:
        """As `rdflib.Graph.remove`; all that was kept is forgotten."""
        self._forget()
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
        initNs: Mapping[str, Any] | None = None,  # noqa: N803
        initBindings: Mapping[str, Identifier] | None = None,  # noqa: N803
        *arguments: Any,
        **options: Any,
    ) -> Result:
        """As `rdflib.Graph.query`, a SELECT by Oxigraph: bound variables have their values wherever
        they stand (SHACL §5.3.1), values compare as SPARQL 1.1 §17.3 says (rdflib orders ``"4"``
        after 4, where there is a type error), and numbers come back in their canonical form.

        rdflib keeps the last word on what Oxigraph does not read.
        """
        if isinstance(query_object, str) and not initNs:
            bound: dict[ox.Variable, Any] = {
                ox.Variable(name): to_oxigraph(node) for name, node in (initBindings or {}).items()
            }
            try:
                answer = self._store().query(query_object, substitutions=bound)
            except (SyntaxError, RuntimeError):
                pass
            else:
                if isinstance(answer, ox.QuerySolutions):
                    return _result(answer)
        return super().query(
            query_object, processor, result, initNs, initBindings, *arguments, **options
        )

    def _store(self) -> ox.Store:
        if self._oxigraph is None:
            self._oxigraph = ox.Store()
            self._oxigraph.bulk_extend(quads_to_oxigraph(self, ox.DefaultGraph()))
        return self._oxigraph

    def _forget(self) -> None:
        self._found.clear()
        self._oxigraph = None


def _result(solutions: ox.QuerySolutions) -> Result:
    """The solutions as rdflib's own query gives them."""
    variables = [Variable(variable.value) for variable in solutions.variables]
    bindings: list[Any] = [
        {
            variable: to_rdflib(term)
            for variable, term in zip(variables, solution, strict=True)
            if term is not None
        }
        for solution in solutions
    ]
    result = Result("SELECT")
    result.vars = variables
    result.bindings = bindings
    return result
