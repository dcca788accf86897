"""How far the engine speaks which language: what the service description says of it.

Tried on pyoxigraph 0.5.13. Each statement here is held by a test that asks the engine; a newer one
that can more, or less, fails it.
"""

from typing import Final

_SPARQL: Final = "http://www.w3.org/ns/sparql#"
_SEP: Final = "https://github.com/w3c/sparql-dev/blob/main/SEP/"
_GEOSPARQL: Final = "http://www.opengis.net/def/function/geosparql/"

VERSIONS: Final = tuple(f"{_SPARQL}version-{one}" for one in ("1.0", "1.1", "1.2-basic", "1.2"))
"""SPARQL 1.2 Service Description (working draft of 2025-08-14), sd:supportedVersion."""

EXTENSIONS: Final = {
    "LATERAL": _SEP + "SEP-0006/sep-0006.md",
    "ADJUST": _SEP + "SEP-0002/sep-0002.md",
}
"""What goes beyond SPARQL 1.2, and the proposal that it follows.

Of the second one ADJUST alone: dates and durations are added, but not always (midnight on 1 January
2020 and P1D give nothing).
"""

FUNCTIONS: Final = tuple(
    _GEOSPARQL + name
    for name in (
        *(f"sf{one}" for one in ("Equals", "Disjoint", "Intersects", "Touches", "Crosses")),
        *(f"sf{one}" for one in ("Within", "Contains", "Overlaps")),
        *(f"eh{one}" for one in ("Equals", "Disjoint", "Meet", "Overlap", "Covers", "CoveredBy")),
        *(f"eh{one}" for one in ("Inside", "Contains")),
        *(f"rcc8{one}" for one in ("eq", "dc", "ec", "po", "tppi", "tpp", "ntpp", "ntppi")),
        *("distance", "length", "perimeter", "centroid", "envelope", "convexHull", "getSRID"),
        *("intersection", "union", "difference", "symDifference"),
        *("isEmpty", "dimension", "asGeoJSON"),
    )
)
"""Functions of GeoSPARQL that give values, for geo:wktLiteral."""

HOW_FAR: Final = (
    "SPARQL 1.1 whole, but for known failures that the tests list. Of SPARQL 1.2: triple terms, "
    "reified triples and annotations, their functions, strings with a base direction, and VERSION, "
    "which changes nothing. Not of it: sameValue. Triple terms cannot be written as JSON-LD "
    "(406), all other formats hold them. LATERAL and ADJUST are extensions. LOAD is refused; "
    "LOAD SILENT loads nothing."
)
"""For people; the exact list of failures is in the tests of this project."""
