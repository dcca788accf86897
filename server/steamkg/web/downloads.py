"""The dataset as files: what there is, how large, with which SHA-256, and the files themselves.

They are those of the build that this process serves, made from its one N-Quads file when first
asked for and kept: a build never changes. What is written to a server that takes writes is not in
them.
"""

import gzip
import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Final

import pyoxigraph as ox
from flask import Blueprint, Response, current_app, request

from steamkg.engine.store import Build
from steamkg.graph import sssom
from steamkg.graph.names import GRAPH, ONTOLOGY_GRAPH, PREFIXES, SHAPES_GRAPH
from steamkg.web.errors import UnknownError

EXTENSION: Final = "steamkg.downloads"
PATH: Final = "/download"
SUMS: Final = "SHA256SUMS"
TSV: Final = "text/tab-separated-values"
_GZIP: Final = "application/gzip"
_TURTLE: Final = "text/turtle; charset=utf-8"
_NAMES: Final = {
    "nquads": "steamkg.nq.gz",
    "trig": "steamkg.trig.gz",
    "ontology": "ontology.ttl",
    "shapes": "shapes.ttl",
    "mappings": "mappings.sssom.tsv",
}

blueprint: Final = Blueprint("downloads", __name__)


@dataclass(frozen=True, kw_only=True)
class File:
    """A file to be had: ``name`` is its path below ``/download/``."""

    name: str
    media_type: str
    body: bytes

    @property
    def href(self) -> str:
        """Its address."""
        return f"{PATH}/{self.name}"

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.body)

    @cached_property
    def sha256(self) -> str:
        """In hexadecimal digits."""
        return hashlib.sha256(self.body).hexdigest()


class Downloads:
    """The files of a build; none without a build."""

    def __init__(self, build: Build | None) -> None:
        self._build = build
        self._lock = Lock()
        self._made: Mapping[str, File] | None = None

    @property
    def files(self) -> Mapping[str, File]:
        """By name. Raises BuildError when the file of the build is damaged."""
        with self._lock:
            if self._made is None:
                self._made = _files(self._build) if self._build else {}
            return self._made

    def file(self, key: str) -> File | None:
        """``nquads``, ``trig``, ``ontology``, ``shapes`` or ``mappings``."""
        return self.files.get(_NAMES[key])

    def graph(self, iri: str) -> File | None:
        """The file of a named graph."""
        return self.files.get(_name(iri))


@blueprint.get(f"{PATH}/<path:name>")
def download(name: str) -> Response:
    """A file; its ETag is the SHA-256 of what it holds."""
    files = current_downloads().files
    file = files.get(name)
    if name == SUMS and files:
        lines = (f"{one.sha256}  {one.name}\n" for one in files.values())
        file = File(name=SUMS, media_type="text/plain; charset=utf-8", body="".join(lines).encode())
    if file is None:
        raise UnknownError(f"download/{name}")
    response = Response(file.body, content_type=file.media_type)
    response.headers["Content-Disposition"] = (
        f'attachment; filename="{file.name.rpartition("/")[2]}"'
    )
    response.set_etag(file.sha256)
    response.make_conditional(request)
    return response


def href(key: str) -> str:
    """The address of a file by its key."""
    return f"{PATH}/{_NAMES[key]}"


def current_downloads() -> Downloads:
    """The files of the application that serves this request."""
    found = current_app.extensions[EXTENSION]
    if not isinstance(found, Downloads):
        raise TypeError(type(found))
    return found


def _files(build: Build) -> dict[str, File]:
    nquads = build.dataset()
    quads = list(ox.parse(nquads, ox.RdfFormat.N_QUADS))
    graphs: dict[str, list[ox.Triple]] = {}
    for quad in quads:
        if isinstance(quad.graph_name, ox.NamedNode):
            graphs.setdefault(quad.graph_name.value, []).append(quad.triple)
    trig = ox.serialize(quads, format=ox.RdfFormat.TRIG, prefixes=PREFIXES)
    made = [
        # No time stamp in the gzip header: the same dataset is the same file.
        File(
            name=_NAMES["nquads"],
            media_type=_GZIP,
            body=gzip.compress(nquads, compresslevel=9, mtime=0),
        ),
        File(
            name=_NAMES["trig"],
            media_type=_GZIP,
            body=gzip.compress(trig or b"", compresslevel=9, mtime=0),
        ),
        *(
            File(name=_name(iri), media_type=_TURTLE, body=_turtle(triples))
            for iri, triples in sorted(graphs.items())
        ),
    ]
    table = io.BytesIO()
    try:
        sssom.write(quads, table)
    except sssom.NoMappingsError:
        pass  # a build without alignments has no file of them
    else:
        made.append(
            File(
                name=_NAMES["mappings"],
                media_type=f"{TSV}; charset=utf-8",
                body=table.getvalue(),
            )
        )
    return {file.name: file for file in made}


def _turtle(triples: list[ox.Triple]) -> bytes:
    return ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=PREFIXES) or b""


def _name(iri: str) -> str:
    if iri in (ONTOLOGY_GRAPH, SHAPES_GRAPH):
        return _NAMES["ontology" if iri == ONTOLOGY_GRAPH else "shapes"]
    return f"graph/{iri.removeprefix(GRAPH)}.ttl"
