"""Accepted links as Turtle in the form of this graph's own links, in house style.

One ``steam:Identification`` for each, with its evidence, and ``dcterms:identifier`` on the thing,
whose datatype is the scheme of the list (see "Links" in data/README.md). No ``owl:sameAs``: that
two things are one is a claim about the list, which only its keeper can make.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from steamkg.graph.names import BASE, PREFIXES
from steamkg.linking.review import Accepted

_SLUG: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_USED: Final = ("dcterms", "skos", "steam")
_ESCAPES: Final = str.maketrans(
    {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
)
_LANGUAGE_OF_REASONS: Final = "en"


class SchemeError(ValueError):
    """What cannot be the short name of a scheme."""


@dataclass(frozen=True, kw_only=True)
class Scheme:
    """The list as a scheme of identifiers: each name or identifier in it identifies one thing."""

    slug: str
    title: str
    licence: str
    retrieved: str
    """Date of the decision, or version of the list."""
    evidence: str
    """The list, so that another person finds the same one."""

    def __post_init__(self) -> None:
        if not _SLUG.fullmatch(self.slug):
            message = f"{self.slug!r} is no short name: small letters a-z, digits, single hyphens"
            raise SchemeError(message)


def turtle(accepted: Sequence[Accepted], scheme: Scheme) -> str:
    """The links as one Turtle document; the same decisions give the same bytes."""
    header = [f"@base <{BASE}> ."]
    header += [f"@prefix {prefix}: <{PREFIXES[prefix]}> ." for prefix in _USED]
    blocks = {
        f"<id/identifier-scheme/{scheme.slug}>": _described(scheme),
        **dict(_identifications(accepted, scheme)),
        **dict(_identified(accepted, scheme)),
    }
    body = [
        f"{subject}\n    " + " ;\n    ".join(blocks[subject]) + " .\n" for subject in sorted(blocks)
    ]
    return "\n".join(header) + "\n\n" + "\n".join(body)


def _described(scheme: Scheme) -> list[str]:
    # One name in every language: a list's title is not translated here.
    labels = " , ".join(_literal(scheme.title, language) for language in ("en", "lt"))
    return ["a steam:IdentifierScheme", f"skos:prefLabel {labels}"]


def _identifications(
    accepted: Sequence[Accepted], scheme: Scheme
) -> Iterator[tuple[str, list[str]]]:
    for one in accepted:
        evidence = f"{scheme.evidence}, row {one.entry.row} of the list"
        score = f", score {one.score}" if one.score else ""
        note = f"“{one.entry.name}”: {one.reason}{score}; accepted by a person."
        yield (
            f"<id/identification/{scheme.slug}-{one.entry.row}>",
            [
                "a steam:Identification",
                f"skos:notation {_notation(one, scheme)}",
                f"skos:note {_literal(note, _LANGUAGE_OF_REASONS)}",
                f"steam:evidence {_literal(evidence)}",
                f"steam:identifierScheme <id/identifier-scheme/{scheme.slug}>",
                f"steam:identifies <{one.thing.removeprefix(BASE)}>",
                f"steam:licence {_literal(scheme.licence)}",
                f"steam:retrieved {_literal(scheme.retrieved)}",
            ],
        )


def _identified(accepted: Sequence[Accepted], scheme: Scheme) -> Iterator[tuple[str, list[str]]]:
    by_thing: dict[str, set[str]] = {}
    for one in accepted:
        by_thing.setdefault(one.thing, set()).add(_notation(one, scheme))
    for thing, notations in by_thing.items():
        subject = f"<{thing.removeprefix(BASE)}>"
        yield subject, ["dcterms:identifier " + " , ".join(sorted(notations))]


def _notation(one: Accepted, scheme: Scheme) -> str:
    identifier = one.entry.identifier or one.entry.name
    return f"{_literal(identifier)}^^<id/identifier-scheme/{scheme.slug}>"


def _literal(text: str, language: str = "") -> str:
    return f'"{text.translate(_ESCAPES)}"' + (f"@{language}" if language else "")
