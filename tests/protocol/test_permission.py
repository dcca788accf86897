"""Who may write: the token, and the ways in which a browser could be made to."""

import hashlib
import io
from typing import Any

import pytest

from steamkg.protocol.failures import Problem
from steamkg.protocol.message import Request
from steamkg.protocol.permission import Permission

TOKEN = Permission(mode="token", token_hash=hashlib.sha256(b"secret").hexdigest().upper())
OPEN = Permission(mode="open")


def request(**options: Any) -> Request:
    given: dict[str, Any] = {
        "method": "POST",
        "url": "http://127.0.0.1:8000/update",
        "query_string": "",
        "accept": None,
        "content_type": None,
        "content_encoding": None,
        "content_length": None,
        "read": io.BytesIO().read,
    }
    return Request(**{**given, **options})


@pytest.mark.parametrize("given", ["Bearer secret", "bearer secret", "Bearer  secret "])
def test_right_token_may_write(given: str) -> None:
    TOKEN.require(request(authorization=given))


@pytest.mark.parametrize(
    "given", [None, "", "Bearer", "Bearer ", "Bearer Secret", "Basic secret", "secret", "Bearer ž"]
)
def test_anything_else_may_not(given: str | None) -> None:
    with pytest.raises(Problem) as caught:
        TOKEN.require(request(authorization=given))
    assert caught.value.status == 401


def test_hash_is_no_token() -> None:
    with pytest.raises(Problem):
        TOKEN.require(request(authorization=f"Bearer {TOKEN.token_hash}"))


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "localhost:80", "[::1]:8000"])
def test_program_on_this_machine_may_write(host: str) -> None:
    OPEN.require(request(host=host))
    OPEN.require(request(host=host, origin=f"http://{host}"))


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("127.0.0.1:8000", "http://evil.example"),
        ("127.0.0.1:8000", "http://127.0.0.1:9000"),
        ("127.0.0.1:8000", "null"),
        ("127.0.0.1:8000", ""),
        ("evil.example", None),
        ("evil.example", "http://evil.example"),
        ("127.0.0.1.evil.example", None),
        ("192.0.2.1", None),
        ("", None),
        (None, None),
        ("[::1", None),
    ],
)
def test_page_from_elsewhere_may_not(host: str | None, origin: str | None) -> None:
    with pytest.raises(Problem) as caught:
        OPEN.require(request(host=host, origin=origin))
    assert caught.value.status == 403


def test_nobody_may_write_when_off() -> None:
    with pytest.raises(Problem) as caught:
        Permission().require(request(authorization="Bearer secret", host="localhost"))
    assert (caught.value.status, caught.value.code) == (403, "read-only")
