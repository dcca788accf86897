"""What a process gives up before it runs a stranger's query.

After ``confine`` a process can open nothing (no file, no socket: ``RLIMIT_NOFILE`` of zero leaves
only what is open), write no file, dump no core, gain no privilege, and grow by no more memory than
allowed. Linux has all of it; macOS has no ``prctl`` and does not keep ``RLIMIT_AS``.
"""

import ctypes
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38
_LINUX: Final = sys.platform == "linux"


def die_with_parent(parent: int, how: signal.Signals = signal.SIGKILL) -> None:
    """Have the kernel send ``how`` to this process when its parent, process ``parent``, ends.

    Linux only. The parent is the thread that forked: call this in children of threads that live
    as long as their process.
    """
    if not _LINUX:
        return
    _prctl(_PR_SET_PDEATHSIG, how)
    if os.getppid() != parent:  # it ended before the line above
        os.kill(os.getpid(), how)


def confine(memory_bytes: int) -> None:
    """Give up everything that evaluating a query does not need; there is no way back."""
    if _LINUX:
        _prctl(_PR_SET_NO_NEW_PRIVS, 1)
        limit = address_space() + memory_bytes
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    for what in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE):
        resource.setrlimit(what, (0, 0))


def address_space() -> int:
    """The size of this process's virtual memory in bytes (proc(5), ``statm``)."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[0]
    return int(pages) * resource.getpagesize()


def set_alarm(seconds: float) -> None:
    """Have the kernel end this process with SIGALRM in ``seconds``; 0 calls that off.

    A second bound behind the pool's deadline, for when the pool itself has stopped. It takes one
    system call for each question, and counts waiting as well as working, unlike RLIMIT_CPU.
    """
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _prctl(option: int, value: int) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(option, value, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
