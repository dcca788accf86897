"""The access log: a line of JSON for each request, with nothing in it that is the client's own.

Neither the text of a query nor a whole address is written: a hash tells equal queries, and the
network tells where trouble comes from. Query strings hold queries, so paths are written without.
"""

import json
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TextIO
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from steamkg.web.clients import address, network

_LONGEST_PATH: Final = 200


class AccessLog:
    """A WSGI application that writes down what ``application`` answers."""

    def __init__(self, application: WSGIApplication, write: "Lines", *, proxies: int = 0) -> None:
        self._application = application
        self._write = write
        self._proxies = proxies

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, and write a line about it."""
        start = time.perf_counter()
        told: list[Any] = ["500", []]

        def tell(status: str, headers: list[tuple[str, str]], *more: Any) -> Callable[..., Any]:
            told[:] = status, headers
            return start_response(status, headers, *more)

        try:
            return self._application(environ, tell)
        finally:
            self._write(self._line(environ, told[0], told[1], time.perf_counter() - start))

    def _line(
        self,
        environ: WSGIEnvironment,
        status: str,
        headers: Sequence[tuple[str, str]],
        seconds: float,
    ) -> dict[str, object]:
        found = {name.casefold(): value for name, value in headers}
        path = str(environ.get("PATH_INFO", ""))
        # WSGI hands bytes over as latin-1 (PEP 3333).
        path = path.encode("latin-1", "replace").decode("utf-8", "replace")[:_LONGEST_PATH]
        line: dict[str, object] = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "method": environ.get("REQUEST_METHOD"),
            "path": path,
            "status": int(status.split(" ", 1)[0]),
            "bytes": int(found.get("content-length") or 0),
            "seconds": round(seconds, 6),
            "client": network(address(environ, self._proxies)),
        }
        for name, value in (
            ("query", environ.get("steamkg.query")),
            ("cache", found.get("cache-status")),
            ("problem", environ.get("steamkg.problem")),
        ):
            if value:
                line[name] = value
        return line


class Lines:
    """A file of JSON lines, or standard error for ``-``; one line at a time."""

    def __init__(self, name: str) -> None:
        self._lock = threading.Lock()
        self._file: TextIO = (
            sys.stderr if name == "-" else Path(name).open("a", encoding="utf-8")  # noqa: SIM115
        )

    def __call__(self, line: dict[str, object]) -> None:
        """Write one line."""
        text = json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"
        with self._lock:
            self._file.write(text)
            self._file.flush()
