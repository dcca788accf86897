"""Which content coding is sent: RFC 9110 §12.5.3."""

import gzip

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
