"""Messages between processes, whole, cut, late and too long."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from steamkg.engine import frames

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    one, other = socket.socketpair()
    with one, other:
        yield one, other


@pytest.mark.parametrize("size", [0, 1, 65_000, 70_000, 3_000_000])
def test_message_arrives_whole(pair: Pair, size: int) -> None:
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    sender = threading.Thread(target=frames.send, args=(pair[0], {"a": "ąč"}, body))
    sender.start()
    assert frames.receive(pair[1], limit=size, deadline=time.monotonic() + 60) == (
        {"a": "ąč"},
        body,
    )
    sender.join()


def test_message_in_single_bytes_arrives_whole(pair: Pair) -> None:
    one, other = socket.socketpair()
    with one, other:
        frames.send(one, {"a": 1}, b"body")
        packed = other.recv(1000)

    def trickle() -> None:
        for byte in packed:
            pair[0].send(bytes((byte,)))

    sender = threading.Thread(target=trickle)
    sender.start()
    assert frames.receive(pair[1], limit=4) == ({"a": 1}, b"body")
    sender.join()


def test_body_over_the_limit_is_refused_before_it_is_read(pair: Pair) -> None:
    frames.send(pair[0], {}, b"12345")
    with pytest.raises(frames.FrameTooLarge):
        frames.receive(pair[1], limit=4)


@pytest.mark.parametrize("sent", [0, 3, 14])
def test_sender_that_ends_is_an_end_of_file(pair: Pair, sent: int) -> None:
    one, other = socket.socketpair()
    with one, other:
        frames.send(one, {"a": 1}, b"body")
        packed = other.recv(1000)
    pair[0].sendall(packed[:sent])
    pair[0].close()
    with pytest.raises(EOFError):
        frames.receive(pair[1], limit=100)


@pytest.mark.parametrize("sent", [0, 3, 14])
def test_sender_that_stops_is_a_timeout(pair: Pair, sent: int) -> None:
    one, other = socket.socketpair()
    with one, other:
        frames.send(one, {"a": 1}, b"body")
        packed = other.recv(1000)
    pair[0].sendall(packed[:sent])
    with pytest.raises(TimeoutError):
        frames.receive(pair[1], limit=100, deadline=time.monotonic() + 0.05)


def test_reader_that_stops_blocks_no_sender_for_ever(pair: Pair) -> None:
    frames.limit_sending(pair[0], 0.05)
    with pytest.raises(BlockingIOError):
        frames.send(pair[0], {}, b"x" * 5_000_000)


def test_message_begun_goes_on_where_it_was_left(pair: Pair) -> None:
    one, other = socket.socketpair()
    with one, other:
        frames.send(one, {"a": 1}, b"body")
        packed = other.recv(1000)
    frames.limit_receiving(pair[1], 60)
    pair[0].sendall(packed[:18])
    start = frames.begin(pair[1])
    assert start == packed[:18]
    pair[0].sendall(packed[18:])
    assert frames.receive(pair[1], limit=4, start=start) == ({"a": 1}, b"body")


def test_message_that_has_not_begun_in_time_is_nothing_yet(pair: Pair) -> None:
    frames.limit_receiving(pair[1], 0.05)
    assert frames.begin(pair[1]) == b""
    pair[0].close()
    with pytest.raises(EOFError):
        frames.begin(pair[1])


def test_lone_surrogate_crosses(pair: Pair) -> None:
    frames.send(pair[0], {"a": "\ud800"})
    assert frames.receive(pair[1], limit=0) == ({"a": "\ud800"}, b"")
