"""The part of the description that tells of the pages about the data, and of the downloads."""

from steamkg.web import downloads, sheets
from steamkg.web.operations import HTML, Object, answer, in_path, operation


def pages() -> Object:
    """The pages, by their path below the language."""
    extension: Object = {
        **in_path("extension", "Of the file."),
        "schema": {"enum": [*sheets.KINDS]},
    }
    return {
        "/alliance": _page("alliance", "The key areas of the Alliance and what serves them."),
        "/alliance/alignments.{extension}": {
            "get": operation(
                "alignments",
                "pages",
                "Every alignment of that page as a table.",
                answer("The file.", *sheets.KINDS.values()),
                (404, 503),
                parameters=[extension],
            )
        },
        "/data": _page("quality", "Quality of the data, links in figures, downloads."),
        "/model": {
            "get": operation(
                "model",
                "pages",
                "The way to the documentation of the model, on the ontology's page.",
                {"302": {"description": "There."}},
                parameters=[],
            )
        },
        "/about": _page("about", "What this is, its sources, licences, citation, accessibility."),
        "/api": _page("api", "How programs ask: examples, formats, limits."),
        "/links": _page("links", "What is linked, and why the rest is not."),
    }


def data() -> Object:
    """What has an address without a language."""
    return {
        f"{downloads.PATH}/{{name}}": {
            "get": operation(
                "download",
                "data",
                f"A file of the dataset; {downloads.SUMS} names them all.",
                {
                    **answer("The file.", "application/gzip", "text/turtle", downloads.TSV),
                    "304": {"description": "The client has it: the ETag is its SHA-256."},
                },
                (404,),
                parameters=[in_path("name", "Of the file; may hold slashes.")],
            )
        }
    }


def _page(name: str, summary: str) -> Object:
    found = operation(name, "pages", summary, answer("The page.", HTML), (503,), parameters=[])
    return {"get": found}
