"""Reading requests: SPARQL 1.1 Protocol §2.1 and the ways to get it wrong."""

import io
from gzip import compress as gzip
from typing import Any
from urllib.parse import unquote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steamkg.protocol.failures import Problem
from steamkg.protocol.message import Request
from steamkg.protocol.request import FORM, QUERY, Asked, fields_of, parse, wants_editor

LIMIT = 1000


def request(method: str = "GET", body: bytes = b"", **options: Any) -> Request:
    given: dict[str, Any] = {
        "method": method,
        "url": "http://localhost/sparql",
        "query_string": "",
        "accept": None,
        "content_type": None,
        "content_encoding": None,
        "content_length": len(body) if body else None,
        "read": io.BytesIO(body).read,
    }
    return Request(**{**given, **options})


def asked(request: Request) -> Asked:
    found = parse(request, query_bytes=LIMIT)
    assert found is not None
    return found


def problem(request: Request) -> tuple[int, str]:
    with pytest.raises(Problem) as caught:
        parse(request, query_bytes=LIMIT)
    return caught.value.status.value, caught.value.code


DATASET = [
    ("query", "ASK { ?s ?p 'ąč+&' }"),
    ("default-graph-uri", "urn:a"),
    ("default-graph-uri", "urn:b"),
    ("named-graph-uri", "urn:c"),
]


@pytest.mark.parametrize(
    "sent",
    [
        request(query_string=urlencode(DATASET)),
        request("HEAD", query_string=urlencode(DATASET)),
        request("POST", urlencode(DATASET).encode(), content_type=FORM),
        request("POST", urlencode(DATASET).encode(), content_type=FORM + "; charset=UTF-8"),
        request(
            "POST",
            DATASET[0][1].encode(),
            content_type=QUERY + ';charset="utf-8"',
            query_string=urlencode(DATASET[1:]),
        ),
        request(
            "POST",
            urlencode(DATASET[:1]).encode(),
            content_type="Application/X-WWW-Form-URLEncoded",
            query_string=urlencode(DATASET[1:]),
        ),
        request("POST", urlencode(DATASET).encode(), content_type=FORM, content_length=None),
    ],
)
def test_three_ways_to_ask_are_the_same_question(sent: Request) -> None:
    question = asked(sent).question
    assert question.text == DATASET[0][1]
    assert question.default_graphs == ("urn:a", "urn:b")
    assert question.named_graphs == ("urn:c",)


def test_bare_address_asks_for_the_description() -> None:
    assert parse(request(), query_bytes=LIMIT) is None


ASK = "query=ASK%7B%7D"


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (request(query_string="other=1"), (400, "no-query")),
        (request(query_string="&"), (400, "no-query")),
        (request("POST", b"a=b", content_type=FORM), (400, "no-query")),
        (request("POST", content_type=FORM), (400, "no-query")),
        (request(query_string=f"{ASK}&{ASK}"), (400, "several-queries")),
        (request(query_string="query=&query="), (400, "several-queries")),
        (
            request("POST", b"ASK{}", content_type=QUERY, query_string=ASK),
            (400, "several-queries"),
        ),
        (
            request("POST", ASK.encode(), content_type=FORM, query_string=ASK),
            (400, "several-queries"),
        ),
        (request(query_string="query=%ff"), (400, "not-utf-8")),
        (request("POST", b"query=%ff", content_type=FORM), (400, "not-utf-8")),
        (request("POST", b"query=\xff", content_type=FORM), (400, "not-utf-8")),
        (request("POST", b"ASK{'\xff'}", content_type=QUERY), (400, "not-utf-8")),
        (request(query_string="a=1&" * 2000), (400, "too-many-parameters")),
        (request("POST", b"ASK{}"), (415, "unsupported-media-type")),
        (request("POST", b"ASK{}", content_type="text/plain"), (415, "unsupported-media-type")),
        (request("POST", content_type="x/y;"), (415, "unsupported-media-type")),
        (
            request("POST", b"ASK{}", content_type=QUERY + "; charset=latin-1"),
            (415, "unsupported-charset"),
        ),
        (
            request("POST", b"x", content_type=QUERY, content_encoding="compress"),
            (415, "unsupported-encoding"),
        ),
        (request("POST", b"x", content_type=QUERY, content_encoding="gzip"), (400, "bad-coding")),
        (
            request("POST", gzip(b"a" * 1001), content_type=QUERY, content_encoding="gzip"),
            (413, "request-too-large"),
        ),
        (request(query_string="update=CLEAR+ALL"), (403, "read-only")),
        (request("POST", b"update=CLEAR+ALL", content_type=FORM), (403, "read-only")),
        (
            request("POST", b"CLEAR ALL", content_type="application/sparql-update"),
            (403, "read-only"),
        ),
        (request("PUT", query_string=ASK), (405, "method-not-allowed")),
        (request("DELETE"), (405, "method-not-allowed")),
        (request(query_string="query=" + "a" * 1001), (414, "query-too-long")),
        (request("POST", b"a" * 1001, content_type=QUERY), (413, "request-too-large")),
        (
            request("POST", b"a" * 1001, content_type=QUERY, content_length=None),
            (413, "request-too-large"),
        ),
        (request("POST", b"query=" + b"a" * 1001, content_type=FORM), (413, "query-too-long")),
        (request(query_string=ASK, accept="image/png"), (406, "not-acceptable")),
        (request(query_string=ASK + "&format=png"), (406, "not-acceptable")),
    ],
)
def test_mistake_has_a_status_and_a_name(sent: Request, expected: tuple[int, str]) -> None:
    assert problem(sent) == expected


def test_body_that_is_announced_too_long_is_not_read() -> None:
    def read(most: int) -> bytes:
        raise AssertionError(most)

    sent = request("POST", content_type=QUERY, content_length=10_000, read=read)
    assert problem(sent) == (413, "request-too-large")


def test_limit_counts_bytes_of_the_query() -> None:
    assert asked(request("POST", ("ą" * 500).encode(), content_type=QUERY))
    encoded = urlencode({"query": "ą" * 500}).encode()
    assert asked(request("POST", encoded, content_type=FORM)).question.text == "ą" * 500
    assert problem(request(query_string=urlencode({"query": "ą" * 501})))[0] == 414


@pytest.mark.parametrize(
    ("accept", "solutions", "triples"),
    [
        (None, "application/sparql-results+json", "text/turtle"),
        ("text/csv", "text/csv", None),
        ("application/n-triples", None, "application/n-triples"),
        ("application/json", "application/json", "application/json"),
        ("application/xml;q=0.9, */*;q=0.8", "application/xml", "application/xml"),
        ("text/csv;q=0.5, text/turtle", "text/csv", "text/turtle"),
    ],
)
def test_each_kind_of_result_is_negotiated_for_itself(
    accept: str | None, solutions: str | None, triples: str | None
) -> None:
    question = asked(request(query_string=ASK, accept=accept)).question
    assert (question.solutions, question.triples) == (solutions, triples)


def test_format_parameter_wins_over_accept() -> None:
    sent = request(query_string=ASK + "&format=csv", accept="text/turtle")
    assert (asked(sent).question.solutions, asked(sent).question.triples) == ("text/csv", None)


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (request(accept="text/html,application/xml;q=0.9,*/*;q=0.8"), True),
        (request("HEAD", accept="text/html"), True),
        (request(accept="*/*"), False),
        (request(), False),
        (request(accept="text/turtle, text/html;q=0.5"), False),
        (request(accept="text/html", query_string=ASK), False),
        (request("POST", accept="text/html"), False),
    ],
)
def test_editor_is_for_browsers_at_the_bare_address(sent: Request, expected: bool) -> None:
    assert wants_editor(sent) is expected


@given(st.text(alphabet="%=+_09aAfFgG \r\n.", max_size=30))
def test_value_is_decoded_as_urllib_does(written: str) -> None:
    try:
        expected = unquote(written.replace("+", " "), errors="strict")
    except UnicodeDecodeError:
        assert problem(request(query_string=f"query={written}")) == (400, "not-utf-8")
    else:
        assert fields_of(f"query={written}") == [("query", expected)]
