"""The one table of result formats: negotiation, service description and documentation read it.

``CHOICES`` are in the server's order of preference, which decides between formats that a client
likes equally well.
"""

from dataclasses import dataclass
from enum import Flag, auto
from typing import Final


class Kind(Flag):
    """What a format can hold: solutions (and booleans) or triples."""

    SOLUTIONS = auto()
    TRIPLES = auto()


@dataclass(frozen=True, kw_only=True)
class Format:
    """A serialisation. ``iri`` is its name in the W3C's list of file formats.

    ``media_type`` comes first among the names that a client may accept, ``aliases`` after it. An
    alias is answered with itself: a client that accepts only ``application/json`` gets that.
    ``names`` are the values of ``?format=``, the first one being the one to advertise.
    """

    title: str
    media_type: str
    names: tuple[str, ...]
    extension: str
    kind: Kind
    iri: str
    aliases: tuple[str, ...] = ()
    charset: str | None = None

    def content_type(self, media_type: str) -> str:
        """The Content-Type for this format under one of its media types."""
        return f"{media_type}; charset={self.charset}" if self.charset else media_type


_W3C: Final = "http://www.w3.org/ns/formats/"

CHOICES: Final[tuple[Format, ...]] = (
    Format(
        title="SPARQL Results JSON",
        media_type="application/sparql-results+json",
        aliases=("application/json",),
        names=("json", "srj"),
        extension="srj",
        kind=Kind.SOLUTIONS,
        iri=_W3C + "SPARQL_Results_JSON",
    ),
    Format(
        title="SPARQL Results XML",
        media_type="application/sparql-results+xml",
        aliases=("application/xml", "text/xml"),
        names=("xml", "srx"),
        extension="srx",
        kind=Kind.SOLUTIONS,
        iri=_W3C + "SPARQL_Results_XML",
    ),
    Format(
        title="CSV",
        media_type="text/csv",
        names=("csv",),
        extension="csv",
        kind=Kind.SOLUTIONS,
        iri=_W3C + "SPARQL_Results_CSV",
        charset="utf-8",
    ),
    Format(
        title="TSV",
        media_type="text/tab-separated-values",
        names=("tsv",),
        extension="tsv",
        kind=Kind.SOLUTIONS,
        iri=_W3C + "SPARQL_Results_TSV",
        charset="utf-8",
    ),
    Format(
        title="Turtle",
        media_type="text/turtle",
        aliases=("application/x-turtle",),
        names=("turtle", "ttl"),
        extension="ttl",
        kind=Kind.TRIPLES,
        iri=_W3C + "Turtle",
        charset="utf-8",
    ),
    Format(
        title="JSON-LD",
        media_type="application/ld+json",
        aliases=("application/json",),
        names=("jsonld", "json-ld", "json"),
        extension="jsonld",
        kind=Kind.TRIPLES,
        iri=_W3C + "JSON-LD",
    ),
    Format(
        title="N-Triples",
        media_type="application/n-triples",
        names=("ntriples", "nt"),
        extension="nt",
        kind=Kind.TRIPLES,
        iri=_W3C + "N-Triples",
    ),
    Format(
        title="RDF/XML",
        media_type="application/rdf+xml",
        aliases=("application/xml", "text/xml"),
        names=("rdfxml", "rdf", "xml"),
        extension="rdf",
        kind=Kind.TRIPLES,
        iri=_W3C + "RDF_XML",
    ),
    Format(
        title="TriG",
        media_type="application/trig",
        names=("trig",),
        extension="trig",
        kind=Kind.TRIPLES,
        iri=_W3C + "TriG",
    ),
    Format(
        title="N-Quads",
        media_type="application/n-quads",
        names=("nquads", "nq"),
        extension="nq",
        kind=Kind.TRIPLES,
        iri=_W3C + "N-Quads",
    ),
)


@dataclass(frozen=True)
class Offer:
    """A format under one of its media types: what a negotiation ends with."""

    format: Format
    media_type: str

    @property
    def content_type(self) -> str:
        """The Content-Type header of the response."""
        return self.format.content_type(self.media_type)


def offers(kind: Kind) -> tuple[Offer, ...]:
    """All that can be had for a kind of result: own names first, in order of preference."""
    formats = [one for one in CHOICES if one.kind in kind]
    own = [Offer(one, one.media_type) for one in formats]
    aliases = [Offer(one, alias) for one in formats for alias in one.aliases]
    return (*own, *aliases)


def named(name: str, kind: Kind) -> Offer | None:
    """The format that ``?format=`` calls ``name`` or by its media type, for a kind of result."""
    wanted = name.strip().casefold()
    for one in offers(kind):
        if wanted in one.format.names or wanted == one.media_type:
            return Offer(one.format, one.format.media_type)
    return None
