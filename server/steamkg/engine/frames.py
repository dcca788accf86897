"""Messages between the engine's processes: a JSON head and bytes, each with its length before it.

Read with a limit and a deadline, so that neither a huge length nor a slow sender can hurt. Heads
are JSON because a worker that ran a stranger's query is not trusted with anything livelier.
"""

import json
import math
import select
import socket
import struct
import time
from typing import Any, Final

_LENGTHS: Final = struct.Struct("!IQ")
_TIME: Final = struct.Struct("@ll")
_CHUNK: Final = 1 << 16
_LONGEST_HEAD: Final = 1 << 26
_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class FrameTooLarge(ValueError):  # noqa: N818  # what happened, not an error's name
    """The announced body is larger than the reader takes."""


def send(channel: socket.socket, head: dict[str, object], body: bytes = b"") -> None:
    """Send one message."""
    # A lone surrogate is a fault of a query, for its parser to tell, and passes through JSON.
    packed = _encode(head).encode("utf-8", "surrogatepass")
    lengths = _LENGTHS.pack(len(packed), len(body))
    if len(body) < _CHUNK:
        channel.sendall(lengths + packed + body)
    else:
        channel.sendall(lengths + packed)
        channel.sendall(body)


def receive(
    channel: socket.socket, *, limit: int, deadline: float | None = None, start: bytes = b""
) -> tuple[dict[str, Any], bytes]:
    """One message: its head and its body. ``start`` is what ``begin`` has received of it.

    ``deadline`` is a time of ``time.monotonic``. Raises TimeoutError at the deadline, EOFError
    when the sender is gone, FrameTooLarge when the body would be longer than ``limit``.
    """
    while len(start) < _LENGTHS.size:
        start += _some(channel, deadline)
    head_length, body_length = _LENGTHS.unpack_from(start)
    if body_length > limit or head_length > _LONGEST_HEAD:
        raise FrameTooLarge(body_length)
    body_start = _LENGTHS.size + head_length
    end = body_start + body_length
    if len(start) < end:
        start = _rest(channel, start, end, deadline)
    return json.loads(start[_LENGTHS.size : body_start]), start[body_start:end]


def _rest(channel: socket.socket, start: bytes, end: int, deadline: float | None) -> bytes:
    whole = bytearray(end)
    received = len(start)
    whole[:received] = start
    with memoryview(whole) as window:
        while received < end:
            _await(channel, deadline)
            count = channel.recv_into(window[received:])
            if not count:
                raise EOFError
            received += count
    return bytes(whole)


def _some(channel: socket.socket, deadline: float | None) -> bytes:
    _await(channel, deadline)
    data = channel.recv(_CHUNK)
    if not data:
        raise EOFError
    return data


def _await(channel: socket.socket, deadline: float | None) -> None:
    if deadline is None:
        return
    poll = select.poll()
    poll.register(channel, select.POLLIN)
    left = deadline - time.monotonic()
    if left <= 0 or not poll.poll(math.ceil(left * 1000)):
        raise TimeoutError


def begin(channel: socket.socket) -> bytes:
    """The first bytes of a message; none where ``limit_receiving`` was over before they came.

    One system call for an answer that comes soon. Raises EOFError when the sender is gone.
    """
    try:
        data = channel.recv(_CHUNK)
    except BlockingIOError:
        return b""
    if not data:
        raise EOFError
    return data


def limit_sending(channel: socket.socket, seconds: float) -> None:
    """Have every ``send`` end with BlockingIOError when the other side does not read in time."""
    channel.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _time(seconds))


def limit_receiving(channel: socket.socket, seconds: float) -> None:
    """Have ``begin`` wait so long: Python's own timeouts cost a poll before every call."""
    channel.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _time(seconds))


def _time(seconds: float) -> bytes:
    """A ``struct timeval`` (socket(7)); zero would mean for ever."""
    whole, part = divmod(seconds, 1)
    return _TIME.pack(int(whole), max(int(part * 1_000_000), 1))
