"""Content codings: RFC 9110 §8.4 and §12.5.3, RFC 8878 (zstd), RFC 7932 (br).

What clients send is decoded up to a limit, so that a small body cannot become a huge one: no more
than the limit is ever written out, whatever the coded bytes promise.

Levels are chosen for answers that are made while somebody waits: a tenth of the size in a few
milliseconds a megabyte, rather than the last per cent.
"""

import gzip
import re
import zlib
from collections.abc import Callable
from functools import lru_cache
from typing import Final

import brotli
import zstandard

IDENTITY: Final = "identity"
PREFERRED: Final = ("zstd", "br", "gzip")
"""In the server's order, for clients that like several equally well."""

_CODE: Final[dict[str, Callable[[bytes], bytes]]] = {
    # A compressor of its own for each call: they are not to be shared by threads.
    "zstd": lambda body: zstandard.ZstdCompressor(level=6).compress(body),
    "br": lambda body: brotli.compress(body, quality=5),
    "gzip": lambda body: gzip.compress(body, compresslevel=6, mtime=0),
}
READ: Final = (*PREFERRED, "deflate")
"""What a body that is sent here may be coded in."""
_ALIASES: Final = {"x-gzip": "gzip"}
_MOST_CODINGS: Final = 2
"""Codings on top of each other; nobody needs two, and each may multiply the size."""
_WINDOW: Final = 1 << 23
"""Bytes of history that a zstd frame may ask for (RFC 8878 §3.1.1.1.2 recommends 8 MB)."""
_SIP: Final = 512
"""Bytes of zstd read at once: a block has three at least, and gives 128 KB at most."""
_CUT: Final = "it ends too early"
_GZIP, _ZLIB, _RAW = 31, 15, -15
"""What zlib calls the wrappers of RFC 1952 and RFC 1950, and none (RFC 1951)."""
_QUALITY: Final = re.compile(r"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")


def encode(body: bytes, coding: str) -> bytes:
    """``body`` in a coding; the same bytes give the same bytes."""
    return body if coding == IDENTITY else _CODE[coding](body)


class UnknownCodingError(ValueError):
    """A coding that cannot be undone here."""


class TooLargeError(ValueError):
    """More bytes come out than may."""


def of_header(content_encoding: str | None) -> tuple[str, ...]:
    """The codings of a body, in the order they were applied. Raises UnknownCodingError."""
    names = [one.strip().casefold() for one in (content_encoding or "").split(",")]
    found = tuple(_ALIASES.get(one, one) for one in names if one not in ("", IDENTITY))
    if len(found) > _MOST_CODINGS:
        raise UnknownCodingError(f"more than {_MOST_CODINGS} codings")
    for one in found:
        if one not in READ:
            raise UnknownCodingError(one)
    return found


def decode(body: bytes, coding: str, most: int) -> bytes:
    """``body`` without its coding. Raises TooLargeError, and ValueError for what is none such."""
    decoded = _DECODE[coding](body, most) if body else body
    if len(decoded) > most:
        raise TooLargeError(coding)
    return decoded


def _from_zstd(body: bytes, most: int) -> bytes:
    # Only this reader tells where a frame ends; it has no limit, so it gets little at a time.
    decompressor = zstandard.ZstdDecompressor(max_window_size=_WINDOW)
    frame = decompressor.decompressobj()
    parts, position = [], 0
    try:
        while most >= 0 and position < len(body):
            if frame.eof:
                frame = decompressor.decompressobj()
            sip = body[position : position + _SIP]
            part = frame.decompress(sip)
            position += len(sip) - len(frame.unused_data)
            parts.append(part)
            most -= len(part)
    except zstandard.ZstdError as error:
        raise ValueError(str(error)) from error
    if most >= 0 and not frame.eof:
        raise ValueError(_CUT)
    return b"".join(parts)


def _from_brotli(body: bytes, most: int) -> bytes:
    decompressor = brotli.Decompressor()
    parts, size, sent = [], 0, body
    try:
        while size <= most and not decompressor.is_finished():
            part = decompressor.process(sent, output_buffer_limit=most + 1 - size)
            if not part and decompressor.can_accept_more_data():
                break
            sent = b""
            parts.append(part)
            size += len(part)
    except brotli.error as error:
        raise ValueError(str(error)) from error
    if size <= most and not decompressor.is_finished():
        raise ValueError(_CUT)
    return b"".join(parts)


def _from_gzip(body: bytes, most: int) -> bytes:
    parts: list[bytes] = []
    while body and most >= 0:  # RFC 1952 §2.2: members follow each other
        part, body = _inflated(body, most, _GZIP)
        parts.append(part)
        most -= len(part)
    return b"".join(parts)


def _from_deflate(body: bytes, most: int) -> bytes:
    # RFC 9110 §8.4.1.2: some send it without the wrapper that it should have.
    try:
        decoded, rest = _inflated(body, most, _ZLIB)
    except ValueError:
        decoded, rest = _inflated(body, most, _RAW)
    if rest and len(decoded) <= most:
        raise ValueError("something follows it")
    return decoded


def _inflated(body: bytes, most: int, wrapper: int) -> tuple[bytes, bytes]:
    """What comes out, up to a byte more than ``most``, and what is left behind it."""
    decompressor = zlib.decompressobj(wrapper)
    try:
        decoded = decompressor.decompress(body, most + 1)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if len(decoded) <= most and not decompressor.eof:
        raise ValueError(_CUT)
    return decoded, decompressor.unused_data


_DECODE: Final[dict[str, Callable[[bytes, int], bytes]]] = {
    "zstd": _from_zstd,
    "br": _from_brotli,
    "gzip": _from_gzip,
    "deflate": _from_deflate,
}


def choose(accept_encoding: str | None, *, is_small: bool = False) -> str | None:
    """The coding to send; None when the client takes none that there is.

    What ``is_small`` is sent as it is, unless the client refuses that. A bare ``*`` names no
    coding, so it is a reason to code only where identity is refused.
    """
    if not accept_encoding:
        return IDENTITY
    return _chosen(accept_encoding, is_small)


@lru_cache(maxsize=256)
def _chosen(accept_encoding: str, is_small: bool) -> str | None:
    qualities = _qualities(accept_encoding)
    other = qualities.get("*")
    identity = qualities.get(IDENTITY, 1.0 if other is None else other)
    named = [(qualities[one], one) for one in PREFERRED if qualities.get(one)]
    best = max(named, key=lambda pair: pair[0], default=(0.0, ""))
    if identity > 0 and (is_small or best[0] < qualities.get(IDENTITY, 0.0) or not best[0]):
        return IDENTITY
    if best[0]:
        return best[1]
    if other:
        return next((one for one in PREFERRED[::-1] if one not in qualities), None)
    return None


def _qualities(accept_encoding: str) -> dict[str, float]:
    """Coding to quality; a member that cannot be read is as good as not there."""
    found: dict[str, float] = {}
    for member in accept_encoding.split(","):
        name, *parameters = (part.strip().casefold() for part in member.split(";"))
        quality = 1.0
        for parameter in parameters:
            key, _, value = (part.strip() for part in parameter.partition("="))
            if key == "q":
                if not _QUALITY.fullmatch(value):
                    name = ""
                    break
                quality = float(value)
        if name:
            found[_ALIASES.get(name, name)] = quality
    return found
