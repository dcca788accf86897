"""The pages' styles and scripts: where the built ones are, and how long browsers keep them.

``server/build_assets.py`` makes ``static/built`` out of ``assets``. The name of a built file holds
a hash of what is in it, so a browser need never ask for it again (RFC 8246).
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from flask import Flask, Response, request, url_for

from steamkg import __version__

FOLDER: Final = Path(__file__).parent / "static" / "built"
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_HASHED: Final = (".css", ".js", ".woff2")


class AssetsMissingError(Exception):
    """The styles and scripts were never built, or not for these sources."""


def register(app: Flask, folder: Path = FOLDER) -> None:
    """Give the templates of ``app`` their ``asset(name)``. Raises AssetsMissingError."""
    built = read(folder)

    def asset(name: str) -> str:
        """The address of a static file, by the name that its source has."""
        if name in built:
            return url_for("static", filename=f"built/{built[name]}")
        return url_for("static", filename=name, v=__version__)

    app.context_processor(lambda: {"asset": asset})
    app.after_request(_kept)


def read(folder: Path) -> Mapping[str, str]:
    """The built files: name of the source to name of the file. Raises AssetsMissingError."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        return {str(name): str(file) for name, file in manifest["files"].items()}
    except (OSError, ValueError, KeyError) as error:
        raise AssetsMissingError(
            f"the pages' styles and scripts are not built in {folder}; build them with"
            " `make assets`, or with `python server/build_assets.py`"
        ) from error


def _kept(response: Response) -> Response:
    path = request.path
    if response.status_code in (200, 304) and path.startswith("/static/built/"):
        hashed = path.endswith(_HASHED)
        response.headers["Cache-Control"] = _FOR_EVER if hashed else "no-cache"
    return response
