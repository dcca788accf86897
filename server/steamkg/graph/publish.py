"""Where builds live, and how one takes the place of another without a moment in between.

A build is a directory named by its version; ``current`` is a symbolic link to one of them. A build
is written beside the others under a hidden name, flushed to disk, renamed, and only then does the
link change (``os.replace``, atomic by POSIX rename). Whatever a killed build leaves is removed by
the next. This module imports nothing heavy: "up to date" has to be a quick answer.
"""

import fcntl
import gzip
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

CURRENT: Final = "current"
DATASET: Final = "dataset.nq.gz"
MANIFEST: Final = "manifest.json"
FORMAT: Final = 1
KEPT_BEFORE_CURRENT: Final = 2
_HASH_LENGTH: Final = 12
_UNFINISHED: Final = ".unfinished-"
_LOCK: Final = ".lock"


class PublishError(Exception):
    """A build cannot be written or read; the message is one line for the person at the keyboard."""


@dataclass(frozen=True)
class Published:
    """A finished build on disk."""

    directory: Path
    manifest: Mapping[str, Any]

    @property
    def dataset(self) -> Path:
        """The compressed N-Quads file."""
        return self.directory / str(self.manifest["dataset"]["file"])

    @property
    def version(self) -> str:
        """SHA-256 of the N-Quads text."""
        return str(self.manifest["version"])

    def is_whole(self) -> bool:
        """Whether the dataset file is the one that the manifest describes, to the byte."""
        described = self.manifest["dataset"]
        try:
            content = self.dataset.read_bytes()
        except OSError:
            return False
        size, digest = described["bytes"], described["sha256"]
        return bool(len(content) == size and _sha256(content) == digest)


@dataclass(frozen=True)
class Builds:
    """The directory that holds the builds."""

    root: Path

    def current(self) -> Published | None:
        """The build in service; None when there is none that can be read."""
        return self._published(self.root / CURRENT)

    @contextmanager
    def exclusively(self, *, waiting: Callable[[], None]) -> Iterator[None]:
        """Holds the directory's lock; calls ``waiting`` once if another build has it.

        The kernel drops the lock with the process, so a killed build never leaves one behind.
        """
        with self._explained("write to"):
            self.root.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.root / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                waiting()
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def publish(self, nquads: bytes, manifest: Mapping[str, Any]) -> Published:
        """Writes the build and makes it the current one; the caller holds the lock.

        Adds ``dataset`` to the manifest. Raises PublishError and then leaves the previous build in
        service and nothing half-written.
        """
        with self._explained("write to"):
            self._remove_unfinished()
            unfinished = self.root / f"{_UNFINISHED}{os.getpid()}"
            try:
                unfinished.mkdir()
                self._write(unfinished, nquads, manifest)
                directory = self._take_place(unfinished, str(manifest["version"])[:_HASH_LENGTH])
                self._switch_to(directory)
            except BaseException:
                shutil.rmtree(unfinished, ignore_errors=True)
                raise
            self._prune(directory)
        published = self._published(directory)
        if published is None:
            raise PublishError(f"the build written to {directory} cannot be read back")
        return published

    def _published(self, directory: Path) -> Published | None:
        try:
            real = directory.resolve(strict=True)
            manifest = json.loads((real / MANIFEST).read_text(encoding="utf-8"))
        except (OSError, ValueError, RuntimeError):
            return None
        if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
            return None
        return Published(real, manifest) if {"dataset", "version"} <= manifest.keys() else None

    def _write(self, directory: Path, nquads: bytes, manifest: Mapping[str, Any]) -> None:
        # No time stamp and no name in the gzip header: the same dataset is the same file.
        packed = gzip.compress(nquads, compresslevel=9, mtime=0)
        dataset = {"file": DATASET, "bytes": len(packed), "sha256": _sha256(packed)}
        text = json.dumps({**manifest, "dataset": dataset}, ensure_ascii=False, indent=2) + "\n"
        write_flushed(directory / DATASET, packed)
        write_flushed(directory / MANIFEST, text.encode())
        _flush_directory(directory)

    def _take_place(self, unfinished: Path, name: str) -> Path:
        directory = self.root / name
        try:
            unfinished.rename(directory)
        except OSError:
            # The same content was built before. Its dataset is the same; the manifest may name
            # other packages or times. File by file, because a directory cannot be replaced whole
            # under readers; the dataset comes first, so that no manifest describes a missing one.
            if not directory.is_dir():
                raise
            for file in (DATASET, MANIFEST):
                (unfinished / file).replace(directory / file)
            unfinished.rmdir()
        _flush_directory(directory)
        _flush_directory(self.root)
        return directory

    def _switch_to(self, directory: Path) -> None:
        link = self.root / f"{_UNFINISHED}{os.getpid()}.{CURRENT}"
        with suppress(FileNotFoundError):
            link.unlink()
        link.symlink_to(directory.name)
        link.replace(self.root / CURRENT)
        _flush_directory(self.root)

    def _remove_unfinished(self) -> None:
        for leftover in self.root.glob(f"{_UNFINISHED}*"):
            if leftover.is_symlink() or not leftover.is_dir():
                leftover.unlink()
            else:
                shutil.rmtree(leftover)

    def _prune(self, current: Path) -> None:
        """Keeps the current build and the last two before it; touches nothing that is no build."""
        older = [
            path.parent
            for path in self.root.glob(f"*/{MANIFEST}")
            if not path.parent.is_symlink()
            and path.parent != current
            and not path.parent.name.startswith(".")
            and len(path.parent.name) == _HASH_LENGTH
        ]
        older.sort(key=lambda path: (path / MANIFEST).stat().st_mtime_ns, reverse=True)
        for directory in older[KEPT_BEFORE_CURRENT:]:
            shutil.rmtree(directory, ignore_errors=True)

    @contextmanager
    def _explained(self, doing: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            reason = error.strerror or str(error)
            raise PublishError(f"cannot {doing} {error.filename or self.root}: {reason}") from error


def write_flushed(path: Path, content: bytes) -> None:
    """Writes a file and waits until the disk has it."""
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
