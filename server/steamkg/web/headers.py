"""Headers that every response has, whoever made it.

What a page may load is stricter or looser than this (``pages.py``); these are what holds where
nothing else was said.
"""

from typing import Final

OPEN: Final = ("Access-Control-Allow-Origin", "*")
"""Public data that nobody has to log in for: any page may ask. Not where something is written."""
ALWAYS: Final = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
)
DATA_POLICY: Final = (
    # A result opened in a browser is data, whatever a value in it looks like.
    "Content-Security-Policy",
    "default-src 'none'; frame-ancestors 'none'; sandbox",
)
EXPOSED: Final = (
    "Access-Control-Expose-Headers",
    "Age, Cache-Status, ETag, Retry-After, Server-Timing",
)
