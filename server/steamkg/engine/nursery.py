"""The process that loads the data once and forks a worker from itself whenever one is wanted.

It has a single thread, so forking is safe, and workers share its memory, so a fresh one costs
milliseconds. (The data are loaded by a thread that has ended by then: Oxigraph keeps its source of
random numbers by thread, and a forked copy of it would give two workers the same UUID().) It runs
as a program of its own (``python -m steamkg.engine.nursery``) and obeys one
socket: "fork" is answered with a worker's number and its socket (SCM_RIGHTS), "kill" and "status"
with how a worker ended. Only the nursery signals and reaps its workers, so a kill can never hit a
process that merely has the number of a dead one. Closing the socket ends everything.

"apply" comes with the patches of a write that a worker has evaluated, and is answered with what the
dataset now is; workers forked afterwards have it.
"""

import gc
import hashlib
import json
import os
import signal
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from steamkg.engine import files, frames, patch, sandbox, worker
from steamkg.engine.files import Files
from steamkg.engine.question import Limits
from steamkg.engine.store import Build, BuildError, Stores, load

_ORDER_BYTES: Final = 1 << 31
"""More than the patches of a write can have; other orders have no body."""


class Nursery:
    """The workers alive, by a serial number that is never used twice."""

    def __init__(
        self, control: socket.socket, stores: Stores, limits: Limits, *, version: str
    ) -> None:
        self.control = control
        self.stores = stores
        self.version = version
        self.start = version
        self.changed: dict[str | None, str] = {}
        self.limits = limits
        self.processes: dict[int, int] = {}
        self.dying: list[int] = []
        self.count = 0

    def obey(self) -> None:
        """Carry out orders until the socket is closed."""
        while True:
            try:
                order, body = frames.receive(self.control, limit=_ORDER_BYTES)
            except (EOFError, ConnectionError):
                return
            self._carry_out(order, body)

    def close(self) -> None:
        """Kill and reap every worker."""
        for process in self.processes.values():
            os.kill(process, signal.SIGKILL)
        for process in (*self.processes.values(), *self.dying):
            os.waitpid(process, 0)
        self.processes.clear()
        self.dying.clear()

    def manifest(self) -> dict[str, object]:
        """What is served: versions of all, of the default graph, of each graph; how many quads."""
        return {
            "version": self.version,
            "default_version": self.changed.get(None, self.start),
            "graphs": {
                iri: {"version": self.changed.get(iri, self.start)}
                for iri in sorted(self.stores.graphs)
            },
            "quads": self.stores.quads,
        }

    def _carry_out(self, order: dict[str, Any], body: bytes) -> None:
        self._reap()
        if order["order"] == "fork":
            self._fork()
        elif order["order"] == "kill":
            self._kill(int(order["worker"]))
        elif order["order"] == "apply":
            self._apply(body)
        else:
            self._tell_status(int(order["worker"]))

    def _kill(self, number: int) -> None:
        """Kill a worker; a large one takes a while to go, so it is reaped later."""
        process = self.processes.pop(number)
        os.kill(process, signal.SIGKILL)
        self.dying.append(process)
        frames.send(self.control, {})

    def _apply(self, packed: bytes) -> None:
        touched: set[str | None] = set()
        for one in patch.patches(packed):
            found = one.touched(merge=self.stores.own is not None)
            touched |= {None, *self.stores.graphs} if found is None else found
            self.stores = patch.apply(self.stores, one)
        self.version = hashlib.sha256(self.version.encode() + packed).hexdigest()
        self.changed.update(dict.fromkeys(touched, self.version))
        here = {None, *self.stores.graphs}
        self.changed = {graph: at for graph, at in self.changed.items() if graph in here}
        frames.send(self.control, {"manifest": self.manifest()})

    def _tell_status(self, number: int) -> None:
        """Reap a worker whose socket is closed, and tell how it ended."""
        _, status = os.waitpid(self.processes.pop(number), 0)
        frames.send(self.control, {"status": os.waitstatus_to_exitcode(status)})

    def _reap(self) -> None:
        self.dying = [
            process for process in self.dying if os.waitpid(process, os.WNOHANG) == (0, 0)
        ]

    def _fork(self) -> None:
        theirs, ours = socket.socketpair()
        parent = os.getpid()
        try:
            process = os.fork()
        except OSError as error:
            theirs.close()
            ours.close()
            self.control.sendall(b"-")
            frames.send(self.control, {"refused": str(error)})
            return
        if process == 0:
            theirs.close()
            self.control.close()
            sandbox.die_with_parent(parent)
            worker.run(ours, self.stores, self.limits)
        ours.close()
        self.count += 1
        self.processes[self.count] = process
        socket.send_fds(self.control, [b"+"], [theirs.fileno()])
        theirs.close()
        frames.send(self.control, {"worker": self.count, "process": process})


def main() -> int:
    """Load the build, say so, and obey. Arguments: the socket's descriptor and a JSON object."""
    control = socket.socket(fileno=int(sys.argv[1]))
    given = json.loads(sys.argv[2])
    limits = Limits(**given["limits"])
    try:
        return _serve(control, given["origin"], limits)
    except ConnectionError:
        return 0  # nobody is left to serve


def _load(origin: dict[str, Any]) -> tuple[Stores, str]:
    """The data and their version."""
    if "files" in origin:
        given = Files.from_origin(origin)
        return files.load(given), given.version
    build = Build.open(Path(origin["directory"]))
    return load(build), build.version


def _serve(control: socket.socket, origin: dict[str, Any], limits: Limits) -> int:
    start = time.perf_counter()
    try:
        with ThreadPoolExecutor(1) as loader:
            stores, version = loader.submit(_load, origin).result()
    except (BuildError, SyntaxError, MemoryError) as error:
        frames.send(control, {"failed": str(error)})
        return 1
    gc.collect()
    gc.freeze()  # what is loaded stays in pages that no worker has to copy
    seconds = time.perf_counter() - start
    nursery = Nursery(control, stores, limits, version=version)
    ready = {"seconds": seconds, "triples": len(stores.everything), "manifest": nursery.manifest()}
    frames.send(control, ready)
    try:
        nursery.obey()
    finally:
        nursery.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
