"""Who may write: nobody, whoever has the token, or everybody on this machine.

RFC 6750 for the token, which is known here by its hash only (``tokens.py``).

Without a token, a browser is the danger: a page from anywhere may post a form to 127.0.0.1. So a
request that names another origin, or a host that is no loopback name (which a domain pointed at
127.0.0.1 would be), is refused.
"""

import ipaddress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from steamkg.protocol import tokens
from steamkg.protocol.failures import Problem
from steamkg.protocol.message import Request

_REALM: Final = 'Bearer realm="steamkg writes"'


@dataclass(frozen=True, kw_only=True)
class Permission:
    """``mode`` is "off", "token" or "open"; ``token_hash`` the SHA-256 in hexadecimal."""

    mode: str = "off"
    token_hash: str = ""

    @property
    def is_off(self) -> bool:
        """Whether nobody may write."""
        return self.mode == "off"

    def require(self, request: Request) -> None:
        """Let ``request`` write. Raises Problem (401 or 403)."""
        if self.mode == "token":
            self._require_token(request)
        elif self.mode == "open":
            _require_neighbour(request)
        else:
            raise Problem(
                status=HTTPStatus.FORBIDDEN,
                code="read-only",
                reason="the data served here are read-only",
            )

    def _require_token(self, request: Request) -> None:
        if tokens.is_allowed(request.authorization, self.token_hash):
            return
        wrong = ', error="invalid_token"' if request.authorization else ""
        raise Problem(
            status=HTTPStatus.UNAUTHORIZED,
            code="token-needed",
            reason="writing here needs the right token: 'Authorization: Bearer …'",
            headers=(("WWW-Authenticate", _REALM + wrong),),
        )


def _require_neighbour(request: Request) -> None:
    host = request.host or ""
    origin = request.origin
    if _is_loopback(host) and (origin is None or urlsplit(origin).netloc == host):
        return
    raise Problem(
        status=HTTPStatus.FORBIDDEN,
        code="foreign-origin",
        reason="writing here is open to programs on this machine, addressed as 127.0.0.1, [::1] or "
        "localhost, and not to pages of other sites",
    )


def _is_loopback(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
