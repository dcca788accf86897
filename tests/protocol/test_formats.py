"""The table of formats against the engine, which has to know every one of them."""

import pyoxigraph as ox
import pytest

from steamkg.protocol.formats import CHOICES, Format, Kind, Offer, named, offers


@pytest.mark.parametrize("form", CHOICES, ids=lambda form: form.title)
def test_engine_writes_every_format_under_each_of_its_names(form: Format) -> None:
    reader = ox.QueryResultsFormat if form.kind == Kind.SOLUTIONS else ox.RdfFormat
    for media_type in (form.media_type, *form.aliases):
        known = reader.from_media_type(media_type)
        assert known is not None
        assert known.file_extension == form.extension


@pytest.mark.parametrize("kind", [Kind.SOLUTIONS, Kind.TRIPLES])
def test_names_are_not_ambiguous_within_a_kind(kind: Kind) -> None:
    all_names = [name for one in CHOICES if one.kind == kind for name in one.names]
    assert len(all_names) == len(set(all_names))
    own = [offer.media_type for offer in offers(kind)]
    assert len(own) == len(set(own))


def test_offers_come_in_order_of_preference() -> None:
    assert offers(Kind.SOLUTIONS)[0].media_type == "application/sparql-results+json"
    assert offers(Kind.TRIPLES)[0].media_type == "text/turtle"


@pytest.mark.parametrize(
    ("name", "kind", "media_type"),
    [
        ("json", Kind.SOLUTIONS, "application/sparql-results+json"),
        ("json", Kind.TRIPLES, "application/ld+json"),
        ("xml", Kind.SOLUTIONS, "application/sparql-results+xml"),
        ("xml", Kind.TRIPLES, "application/rdf+xml"),
        ("TTL", Kind.TRIPLES, "text/turtle"),
        ("application/n-quads", Kind.TRIPLES, "application/n-quads"),
    ],
)
def test_format_is_found_by_name(name: str, kind: Kind, media_type: str) -> None:
    offer = named(name, kind)
    assert offer is not None
    assert offer.media_type == media_type


@pytest.mark.parametrize(("name", "kind"), [("csv", Kind.TRIPLES), ("html", Kind.SOLUTIONS)])
def test_format_of_another_kind_is_not_found(name: str, kind: Kind) -> None:
    assert named(name, kind) is None


def test_text_formats_name_their_charset() -> None:
    csv = next(one for one in CHOICES if one.title == "CSV")
    assert Offer(csv, "text/csv").content_type == "text/csv; charset=utf-8"
    assert all(one.charset == "utf-8" for one in CHOICES if one.media_type.startswith("text/"))
