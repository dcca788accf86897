"""The table of partners on the page of a network, category, municipality or county."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from steamkg.graph.names import ENTITY
from steamkg.web import links
from steamkg.web.naming import collated, status_words
from steamkg.web.rows import Row, text_of
from steamkg.web.said import Named, named

_STATUS: Final = ENTITY + "partnership-status/"


@dataclass(frozen=True, kw_only=True)
class Partner:
    """A partnership as a row: ``status`` is a slug, ``said`` what it is called."""

    partner: Named
    status: str
    said: str
    category: Named
    territories: tuple[Named, ...]
    partnership: str | None


def table(rows: Iterable[Row]) -> tuple[Partner, ...]:
    """From the rows of ``pages/partners-of``: existing ones first, then by name."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(text_of(row, "partnership") or "", []).append(row)
    listed = [_partner(same) for same in found.values()]
    return tuple(sorted(listed, key=lambda one: (one.status, collated(one.partner.name.text))))


def _partner(rows: list[Row]) -> Partner:
    row = rows[0]
    status = (text_of(row, "status") or "").removeprefix(_STATUS)
    return Partner(
        partner=named(row, "partner", "name"),
        status=status,
        said=status_words(status),
        category=named(row, "category", "category"),
        territories=tuple(
            dict.fromkeys(
                named(one, "territory", "territory") for one in rows if "territory" in one
            )
        ),
        partnership=links.href(text_of(row, "partnership") or ""),
    )
