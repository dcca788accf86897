"""Which content coding is sent (RFC 9110 §12.5.3), and what is taken (§8.4), within bounds."""

import gzip
import resource
import sys
import zlib
from collections.abc import Callable

import brotli
import pytest
import zstandard

from steamkg.protocol import codings

BODY = b'{"head":{"vars":["s"]}}' * 400


@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        (None, "identity"),
        ("", "identity"),
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("GZip;Q=0.5", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate, br", "br"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("gzip;q=0.5, identity", "identity"),
        ("gzip;q=0", "identity"),
        ("deflate, compress", "identity"),
        ("*", "identity"),
        ("br;q=0, *;q=0.1", "identity"),
        ("identity;q=0", None),
        ("identity;q=0, gzip;q=0.1", "gzip"),
        ("identity;q=0, *", "gzip"),
        ("identity;q=0, gzip;q=0, *;q=0.5", "br"),
        ("*;q=0", None),
        ("*;q=0, br", "br"),
        ("gzip;q=high", "identity"),
    ],
)
def test_coding_is_the_one_that_the_client_likes_best(accept: str | None, coding: str) -> None:
    assert codings.choose(accept) == coding


def test_small_body_is_coded_only_where_identity_is_refused() -> None:
    assert codings.choose("gzip", is_small=True) == "identity"
    assert codings.choose("gzip, identity;q=0", is_small=True) == "gzip"


def test_codings_are_undone_by_their_decoders() -> None:
    assert zstandard.ZstdDecompressor().decompress(codings.encode(BODY, "zstd")) == BODY
    assert brotli.decompress(codings.encode(BODY, "br")) == BODY
    assert gzip.decompress(codings.encode(BODY, "gzip")) == BODY
    assert codings.encode(BODY, "identity") == BODY
    assert all(len(codings.encode(BODY, one)) < len(BODY) / 10 for one in codings.PREFERRED)


CODED: dict[str, list[Callable[[bytes], bytes]]] = {
    "gzip": [gzip.compress, lambda body: gzip.compress(body[:100]) + gzip.compress(body[100:])],
    "deflate": [zlib.compress, lambda body: zlib.compress(body)[2:-4]],
    "br": [brotli.compress],
    "zstd": [
        zstandard.ZstdCompressor().compress,
        zstandard.ZstdCompressor(write_content_size=False).compress,
        lambda body: b"".join(map(zstandard.ZstdCompressor().compress, (body[:9], body[9:]))),
    ],
}
ALL = [(coding, code) for coding, codes in CODED.items() for code in codes]


@pytest.mark.parametrize(("coding", "code"), ALL)
def test_sent_body_is_decoded_up_to_the_limit(coding: str, code: Callable[[bytes], bytes]) -> None:
    for body in (BODY, b"x", b""):
        assert codings.decode(code(body), coding, len(body)) == body
    with pytest.raises(codings.TooLargeError):
        codings.decode(code(BODY), coding, len(BODY) - 1)


@pytest.mark.parametrize(("coding", "code"), ALL)
def test_damaged_body_is_an_error_and_never_cut(
    coding: str, code: Callable[[bytes], bytes]
) -> None:
    coded = code(BODY)
    for damaged in (coded[:-1], coded[:-5], coded[:6], b"no such thing", coded + b"more of it"):
        with pytest.raises(ValueError, match=r".") as caught:
            codings.decode(damaged, coding, 1_000_000)
        assert not isinstance(caught.value, codings.TooLargeError)


@pytest.mark.skipif(sys.platform != "linux", reason="counts in kilobytes")
@pytest.mark.parametrize(("coding", "code"), ALL)
def test_bomb_takes_little_more_memory_than_the_limit(
    coding: str, code: Callable[[bytes], bytes]
) -> None:
    bomb = code(bytes(300_000_000))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(codings.TooLargeError):
        codings.decode(bomb, coding, 1_000_000)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (None, ()),
        ("", ()),
        ("identity", ()),
        ("X-GZip", ("gzip",)),
        ("gzip, identity , br", ("gzip", "br")),
    ],
)
def test_codings_are_read_in_the_order_applied(header: str | None, found: tuple[str, ...]) -> None:
    assert codings.of_header(header) == found


@pytest.mark.parametrize("header", ["compress", "gzip;q=1", "gzip, gzip, gzip"])
def test_coding_that_cannot_be_undone_is_told(header: str) -> None:
    with pytest.raises(codings.UnknownCodingError):
        codings.of_header(header)
