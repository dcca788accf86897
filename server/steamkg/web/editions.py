"""A new build is taken into service while the old one answers what it has begun.

An edition is all that belongs to one build: a pool with its processes, the pages, the results kept.
Requests that come after the switch see the new one whole; the old one ends with its last request.
Between the two both are in memory. A build that cannot be served is logged and left alone, and the
old edition stays.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from steamkg.engine.failures import EngineDown
from steamkg.engine.library import LibraryError
from steamkg.engine.store import Build, BuildError

_log = logging.getLogger(__name__)


@dataclass(eq=False)
class Edition:
    """One build in service, or one dataset.

    ``manifest`` is what it began with. ``shortcut`` answers what needs no engine, and gives None
    for all else. ``close`` is called once, when nothing needs this edition any more.
    """

    manifest: Mapping[str, Any]
    application: WSGIApplication
    shortcut: Callable[[WSGIEnvironment, StartResponse], list[bytes] | None]
    close: Callable[[], None]
    requests: int = 0
    is_current: bool = True
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def enter(self) -> bool:
        """Begin a request; False when this edition has ended."""
        with self._lock:
            if not self.is_current:
                return False
            self.requests += 1
            return True

    def leave(self) -> None:
        """A request is done."""
        with self._lock:
            self.requests -= 1
            is_last = not self.is_current and not self.requests
        if is_last:
            self.close()

    def retire(self) -> None:
        """Take no more requests, and close after the last one under way."""
        with self._lock:
            self.is_current = False
            is_idle = not self.requests
        if is_idle:
            self.close()


class Live:
    """A WSGI application that hands requests to the edition in service."""

    def __init__(self, edition: Edition) -> None:
        self._edition = edition

    @property
    def edition(self) -> Edition:
        """The edition in service."""
        return self._edition

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        edition = self._edition
        while not edition.enter():
            edition = self._edition  # it was retired between the two lines
        try:
            return edition.application(environ, start_response)
        finally:
            edition.leave()

    def switch(self, edition: Edition) -> None:
        """Put ``edition`` into service."""
        before, self._edition = self._edition, edition
        before.retire()

    def close(self) -> None:
        """End the edition in service, whatever it is doing."""
        self._edition.close()


class Shortcut:
    """A WSGI application that answers from what is kept, and leaves the rest to ``application``.

    The outermost of all: what it answers is counted and watched by nobody, because it takes less
    time than that would.
    """

    def __init__(self, live: Live, application: WSGIApplication) -> None:
        self._live = live
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        body = self._live.edition.shortcut(environ, start_response)
        return self._application(environ, start_response) if body is None else body


class Watch:
    """Looks for a new build in a directory, and has it put into service."""

    def __init__(
        self,
        live: Live,
        directory: Path,
        make: Callable[[Build], Edition],
        *,
        seconds: float,
        failed: Callable[[], None],
    ) -> None:
        self._live = live
        self._directory = directory
        self._make = make
        self._seconds = seconds
        self._failed = failed
        self._refused: str | None = None
        self._ended = threading.Event()

    def start(self) -> None:
        """Look from now on, in a thread of its own."""
        threading.Thread(target=self._run, name="watch", daemon=True).start()

    def stop(self) -> None:
        """Look no more."""
        self._ended.set()

    def _run(self) -> None:
        while not self._ended.wait(self._seconds):
            self.look()

    def look(self) -> None:
        """Switch to the current build, if it is another one than that in service."""
        try:
            build = Build.open(self._directory)
        except BuildError:
            return  # none at this moment; what is served is in memory
        if build.version in (self._live.edition.manifest["version"], self._refused):
            return
        try:
            edition = self._make(build)
        except Exception as error:  # noqa: BLE001  # logged; the server goes on
            # Whatever is wrong with the new one, the old one is still good.
            self._refused = build.version
            self._failed()
            told = isinstance(error, BuildError | LibraryError | EngineDown)
            _log.error(
                "the new build %s is not served: %s", build.version[:12], error, exc_info=not told
            )
            return
        self._refused = None
        self._live.switch(edition)
        _log.info("the new build %s is served", build.version[:12])
