"""The formats in which a page's subject is to be had: HTML beside those of the protocol layer.

Reads the one table of ``protocol/formats.py``. ``?format=`` wins over ``Accept``; a client that
takes anything gets the page.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from flask import Request, Response

from steamkg.engine.question import Answer, Question
from steamkg.protocol import negotiate
from steamkg.protocol.formats import CHOICES, Format, Kind, Offer, named, offers
from steamkg.web.errors import NotOfferedError
from steamkg.web.results import Download
from steamkg.web.site import current_site

SOLUTIONS: Final = Kind.SOLUTIONS
TRIPLES: Final = Kind.TRIPLES

_HTML: Final = ("text/html", "application/xhtml+xml")
_PAGE_NAMES: Final = ("html", "text/html")
_OF_DATASETS: Final = frozenset(("trig", "nq"))
"""What holds several graphs is understood, but not advertised for one."""


def choose(kind: Kind, request: Request, *, page: bool = True) -> Offer | None:
    """The format that the client wants; None for the page. Raises NotOfferedError (406).

    Without ``page`` there is no page to be had, and None never comes back.
    """
    wanted = request.args.get("format")
    if wanted is not None:
        if page and wanted.casefold() in _PAGE_NAMES:
            return None
        return _or_refuse(named(wanted, kind), kind, page=page)
    known = {offer.media_type: offer for offer in reversed(offers(kind))}
    types = (*(_HTML if page else ()), *dict.fromkeys(offer.media_type for offer in offers(kind)))
    chosen = negotiate.choose(request.headers.get("Accept"), types)
    if chosen in _HTML:
        return None
    return _or_refuse(known.get(chosen or ""), kind, page=page)


def by_extension(kind: Kind, extension: str) -> Offer | None:
    """The format whose files end in ``extension``."""
    return next(
        (
            Offer(form, form.media_type)
            for form in CHOICES
            if form.kind in kind and form.extension == extension
        ),
        None,
    )


def asked_for(question: Question, offer: Offer) -> Question:
    """The question, to be answered in a format."""
    if offer.format.kind is Kind.SOLUTIONS:
        return replace(question, solutions=offer.format.media_type, triples=None)
    return replace(question, triples=offer.format.media_type, solutions=None)


def downloads(kind: Kind, href: Callable[[Format], str]) -> tuple[Download, ...]:
    """A link for each format that is advertised."""
    return tuple(
        Download(label=label(form), media_type=form.media_type, href=href(form))
        for form in advertised(kind)
    )


def advertised(kind: Kind) -> tuple[Format, ...]:
    """The formats that pages offer for a kind of result."""
    return tuple(
        form for form in CHOICES if form.kind in kind and form.extension not in _OF_DATASETS
    )


def handed_over(question: Question, name: str, *, file: str = "result") -> Response:
    """The complete result in a format, as a file."""
    site = current_site()
    solutions, triples = named(name, Kind.SOLUTIONS), named(name, Kind.TRIPLES)
    if solutions is None and triples is None:
        raise NotOfferedError(tuple(form.names[0] for form in advertised(SOLUTIONS | TRIPLES)))
    answer = site.ask(
        replace(
            question,
            solutions=solutions.format.media_type if solutions else None,
            triples=triples.format.media_type if triples else None,
        )
    )
    offer = solutions if answer.form in ("SELECT", "ASK") else triples
    return _file(answer, offer, file)


def label(form: Format) -> str:
    """What a link to a format says: ``JSON`` rather than ``SPARQL Results JSON``."""
    return form.title.removeprefix("SPARQL Results ")


def _or_refuse(offer: Offer | None, kind: Kind, *, page: bool) -> Offer:
    if offer is None:
        own = tuple(form.media_type for form in CHOICES if form.kind in kind)
        raise NotOfferedError((*(_HTML[:1] if page else ()), *own))
    return offer


def _file(answer: Answer, offer: Offer | None, name: str) -> Response:
    if offer is None:
        raise TypeError(answer.form)
    response = Response(answer.body, content_type=offer.content_type)
    file = f"{name}.{offer.format.extension}"
    response.headers["Content-Disposition"] = f'attachment; filename="{file}"'
    return response
