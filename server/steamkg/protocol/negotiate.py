"""Content negotiation: RFC 9110 §12.5.1.

A media range is judged by its most specific match, so ``text/*, text/csv;q=0`` takes any text but
CSV. Between offers of the same quality the server's order decides.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

# Quoted strings may hold commas and semicolons (RFC 9110 §5.6.4).
_PARTS: Final = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*"?)+')
_PARAMETERS: Final = re.compile(r'(?:[^;"]|"(?:[^"\\]|\\.)*"?)+')
_NAME: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_RANGE: Final = re.compile(rf"({_NAME})/({_NAME})")
_QUALITY: Final = re.compile(r"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")
_HARMLESS: Final = frozenset(("charset=utf-8", "charset=utf8", 'charset="utf-8"'))


class _Range(NamedTuple):
    main: str
    sub: str
    is_plain: bool
    quality: float

    def precedence(self, main: str, sub: str) -> int:
        """How specifically this range names the type; 0 when it does not."""
        if self.main == main and self.sub == sub:
            return 4 if self.is_plain else 3
        if self.main == main and self.sub == "*":
            return 2
        return 1 if self.main == "*" and self.sub == "*" else 0


@lru_cache(maxsize=512)
def choose(accept: str | None, offered: tuple[str, ...]) -> str | None:
    """The media type out of ``offered`` that the client likes best; None when it takes none.

    ``offered`` is in the server's order of preference. A missing or empty header takes anything.
    """
    if accept is None or not accept.strip():
        return offered[0] if offered else None
    ranges = _ranges(accept)
    best: str | None = None
    best_quality = 0.0
    for media_type in offered:
        quality = _quality(media_type, ranges)
        if quality > best_quality:
            best, best_quality = media_type, quality
    return best


def names(accept: str | None, media_type: str) -> bool:
    """Whether the header takes ``media_type`` by its own name and not by a wildcard."""
    main, _, sub = media_type.partition("/")
    return any(one.quality > 0 and one.precedence(main, sub) >= 3 for one in _ranges(accept or ""))


def _quality(media_type: str, ranges: Sequence[_Range]) -> float:
    main, _, sub = media_type.partition("/")
    matching = [(one.precedence(main, sub), one.quality) for one in ranges]
    precedence, quality = max(matching, default=(0, 0.0))
    return quality if precedence else 0.0


@lru_cache(maxsize=512)
def _ranges(accept: str) -> tuple[_Range, ...]:
    """The readable ranges of a header; one that is malformed is as good as not there."""
    found = []
    for part in _PARTS.findall(accept):
        pieces = [piece.strip() for piece in _PARAMETERS.findall(part)]
        match = _RANGE.fullmatch(pieces[0].casefold()) if pieces else None
        if match is None or (match[1] == "*" and match[2] != "*"):
            continue
        quality, is_plain, is_readable = 1.0, True, True
        for piece in pieces[1:]:
            name, _, value = piece.casefold().partition("=")
            if name.strip() == "q":
                is_readable = _QUALITY.fullmatch(value.strip()) is not None
                quality = float(value) if is_readable else 0.0
                break  # what follows q is an extension of Accept, not part of the type
            # A profile or version is no reason to send nothing, but the plain type comes first.
            is_plain = is_plain and piece.casefold().replace(" ", "") in _HARMLESS
        if is_readable:
            found.append(_Range(match[1], match[2], is_plain, quality))
    return tuple(found)
