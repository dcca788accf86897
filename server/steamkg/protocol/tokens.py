"""Bearer tokens (RFC 6750): a stranger who reads the configuration learns only their hash.

A token is 32 random bytes, so that a plain SHA-256 of it cannot be searched; a slow hash is for
passwords that people think up.
"""

import hashlib
import hmac
import secrets


def new_token() -> str:
    """A token that nobody can guess."""
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_allowed(authorization: str | None, token_hash: str) -> bool:
    """Whether the Authorization header carries the token; takes as long for any wrong one."""
    scheme, _, token = (authorization or "").partition(" ")
    given = hash_of(token.strip())
    return hmac.compare_digest(given, token_hash.casefold()) and scheme.casefold() == "bearer"
