"""The lists of Explore and their files, in OpenAPI."""

from steamkg.web import explore_files
from steamkg.web.operations import HTML, Object, answer, in_path, operation, parameter


def paths() -> Object:
    """The lists, and where they once were."""
    kinds = operation("explore", "pages", "The lists there are.", answer("The page.", HTML), (503,))
    return {
        "/explore": {"get": kinds},
        "/explore/{name}": _explored(),
        "/browse": _moved("browse", "Where the kinds of things once were."),
        "/browse/{name}": _moved(
            "browseKind", "Where a list once was.", in_path("name", "What it lists.")
        ),
    }


def _explored() -> Object:
    """The list of a class; each of its facets may be given as well."""
    page: Object = operation(
        "exploreList",
        "pages",
        "The things of a class, narrowed by its facets; a page or a file.",
        answer(
            "The page or the file.",
            HTML,
            *(media_type for _, media_type in explore_files.FORMATS.values()),
        ),
        (400, 404, 406, 413, 503),
        parameters=[
            in_path("name", "What it lists: `partners`, or a class as in `steam:Centre`."),
            parameter("q", "Part of a name, with or without its marks."),
            parameter("sort", "The column to sort by; with `-` before it the last comes first."),
            parameter("page", "The number of the page.", schema={"type": "integer", "minimum": 1}),
            parameter(
                "format", "The page, or a file.", schema={"enum": ["html", *explore_files.FORMATS]}
            ),
        ],
    )
    return {"get": page}


def _moved(name: str, summary: str, *parameters: Object) -> Object:
    moved: Object = {"301": {"description": "The list that took its place."}}
    return {"get": operation(name, "pages", summary, moved, parameters=list(parameters))}
