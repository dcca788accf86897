"""Serving: granian with one web process, which has the engine's processes to itself.

The web process starts the engine, then the application; the line that says where to look is
printed when the port answers. One process is enough: it only passes bytes on, and the work is done
in the engine's workers.
"""

import logging
import math
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any, Final
from wsgiref.types import WSGIApplication

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from steamkg.engine import sandbox
from steamkg.engine.failures import EngineDown
from steamkg.engine.files import EMPTY, Files
from steamkg.engine.library import Library, LibraryError
from steamkg.engine.pool import Pool
from steamkg.engine.question import Limits
from steamkg.engine.running import Register
from steamkg.engine.store import Build, BuildError
from steamkg.graph.content import Content, ContentError
from steamkg.settings import SettingError, Settings
from steamkg.web import static_files
from steamkg.web.access import AccessLog, Lines
from steamkg.web.app import create_app
from steamkg.web.departures import Departures
from steamkg.web.editions import Edition, Live, Shortcut, Watch
from steamkg.web.sparql import SparqlFront
from steamkg.web.static_files import AssetsMissingError
from steamkg.web.telemetry import Telemetry

_SHUTDOWN_MARGIN: Final = 2.0
"""Seconds beyond the longest query that a web process gets for ending by itself."""


class AddressError(Exception):
    """The server cannot listen where it should."""


def serve(settings: Settings) -> int:
    """Serve until a signal ends it. Gives the exit code; what is wrong is one line on stderr."""
    try:
        settings.require_safe_writes()
        build = _served(settings)
        library = _library()
        static_files.read(static_files.FOLDER)
        address, guard = _reserve(settings.host, settings.port)
    except (
        BuildError,
        LibraryError,
        ContentError,
        AddressError,
        AssetsMissingError,
        SettingError,
    ) as error:
        print(f"steamkg: {error}", file=sys.stderr)
        return 1
    with guard:
        port = guard.getsockname()[1]
        settings = replace(settings, host=address, port=port)
        server = Granian(
            "steamkg",
            address=address,
            port=port,
            interface=Interfaces.WSGI,
            http=HTTPModes.http1,
            websockets=False,
            workers=1,
            blocking_threads=settings.threads,
            log_level=LogLevels(settings.log_level),
            workers_kill_timeout=math.ceil(settings.query_seconds + _SHUTDOWN_MARGIN),
        )
        # A new build is found without a signal (``editions.py``). granian would end the web process
        # and with it the requests that are on their way to it.
        server.on_startup(lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        loader = partial(_application, settings, build, library, os.getpid())
        try:
            server.serve(target_loader=loader, wrap_loader=False)
        except SystemExit as stop:
            return stop.code if isinstance(stop.code, int) else 1
    return 0


def _served(settings: Settings) -> Build | Files:
    """The project's own build, or the dataset given. Raises BuildError."""
    if not settings.dataset:
        return Build.open(settings.build_directory)
    named = () if settings.dataset == (EMPTY,) else settings.dataset
    return Files.open(tuple(map(Path, named)), merge=settings.default_graph == "merge")


def _application(
    settings: Settings, build: Build | Files, library: Library, server: int
) -> WSGIApplication:
    """The application of a web process, with its engine running. Called in that process."""
    # Until granian takes the signals over, a stop must end a web process that is still loading.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sandbox.die_with_parent(server, signal.SIGTERM)
    logging.basicConfig(
        level=settings.log_level.upper(), format="[%(levelname)s] %(name)s: %(message)s"
    )
    telemetry = Telemetry()
    register = Register()
    try:
        live = Live(_edition(settings, library, telemetry, register, build))
    except EngineDown as error:
        print(f"steamkg: {error}", file=sys.stderr, flush=True)
        raise SystemExit(1) from error
    Finalize(None, live.close, exitpriority=1)
    # A dataset given as files is what was loaded and written since; nothing is published over it.
    if settings.reload_seconds and not settings.dataset:
        Watch(
            live,
            settings.build_directory,
            # The stored queries may have changed with the build.
            lambda new: _edition(settings, _library(), telemetry, register, new),
            seconds=settings.reload_seconds,
            failed=telemetry.reload_failed,
        ).start()
    threading.Thread(target=_announce, args=(settings, live.edition.manifest), daemon=True).start()
    application: WSGIApplication = live
    if settings.departure_seconds and sys.platform == "linux":
        departures = Departures(
            live, register, port=settings.port, seconds=settings.departure_seconds
        )
        departures.start()
        application = departures
    application = Shortcut(live, application)
    if not settings.access_log:
        return application
    return AccessLog(application, Lines(settings.access_log), proxies=settings.proxies)


def _library() -> Library:
    return Library.read(Content.find().root / "queries")


def _edition(
    settings: Settings,
    library: Library,
    telemetry: Telemetry,
    register: Register,
    build: Build | Files,
) -> Edition:
    """A build, or a dataset, with its engine running. Raises EngineDown."""
    limits = Limits(
        seconds=settings.query_seconds,
        result_bytes=settings.result_bytes,
        memory_bytes=settings.memory_bytes,
        queue_seconds=settings.queue_seconds,
        queue_length=settings.queue_length,
        rows=settings.result_rows,
        nesting=settings.query_nesting,
        client_running=settings.client_running,
        client_waiting=settings.client_waiting,
        long_running=settings.long_running,
        write_queue=settings.write_queue,
        client_writes=settings.client_writes,
    )
    pool = Pool(build, workers=settings.workers, limits=limits, register=register)
    try:
        pool.start()
        app = create_app(settings, pool=pool, library=library, telemetry=telemetry)
    except BaseException:
        pool.close()
        raise
    front = app.wsgi_app
    if not isinstance(front, SparqlFront):
        raise TypeError(type(front))
    return Edition(pool.manifest, app, front.shortcut, pool.close)


def _reserve(host: str, port: int) -> tuple[str, socket.socket]:
    """The numeric address of ``host``, and a socket that holds the port without listening.

    granian binds with SO_REUSEPORT, with which a second server would quietly take half of the
    requests of the first. So the port is tried without that option first. Port 0 takes a free one.
    Raises AddressError.
    """
    shown = _authority(host, port)
    try:
        family, kind, _, _, name = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind) as alone:
            alone.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            alone.bind(name)
        guard = socket.socket(family, kind)
        guard.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        guard.bind(name)
    except OSError as error:
        raise AddressError(f"cannot listen on {shown}: {error.strerror or error}") from error
    return str(name[0]), guard


def _authority(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _announce(settings: Settings, manifest: Mapping[str, Any]) -> None:
    """Say where the server is as soon as it answers there."""
    while True:
        try:
            socket.create_connection((settings.host, settings.port), timeout=1).close()
            break
        except OSError:
            time.sleep(0.01)
    triples = manifest.get("default", manifest.get("quads", "?"))
    print(
        f"steamkg serves {triples} triples (version {manifest['version'][:12]}) "
        f"at http://{_authority(settings.host, settings.port)}/",
        flush=True,
    )
