"""The body of a request: its media type, its characters, and its bytes without their coding.

Read as far as it may go and no further; what is coded is held to the same limit before and after.
RFC 9110 §8.3 and §8.4.
"""

from http import HTTPStatus
from typing import Final

from steamkg.protocol import codings
from steamkg.protocol.failures import Problem, bad_request
from steamkg.protocol.message import Request

_UTF8: Final = ("utf-8", "utf8")


def body_type(request: Request) -> str:
    """The media type of the body, which has to be in UTF-8 and in codings that can be undone.

    Empty where the client did not say. Raises Problem (415).
    """
    _codings(request)
    return type_of(request.content_type)


def type_of(content_type: str | None) -> str:
    """The media type that a Content-Type names. Raises Problem (415) for another charset."""
    media_type, *parameters = (part.strip() for part in (content_type or "").split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        charset = value.strip().strip('"').casefold()
        if name.strip().casefold() == "charset" and charset not in _UTF8:
            raise Problem(
                status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                code="unsupported-charset",
                reason=f"send it in UTF-8, not in {charset}",
            )
    return media_type.casefold()


def read_body(request: Request, most: int) -> bytes:
    """The body without its coding, of up to ``most`` bytes. Raises Problem (400, 413 or 415)."""
    applied = _codings(request)
    if request.content_length is not None and request.content_length > most:
        raise _too_large(most)
    body = request.read(most + 1)
    if len(body) > most:
        raise _too_large(most)
    for coding in reversed(applied):
        try:
            body = codings.decode(body, coding, most)
        except codings.TooLargeError as error:
            raise _too_large(most) from error
        except ValueError as error:
            raise bad_request("bad-coding", f"the body is no {coding}: {error}") from error
    return body


def decoded(body: bytes) -> str:
    """The text of a body. Raises Problem (400) for what is not UTF-8."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise not_utf8(f"byte {error.start} of the body") from error


def not_utf8(where: str) -> Problem:
    """The problem of bytes that make no text."""
    return bad_request("not-utf-8", f"{where} is not UTF-8")


def _codings(request: Request) -> tuple[str, ...]:
    try:
        return codings.of_header(request.content_encoding)
    except codings.UnknownCodingError as error:
        # RFC 9110 §12.5.3: what could be sent instead.
        raise Problem(
            status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            code="unsupported-encoding",
            reason=f"send the body as it is or in one of {', '.join(codings.READ)}, not {error}",
            headers=(("Accept-Encoding", ", ".join(codings.READ)),),
        ) from error


def _too_large(most: int) -> Problem:
    return Problem(
        status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        code="request-too-large",
        reason=f"the body of a request may have up to {most:,} bytes, without its coding, too",
        members={"limit": most},
    )
