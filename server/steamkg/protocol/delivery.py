"""The last step of a response: its coding, its entity tag, and whether it has to be sent at all.

RFC 9110 §8.4 (codings), §8.8.3 (entity tags), §13.1.2 (If-None-Match); RFC 9111 §5.2.2 and
RFC 9211 (what caches are told).
"""

from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Final

from steamkg.protocol import codings, failures
from steamkg.protocol.cache import Stored
from steamkg.protocol.failures import Problem
from steamkg.protocol.message import Request, Response

VARY: Final = "Accept, Accept-Encoding"
_FRESH: Final = "public, no-cache"
"""Anyone may keep it, and asks whether it still holds: data change when they are published."""
_NEVER: Final = "no-store"


def deliver(
    response: Response,
    request: Request,
    *,
    smallest: int,
    coded: Callable[[Stored, str], bytes] | None = None,
) -> Response:
    """``response`` as this client takes it: coded, or 304 for one that it has already.

    A body under ``smallest`` bytes is not coded. ``coded`` gives the coded body of a stored
    result, where results are stored.
    """
    if not response.content_type:
        return response
    coding = codings.choose(request.accept_encoding, is_small=len(response.body) < smallest)
    headers = [header for header in response.headers if header[0] != "Vary"]
    headers.append(("Vary", VARY))
    if coding is None and response.status == HTTPStatus.OK:
        return _no_coding(request)
    coding = coding or codings.IDENTITY
    stored = response.stored
    if stored is None:
        headers.append(("Cache-Control", _NEVER))
    else:
        headers += [("ETag", stored.tag(coding)), ("Cache-Control", _FRESH)]
        if request.method in ("GET", "HEAD") and matches(request.if_none_match, stored.tag(coding)):
            return replace(response, status=304, content_type="", body=b"", headers=tuple(headers))
    if coding == codings.IDENTITY:
        return replace(response, headers=tuple(headers))
    headers.append(("Content-Encoding", coding))
    if stored is None or coded is None:
        body = codings.encode(response.body, coding)
    else:
        body = coded(stored, coding)
    return replace(response, body=body, headers=tuple(headers))


def matches(if_none_match: str | None, tag: str) -> bool:
    """Whether the header names the entity tag, compared weakly (RFC 9110 §8.8.3.2)."""
    if not if_none_match:
        return False
    if if_none_match.strip() == "*":
        return True
    # Our tags hold neither commas nor quotes, so that splitting is exact for them.
    return any(part.strip().removeprefix("W/") == tag for part in if_none_match.split(","))


def _no_coding(request: Request) -> Response:
    problem = Problem(
        status=HTTPStatus.NOT_ACCEPTABLE,
        code="no-coding",
        reason="every content coding that there is has been refused; take one of "
        + ", ".join((*codings.PREFERRED, codings.IDENTITY)),
        members={"offered": [*codings.PREFERRED, codings.IDENTITY]},
    )
    response = failures.response(problem, request.accept)
    headers = (*response.headers[:-1], ("Vary", VARY), ("Cache-Control", _NEVER))
    return replace(response, headers=headers)
