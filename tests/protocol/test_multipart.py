"""Documents sent together: what is read, and what is refused with the place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steamkg.protocol import multipart
from steamkg.protocol.failures import Problem
from steamkg.protocol.multipart import Part, parts_of

TYPE = 'multipart/form-data; boundary="a b"'


def written(*parts: Part, boundary: str = "a b") -> bytes:
    lines = []
    for part in parts:
        lines.append(f"--{boundary}\r\n".encode())
        disposition = f'Content-Disposition: form-data; name="{part.name}"'
        if part.filename:
            disposition += f'; filename="{part.filename}"'
        lines.append(disposition.encode() + b"\r\n")
        if part.content_type:
            lines.append(f"content-type: {part.content_type}\r\n".encode())
        lines += [b"\r\n", part.body, b"\r\n"]
    return b"".join([*lines, f"--{boundary}--\r\n".encode()])


def part(body: bytes, **options: str) -> Part:
    return Part(**{"name": "n", "filename": "", "content_type": "", **options}, body=body)  # type: ignore[arg-type]


@given(st.lists(st.binary().filter(lambda body: b"\r\n--" not in body), min_size=1, max_size=5))
def test_every_part_is_read_as_it_was_written(bodies: list[bytes]) -> None:
    parts = [part(body, name=f"n{i}", filename=f"f{i}.ttl") for i, body in enumerate(bodies)]
    assert parts_of(TYPE, written(*parts)) == parts


def test_boundary_counts_at_the_start_of_a_line_alone() -> None:
    one = part(b"x --a b y\n--a b\r\n", content_type="text/turtle; charset=utf-8")
    assert parts_of(TYPE, written(one)) == [one]


def test_what_stands_around_the_parts_is_ignored() -> None:
    body = b"preamble\r\n" + written(part(b"x")) + b"epilogue"
    assert parts_of(TYPE, body) == [part(b"x")]


def test_part_without_lines_has_an_empty_body() -> None:
    assert parts_of(TYPE, written(part(b""))) == [part(b"")]


@pytest.mark.parametrize(
    ("content_type", "body", "reason"),
    [
        ("multipart/form-data", written(part(b"x")), "names no boundary"),
        ("multipart/form-data; boundary=", written(part(b"x")), "names no boundary"),
        ("multipart/form-data; boundary=" + "x" * 71, b"", "names no boundary"),
        ("multipart/form-data; boundary=\u00e9", b"", "names no boundary"),
        (TYPE, b"", "no line of the body"),
        (TYPE, b"nothing of the kind", "no line of the body"),
        (TYPE, b"before" + written(part(b"x")), "has no parts"),
        (TYPE, written(), "has no parts"),
        (TYPE, written(part(b"x"))[:-8], "ends without"),
        (TYPE, written(*[part(b"x")] * 101), "more than 100 parts"),
        (TYPE, b"--a b\r\nx: y\r\n--a b--", "part 1: an empty line"),
        (TYPE, b"--a b\r\n\r\nx\r\n--a b--", "part 1: it needs 'Content-Disposition"),
        (TYPE, b"--a b more\r\n\r\nx\r\n--a b--", "part 1: something stands behind"),
        (TYPE, written(part(b"x", name="n" * 9000)), "part 1: an empty line"),
    ],
)
def test_what_is_no_form_is_refused_with_the_place(
    content_type: str, body: bytes, reason: str
) -> None:
    with pytest.raises(Problem) as caught:
        parts_of(content_type, body)
    assert (caught.value.status, caught.value.code) == (400, "bad-multipart")
    assert reason in caught.value.reason


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("x; boundary=abc", "abc"),
        ('x; Boundary="a;b"; y=1', "a;b"),
        ('x; boundary = "a\\"b"', 'a"b'),
        ("x; notboundary=abc", ""),
        ('x; y="; boundary=abc"', ""),
    ],
)
def test_parameter_of_a_header_is_found(header: str, value: str) -> None:
    assert multipart.parameter(header, "boundary") == value
