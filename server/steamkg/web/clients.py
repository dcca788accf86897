"""Who asks: the address of the client, behind however many proxies the operator has."""

import ipaddress
from typing import Final
from wsgiref.types import WSGIEnvironment

_SHOWN_BITS: Final = {4: 24, 6: 48}
"""What of an address is written down: the network, not the machine."""


def address(environ: WSGIEnvironment, proxies: int) -> str:
    """The client's address; for the limits that each client has.

    With ``proxies`` it is the one that the outermost of them wrote into X-Forwarded-For. What
    stands further left is the client's own word, and counts for nothing.
    """
    peer = str(environ.get("REMOTE_ADDR", ""))
    if not proxies:
        return peer
    forwarded = [part.strip() for part in environ.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    if len(forwarded) < proxies:
        return peer
    written = forwarded[-proxies]
    try:
        return str(ipaddress.ip_address(written.strip("[]")))
    except ValueError:
        return peer


def network(client: str) -> str:
    """The network that an address is in, without the rest of it; empty for what is no address."""
    try:
        found = ipaddress.ip_address(client)
    except ValueError:
        return ""
    bits = _SHOWN_BITS[found.version]
    return str(ipaddress.ip_network(f"{found}/{bits}", strict=False))
