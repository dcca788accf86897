"""Apache Jena Fuseki: one jar from Maven's central repository, held to its hash.

``python -m tests.engines.fuseki`` (or ``make engines``) fetches it; tests only look whether it is
there. 5.6.0 is the last release line that Java 17 runs; from 6.0 on Jena wants Java 21.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx
from tests.web.peers import free_port, running

VERSION: Final = "5.6.0"
SHA256: Final = "d28c1eaf703122ee628895a460c20fa4aa60a892f435d403ea8c036f241da1f8"
JAR: Final = (
    Path(__file__).resolve().parents[2] / ".cache" / "engines" / f"jena-fuseki-server-{VERSION}.jar"
)
HOW: Final = f"needs Java and {JAR.name}, which `make engines` fetches where Maven is"
_PLUGIN: Final = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"

_PREFIXES: Final = """
@prefix fuseki: <http://jena.apache.org/fuseki#> .
@prefix ja: <http://jena.hpl.hp.com/2005/11/Assembler#> .
"""
_SERVICE: Final = """
[] a fuseki:Service ; fuseki:name "{name}" ;
    fuseki:endpoint [ fuseki:operation fuseki:query ; fuseki:name "query" ] ,
        [ fuseki:operation fuseki:gsp-rw ; fuseki:name "data" ] ;
    fuseki:dataset [ a ja:MemoryDataset ] .
"""


class UnavailableError(Exception):
    """Why there is no Fuseki to be had here."""


def fetch() -> None:
    """Have the jar in its place. Raises UnavailableError, and ValueError for another content."""
    for program in ("java", "mvn"):
        if shutil.which(program) is None:
            raise UnavailableError(f"needs {program} (on Debian: default-jre-headless and maven)")
    if not JAR.is_file():
        done = subprocess.run(
            [
                *("mvn", "--quiet", "--batch-mode", _PLUGIN),
                f"-Dartifact=org.apache.jena:jena-fuseki-server:{VERSION}",
                f"-DoutputDirectory={JAR.parent}",
            ],
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise UnavailableError(f"Maven cannot fetch {JAR.name}: {done.stdout[-500:]}")
    found = hashlib.sha256(JAR.read_bytes()).hexdigest()
    if found != SHA256:
        JAR.unlink()
        raise ValueError(f"{JAR.name} has the SHA-256 {found} and not {SHA256}; it was removed")


def is_there() -> bool:
    """Whether Fuseki can be run."""
    return JAR.is_file() and shutil.which("java") is not None


@contextmanager
def fuseki(home: Path, datasets: Mapping[str, bytes]) -> Iterator[dict[str, str]]:
    """A Fuseki with these datasets, given as N-Quads; gives the query endpoint of each."""
    services = "".join(_SERVICE.format(name=name) for name in datasets)
    (home / "fuseki.ttl").write_text(_PREFIXES + services, encoding="utf-8")
    port = free_port()
    command = [
        *("java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx384m", "-cp", str(JAR)),
        *("org.apache.jena.fuseki.main.cmds.FusekiMainCmd", "--modules=false", "--localhost"),
        # geo:sfWithin is a property of ours like any other, not a function of GeoSPARQL.
        *("--set", "arq:enablePropertyFunctions=false"),
        *("--port", str(port), "--config", str(home / "fuseki.ttl")),
    ]
    environment = {**os.environ, "FUSEKI_BASE": str(home)}
    with running(command, ready="Start Fuseki", env=environment, cwd=home):
        url = f"http://127.0.0.1:{port}"
        for name, quads in datasets.items():
            httpx.post(
                f"{url}/{name}/data",
                content=quads,
                headers={"Content-Type": "application/n-quads"},
                timeout=300,
                trust_env=False,
            ).raise_for_status()
        yield {name: f"{url}/{name}/query" for name in datasets}


def main() -> int:
    """Fetch; 0 also where that cannot be, for the tests then skip and say so."""
    try:
        fetch()
    except UnavailableError as error:
        print(f"Fuseki is not here, and its tests are skipped: {error}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
