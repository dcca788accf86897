"""Content codings: RFC 9110 §8.4 and §12.5.3, RFC 8878 (zstd), RFC 7932 (br).

Levels are chosen for answers that are made while somebody waits: a tenth of the size in a few
milliseconds a megabyte, rather than the last per cent.
"""

import gzip
import re
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
_ALIASES: Final = {"x-gzip": "gzip"}
_QUALITY: Final = re.compile(r"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")


def encode(body: bytes, coding: str) -> bytes:
    """``body`` in a coding; the same bytes give the same bytes."""
    return body if coding == IDENTITY else _CODE[coding](body)


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
