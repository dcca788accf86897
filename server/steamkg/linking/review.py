"""The sheet that a person fills in: one row for each candidate, and a column for the decision.

A row of the list without a candidate keeps a row here, so that nothing goes missing; whoever knows
better may write another IRI into it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from steamkg.linking.catalogue import Found
from steamkg.linking.tables import Row, Table

COLUMNS: Final = (
    "row",
    "name",
    "identifier",
    "candidate",
    "kind",
    "label",
    "score",
    "reason",
    "verdict",
    "decision",
)
_NEEDED: Final = ("row", "name", "candidate", "reason", "decision")


class Decision(StrEnum):
    """What a person may write into the last column; empty is not decided."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"


class ReviewError(Exception):
    """A reviewed sheet cannot be used; one line for each fault, with file and line."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A name in somebody's list."""

    row: int
    name: str
    identifier: str = ""
    """What the list itself calls it, when a column for that was named."""


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """A person's decision that the name means the thing."""

    entry: Entry
    thing: str
    reason: str
    score: str


def entries(table: Table, column: str, identifier: str = "") -> tuple[Entry, ...]:
    """The names in ``column``; rows without one are left out."""
    return tuple(
        Entry(
            row=row.line,
            name=" ".join(row.cells[column].split()),
            identifier=row.cells[identifier].strip() if identifier else "",
        )
        for row in table.rows
        if row.cells[column].strip()
    )


def rows(found: Iterable[tuple[Entry, Found]]) -> Iterator[tuple[str, ...]]:
    """The rows of the sheet, under ``COLUMNS``; the decision is empty."""
    for entry, result in found:
        verdict = _verdict(result)
        start = (str(entry.row), entry.name, entry.identifier)
        if not result.candidates:
            yield (*start, "", "", "", "", "", verdict, "")
        for one in result.candidates:
            label = f"{one.label} ({one.matched})" if one.matched else one.label
            score = f"{one.score:.1f}"
            yield (*start, one.thing, one.kind, label, score, one.reason, verdict, "")


def _verdict(found: Found) -> str:
    if found.only_its_area:
        return "ambiguous: an area; the list may mean the body of that name, which is not here"
    if found.verdict == "ambiguous":
        return f"ambiguous: nothing decides between {found.rivals} candidates"
    return {
        "clear": "clear",
        "unsure": "unsure: nothing is close",
        "none": "no candidate",
    }[found.verdict]


def accepted(table: Table, things: Mapping[str, str]) -> tuple[Accepted, ...]:
    """What was accepted in a reviewed sheet; ``things`` are those that the graph has.

    Raises ReviewError with every fault of the sheet.
    """
    missing = [column for column in _NEEDED if column not in table.columns]
    if missing:
        raise ReviewError(
            f"{table.name}: no column {' and no column '.join(missing)}; "
            "a reviewed sheet is what `steamkg link FILE --output SHEET` wrote"
        )
    faults: list[str] = []
    kept: list[Accepted] = []
    for row in table.rows:
        decision = row.cells["decision"].strip().casefold()
        fault = _fault(row, decision, things)
        if fault:
            faults.append(f"{table.name}, line {row.line}: {fault}")
        elif decision == Decision.ACCEPTED:
            kept.append(_accepted(row))
    faults += _accepted_twice(table.name, kept)
    if faults:
        raise ReviewError("\n".join(faults))
    return tuple(kept)


def _accepted(row: Row) -> Accepted:
    cells = row.cells
    entry = Entry(
        row=int(cells["row"]), name=cells["name"], identifier=cells.get("identifier", "").strip()
    )
    thing, score = cells["candidate"].strip(), cells.get("score", "").strip()
    return Accepted(entry=entry, thing=thing, reason=cells["reason"].strip(), score=score)


def _fault(row: Row, decision: str, things: Mapping[str, str]) -> str:
    """What is wrong with the row; "" when nothing is."""
    if decision not in ("", *Decision):
        allowed = " or ".join(repr(one.value) for one in Decision)
        return f"decision {row.cells['decision']!r} is neither {allowed} nor empty"
    if decision != Decision.ACCEPTED:
        return ""
    candidate = row.cells["candidate"].strip()
    if not candidate:
        return "accepted, but there is no candidate; write the IRI of the thing or clear the cell"
    if candidate not in things:
        return f"accepted, but the graph has no thing <{candidate}>"
    if not row.cells["row"].strip().isdecimal():
        return f"row {row.cells['row']!r} is no number; leave that column as it was"
    return ""


def _accepted_twice(name: str, kept: Sequence[Accepted]) -> Iterator[str]:
    """One name means one thing: an identifier that two things share identifies neither."""
    by_entry: dict[tuple[str, str], set[str]] = {}
    for one in kept:
        key = (one.entry.identifier, "") if one.entry.identifier else ("", one.entry.name)
        by_entry.setdefault(key, set()).add(one.thing)
    for (identifier, written), things in by_entry.items():
        if len(things) > 1:
            which = " and ".join(f"<{thing}>" for thing in sorted(things))
            yield f"{name}: {identifier or written!r} is accepted for {which}; choose one"
