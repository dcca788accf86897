"""Content negotiation, RFC 9110 §12.5.1."""

import pytest

from steamkg.protocol.negotiate import choose, names

OFFERED = ("text/turtle", "application/ld+json", "text/csv")


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "text/turtle"),
        ("", "text/turtle"),
        ("*/*", "text/turtle"),
        ("text/csv", "text/csv"),
        ("TEXT/CSV", "text/csv"),
        ("text/*", "text/turtle"),
        ("application/*", "application/ld+json"),
        ("text/csv;q=0.5, application/ld+json;q=0.9", "application/ld+json"),
        ("text/csv;q=0.5, application/ld+json;q=0.5", "application/ld+json"),
        ("*/*;q=0.1, text/csv", "text/csv"),
        ("text/*, text/turtle;q=0", "text/csv"),
        ("text/turtle;q=0, */*", "application/ld+json"),
        ("*/*, text/turtle;q=0.1", "application/ld+json"),
        ("text/csv;charset=utf-8", "text/csv"),
        ("text/csv; charset=UTF-8 ; q=0.2, text/turtle;q=0.1", "text/csv"),
        ('application/ld+json;profile="a,b;c"', "application/ld+json"),
        ("text/turtle;version=9;q=0.1, text/turtle;q=0.9, text/csv;q=0.5", "text/turtle"),
        (" , ,text/csv", "text/csv"),
        ("nonsense, text/csv;q=0.1", "text/csv"),
        ("image/png", None),
        ("text/csv;q=0", None),
        ("*/*;q=0", None),
        ("*/csv", None),
        ("text/csv;q=2", None),
        ("text/csv;q=nan", None),
        ("text/csv;q=-1", None),
        ("text", None),
    ],
)
def test_most_specific_range_and_highest_quality_win(
    accept: str | None, expected: str | None
) -> None:
    assert choose(accept, OFFERED) == expected


def test_nothing_offered_is_nothing_chosen() -> None:
    assert choose("*/*", ()) is None
    assert choose(None, ()) is None


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("application/json", True),
        ("text/html, application/json;q=0.1", True),
        ("*/*", False),
        ("application/*", False),
        ("application/json;q=0", False),
        (None, False),
    ],
)
def test_own_name_is_told_from_a_wildcard(accept: str | None, expected: bool) -> None:
    assert names(accept, "application/json") is expected


def test_hostile_header_takes_no_time() -> None:
    assert choose('"' * 20_000 + "," * 20_000, OFFERED) is None
    assert choose("text/csv;" + "a=b;" * 20_000 + "q=0.5", OFFERED) == "text/csv"
