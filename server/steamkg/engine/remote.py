"""One question to another SPARQL endpoint: SPARQL 1.1 Protocol §2.1.2, by POST of a form.

The name of the host is resolved once, every address that it has is looked at, and the connection
goes to one of these and nowhere else; TLS still checks the name. No redirect is followed, no proxy
of the environment used, no coding of the content taken, and the whole exchange has one deadline,
which a peer that sends a byte at a time does not stretch.
"""

import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import SplitResult, urlencode, urlsplit

import httpcore
import pyoxigraph as ox

from steamkg import __version__
from steamkg.engine.failures import Cancelled, Forbidden, ResultTooLarge, ServiceFailed
from steamkg.engine.failures import ServiceTimeout as TooLate
from steamkg.engine.question import Solutions

_PORTS: Final = {"http": 80, "https": 443}
_CHUNK: Final = 1 << 16
_HEADERS: Final = (
    ("Accept", "application/sparql-results+json, application/sparql-results+xml;q=0.9"),
    ("Accept-Encoding", "identity"),
    ("Content-Type", "application/x-www-form-urlencoded"),
    ("User-Agent", f"steamkg/{__version__}"),
    ("Connection", "close"),
)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_public(address: Address) -> bool:
    """Whether an address is one of the open Internet, by IANA's registries of special ones.

    IPv6 addresses that hold one of IPv4 (mapped, translated by NAT64, 6to4, Teredo) never are: what
    they lead to is not to be seen from here.
    """
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return True
    holds_ipv4 = address.ipv4_mapped or address.sixtofour or address.teredo
    return not (holds_ipv4 or address.is_site_local or address in _NAT64 or address in _COMPATIBLE)


_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE: Final = ipaddress.IPv6Network("::/96")


@dataclass(eq=False)
class Exchange:
    """One request on its way; ``cancel`` ends it from another thread.

    With ``private`` the host may have any address. ``deadline`` is a time of ``time.monotonic``,
    ``seconds`` after the first of the requests that share it.
    """

    endpoint: str
    private: bool
    seconds: float
    result_bytes: int
    deadline: float
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _socket: socket.socket | None = None
    _cancelled: Cancelled | None = None

    def ask(self, query: str) -> Solutions:
        """The endpoint's answer to ``query``, as it came.

        Raises Forbidden for an address that may not be asked, ServiceFailed, ServiceTimeout,
        ResultTooLarge, Cancelled.
        """
        try:
            return self._ask(query)
        except (httpcore.TimeoutException, TimeoutError) as error:
            raise self._cancelled or TooLate(
                f"<{self.endpoint}> did not answer within the {self.seconds:g} seconds that "
                "other endpoints may take",
                endpoint=self.endpoint,
                seconds=self.seconds,
            ) from error
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            raise self._cancelled or self._failure(f"cannot be asked: {error}") from error

    def cancel(self, why: Cancelled) -> None:
        """End it; ``ask`` then raises ``why``."""
        with self._lock:
            self._cancelled = why
            if self._socket is not None:
                with suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)

    def opened(self, connected: socket.socket | None) -> None:
        """A socket to the endpoint is open."""
        with self._lock:
            self._socket = connected
            if self._cancelled is not None:
                raise self._cancelled

    def left(self) -> float:
        """Seconds left. Raises TimeoutError."""
        seconds = self.deadline - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds

    def _ask(self, query: str) -> Solutions:
        parts = urlsplit(self.endpoint)
        host = str(parts.hostname)
        port = parts.port or _PORTS[parts.scheme]
        addresses = self._allowed(_resolved(host, port, self.left()))
        origin = httpcore.Origin(parts.scheme.encode(), host.encode(), port)
        context = ssl.create_default_context() if parts.scheme == "https" else None
        content = urlencode({"query": query}).encode()
        headers = [("Host", parts.netloc), ("Content-Length", str(len(content))), *_HEADERS]
        backend = _Pinned(self, addresses)
        with (
            httpcore.HTTPConnection(origin, ssl_context=context, network_backend=backend) as opened,
            opened.stream(
                "POST",
                httpcore.URL(
                    scheme=origin.scheme, host=origin.host, port=port, target=_target(parts)
                ),
                headers=headers,
                content=content,
            ) as response,
        ):
            return self._read(response)

    def _read(self, response: httpcore.Response) -> Solutions:
        headers = {name.lower(): value.decode("latin-1") for name, value in response.headers}
        if 300 <= response.status < 400:
            raise self._failure(
                f"answered with a redirect ({response.status}), and none is followed; the "
                "operator has to list the address it leads to"
            )
        if response.status != 200:
            raise self._failure(f"answered with status {response.status}")
        if headers.get(b"content-encoding", "identity").casefold() != "identity":
            raise self._failure("answered in a content coding that was not asked for")
        media_type = headers.get(b"content-type", "").partition(";")[0].strip().casefold()
        if ox.QueryResultsFormat.from_media_type(media_type) is None:
            raise self._failure(f"answered with {media_type or 'no media type'}, and no result")
        parts, size = [], 0
        for part in response.iter_stream():
            size += len(part)
            if size > self.result_bytes:
                raise ResultTooLarge(
                    f"<{self.endpoint}> has more than the {self.result_bytes:,} bytes of solutions "
                    "that one SERVICE block may have; say more in the block, for it is asked on "
                    "its own: bind its variables with VALUES, or set a LIMIT in a subquery",
                    limit=self.result_bytes,
                    endpoint=self.endpoint,
                )
            parts.append(part)
        return Solutions(media_type=media_type, body=b"".join(parts))

    def _allowed(self, addresses: list[Address]) -> list[Address]:
        """The addresses of the host, every one of which has to be such as may be asked."""
        for address in addresses:
            if address.is_multicast or address.is_unspecified:
                allowed = False
            else:
                allowed = self.private or is_public(address)
            if not allowed:
                raise Forbidden(
                    f"SERVICE <{self.endpoint}> is refused: its host has an address that is not "
                    "of the open Internet, and the operator has not listed it as such "
                    "(STEAMKG_SERVICE_PRIVATE_ENDPOINTS)"
                )
        return addresses

    def _failure(self, what: str) -> ServiceFailed:
        return ServiceFailed(f"<{self.endpoint}> {what}", endpoint=self.endpoint)


def _target(parts: SplitResult) -> bytes:
    path = parts.path or "/"
    return (f"{path}?{parts.query}" if parts.query else path).encode()


def _resolved(host: str, port: int, seconds: float) -> list[Address]:
    """All addresses of a host. Raises OSError, TimeoutError.

    In a thread of its own, for the system's resolver knows no deadline; it ends by itself.
    """
    outcome: queue.SimpleQueue[list[Any] | OSError] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            outcome.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:  # a label that is too long is a UnicodeError
            outcome.put(error if isinstance(error, OSError) else OSError(str(error)))

    threading.Thread(target=look_up, name=f"look up {host}", daemon=True).start()
    try:
        found = outcome.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(found, OSError):
        raise found
    # A zone (fe80::1%eth0) is no part of what the registries speak of.
    names = dict.fromkeys(str(one[4][0]).partition("%")[0] for one in found)
    return [ipaddress.ip_address(name) for name in names]


class _Pinned(httpcore.NetworkBackend):
    """Connects to the addresses given, whatever host it is told."""

    def __init__(self, exchange: Exchange, addresses: list[Address]) -> None:
        self._exchange = exchange
        self._addresses = addresses

    def connect_tcp(
        self,
        host: str,  # noqa: ARG002  # resolved already
        port: int,
        timeout: float | None = None,  # noqa: ARG002  # there is one deadline for all
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        """A connection to the first of the addresses that takes one."""
        failure: OSError = OSError("the host has no address")
        for address in self._addresses:
            family = socket.AF_INET if address.version == 4 else socket.AF_INET6
            connected = socket.socket(family, socket.SOCK_STREAM)
            try:
                connected.settimeout(self._exchange.left())
                connected.connect((str(address), port))
            except OSError as error:
                connected.close()
                if isinstance(error, TimeoutError):
                    raise
                failure = error
                continue
            return _Stream(connected, self._exchange)
        raise failure


class _Stream(httpcore.NetworkStream):
    """A connection whose every step ends at the exchange's deadline."""

    def __init__(self, connected: socket.socket, exchange: Exchange) -> None:
        self._socket = connected
        self._exchange = exchange
        exchange.opened(connected)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        """Some bytes."""
        self._socket.settimeout(self._exchange.left())
        return self._socket.recv(min(max_bytes, _CHUNK))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        """Send all of it; the deadline is for the whole (socket.sendall)."""
        self._socket.settimeout(self._exchange.left())
        self._socket.sendall(buffer)

    def close(self) -> None:
        """End the connection."""
        self._socket.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        """The same connection under TLS, for the name of the host and not its address."""
        self._socket.settimeout(self._exchange.left())
        wrapped = ssl_context.wrap_socket(self._socket, server_hostname=server_hostname)
        return _Stream(wrapped, self._exchange)

    def get_extra_info(self, info: str) -> Any:
        """The TLS connection, for what httpcore asks of it."""
        if info == "ssl_object" and isinstance(self._socket, ssl.SSLSocket):
            return self._socket
        return None
