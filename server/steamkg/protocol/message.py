"""A request and a response, as the protocol sees them; a web framework has to fill them in."""

from collections.abc import Callable
from dataclasses import dataclass

from steamkg.protocol.cache import Stored


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """An HTTP request to the endpoint.

    ``query_string`` is as on the wire, percent-encoded. ``read(n)`` gives up to ``n`` bytes of the
    body; ``content_length`` is None when the client did not tell. ``url`` is the endpoint's own
    address as the client wrote it, without query string. ``host`` and ``origin`` are the headers
    that tell whether a page of another site sent it. ``client`` is where it comes from, for the
    limits that each client has.
    """

    method: str
    url: str
    query_string: str
    accept: str | None
    content_type: str | None
    content_encoding: str | None
    content_length: int | None
    read: Callable[[int], bytes]
    accept_encoding: str | None = None
    if_match: str | None = None
    if_none_match: str | None = None
    client: str = ""
    authorization: str | None = None
    host: str | None = None
    origin: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Response:
    """A complete HTTP response; its length is that of the body.

    ``stored`` is the result that it carries, if it is one that may be kept; ``query`` is the hash
    of the query answered, and ``code`` the name of the problem, both for logs.
    """

    status: int
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    stored: Stored | None = None
    query: str = ""
    code: str = ""
