"""Where an IRI is shown: pages of this host for our own, the address itself for others.

A page is the one in the language of the request.

Only ``http`` and ``https`` become links: a query may compute ``javascript:`` IRIs.
"""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlencode

from steamkg.graph.names import BASE, ENTITY, PREFIXES
from steamkg.web.language import local_path

ENTITY_PATH: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,79}/[a-z0-9][a-z0-9-]{0,159}")
"""``<kind>/<slug>``: ASCII, lower case (DESIGN §2), of a length that a person can read."""

_OURS: Final = re.compile(r"(?:ontology|shapes)(?:#[A-Za-z0-9_-]+)?|graph/[a-z0-9/-]+")
_VERSION: Final = re.compile(r"ontology/[0-9.]+")
"""Leads to the ontology served, or to nothing; has no page of its own."""
_CURIE: Final = re.compile(r"([a-z]+):([A-Za-z][A-Za-z0-9_-]*)")
_LOCAL: Final = re.compile(r"[A-Za-z0-9_-]+")


def href(iri: str) -> str | None:
    """The link for an IRI: a path of this host, an outside address, or None for no link."""
    name = iri.removeprefix(BASE)
    if name != iri:
        if iri.startswith(ENTITY) and ENTITY_PATH.fullmatch(iri.removeprefix(ENTITY)):
            return local_path(f"/{name}")
        if _VERSION.fullmatch(name):
            return f"/{name}"
        return local_path(f"/{name}") if _OURS.fullmatch(name) else None
    return iri if iri.startswith(("http://", "https://")) else None


def outside(iri: str) -> bool:
    """Whether an IRI belongs to somebody else."""
    return not iri.startswith(BASE)


def curie(iri: str) -> str | None:
    """``steam:Centre`` for an IRI of the house table of prefixes, else None."""
    for prefix, namespace in PREFIXES.items():
        local = iri.removeprefix(namespace)
        if local != iri and _LOCAL.fullmatch(local):
            return f"{prefix}:{local}"
    return None


def expand(name: str) -> str | None:
    """The IRI that ``steam:Centre`` stands for; None when it is no such name."""
    match = _CURIE.fullmatch(name)
    if match is None or match[1] not in PREFIXES:
        return None
    return PREFIXES[match[1]] + match[2]


def short(iri: str) -> str:
    """An IRI as a reader can take it in: a prefixed name, ``id/…`` for ours, else itself."""
    return curie(iri) or (iri.removeprefix(BASE) if iri != BASE else iri)


def words(iri: str) -> str:
    """A name for an IRI without a label: ``linkedTo`` → ``linked to``."""
    local = re.split(r"[#/]", iri.rstrip("#/"))[-1]
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", local).replace("-", " ").replace("_", " ")
    return spaced.lower() if any(letter.islower() for letter in local) else spaced


def with_query(path: str, values: Mapping[str, str]) -> str:
    """``path?name=value&…``, everything quoted."""
    return f"{quote(path)}?{urlencode(values)}" if values else quote(path)
