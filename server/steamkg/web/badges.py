"""Badges: a word about a thing as a whole, above all in which way the documents say it."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from flask_babel import gettext

from steamkg.graph.names import ENTITY, STEAM
from steamkg.web import links
from steamkg.web.naming import Text

_KNOWN: Final = frozenset(("stated", "plan", "proposal", "possibility", "existing", "potential"))
_ORGANISATION: Final = ENTITY + "organisation/"
_PROBLEM: Final = STEAM + "Problem"


@dataclass(frozen=True, kw_only=True)
class Badge:
    """A word about the thing as a whole; ``style`` chooses its look."""

    text: Text
    style: str
    href: str | None = None


def modality(iri: str, name: Text, *, of: str, kinds: Collection[str] = ()) -> Badge:
    """In which way ``of``, a thing of these kinds, is said; ``name``: what the modality is called.

    A problem in the future tense is nobody's plan; an organisation that is stated is only named.
    """
    style = slug(iri)
    words = name
    if style == "plan" and _PROBLEM in kinds:
        words = Text(text=gettext("foreseen by the document"))
    elif style == "stated" and of.startswith(_ORGANISATION):
        words = Text(text=gettext("named in a document"))
    return Badge(text=words, style=style, href=links.href(iri))


def slug(iri: str) -> str:
    """What the look of a modality or status is called."""
    last = iri.removeprefix(ENTITY).rsplit("/", 1)[-1]
    return last if last in _KNOWN else "asof"
