"""The partner map for programs: two matrices, the lists behind their numbers, the files."""

from typing import Final

from steamkg.web import sheets
from steamkg.web.operations import HTML, Object, answer, in_path, operation, parameter

_FORMATS: Final = {one.href: one.media_type for one in sheets.offers(lambda form: form)}
_FORM: Final[Object] = {**in_path("form", "The format."), "schema": {"enum": list(_FORMATS)}}
_CHOICE: Final = (
    parameter("category", "A category, by the end of its IRI."),
    parameter("place", "A county or municipal territory, by the end of its IRI; or `not-stated`."),
    parameter("status", "How they are listed.", schema={"enum": ["existing", "potential"]}),
)


def paths() -> Object:
    """Each path with its operation."""
    county = parameter("county", "The county whose municipalities are rows; `all` for every one.")
    return {
        "/matrix": _page("matrix", "Categories by possible areas; places by categories.", county),
        "/matrix/partners": _page("matrixPartners", "The partners behind one number.", *_CHOICE),
        "/matrix/areas.{form}": _file("matrixAreas", "Categories by possible areas."),
        "/matrix/places.{form}": _file("matrixPlaces", "Places by top categories."),
        "/matrix/partners.{form}": _file(
            "matrixPartnersFile", "The partners behind one number.", *_CHOICE
        ),
    }


def _page(name: str, summary: str, *parameters: Object) -> Object:
    page = answer("The page.", HTML)
    return {"get": operation(name, "pages", summary, page, (404, 503), parameters=list(parameters))}


def _file(name: str, summary: str, *parameters: Object) -> Object:
    file = answer("The table as a file.", *_FORMATS.values())
    return {
        "get": operation(name, "pages", summary, file, (404, 503), parameters=[_FORM, *parameters])
    }
