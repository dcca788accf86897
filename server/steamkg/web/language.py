"""In which language a page speaks: its address says it, and where that is silent, the browser.

Every page lives under ``/en/…``, ``/lt/…`` or ``/sl/…``. An address without a language leads to
the page in the language that Accept-Language prefers (RFC 9110 §12.5.4). What the words are is the
business of ``catalogs.py``; labels of things follow ``fallback``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, urlencode

from babel.core import Locale, UnknownLocaleError
from flask import (
    Flask,
    Response,
    current_app,
    g,
    has_request_context,
    make_response,
    redirect,
    request,
)
from flask_babel import Babel, format_date, format_decimal
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from steamkg.web.catalogs import Catalogs

LANGUAGES: Final = ("en", "lt", "sl")
OWN_NAMES: Final[Mapping[str, str]] = {"en": "English", "lt": "Lietuvių", "sl": "Slovenščina"}
DEFAULT: Final = "en"
PREFIX: Final = f"/<any({', '.join(LANGUAGES)}):language>"
"""What the address of every page begins with, as a rule of Flask's."""

_FALLBACK: Final[Mapping[str, tuple[str, ...]]] = {
    "en": ("en", "lt", "sl", ""),
    "lt": ("lt", "en", "sl", ""),
    "sl": ("sl", "en", "lt", ""),
}
_TAG: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
"""The form of a language tag (BCP 47), roughly."""
LONGEST_ADDRESS: Final = 4000
"""Characters of parameters or of a query that still make a link which browsers and servers take."""
_LONGEST_PATH: Final = 400
"""No page has a longer path; so nobody's letters fill our pages."""
_PATH_CHARACTERS: Final = "/-._~!$&'()*+,;=:@"
_CHOOSER: Final = "choose_language"


@dataclass(frozen=True, kw_only=True)
class Version:
    """The page now served, or what stands in for it, in a language; ``href`` leads there."""

    language: str
    name: str
    href: str
    current: bool


def register(app: Flask) -> None:
    """Teach ``app`` the languages; before its pages are registered."""
    babel = Babel(app, default_locale=DEFAULT, locale_selector=current_language)
    babel.domain_instance = Catalogs(LANGUAGES)
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.jinja_env.globals.update(
        current_language=current_language,
        local_path=local_path,
        own_name=own_name,
        versions=versions,
    )
    app.jinja_env.filters.update(number=format_decimal, date=_date)
    app.url_value_preprocessor(_take_from_address)
    app.url_defaults(_put_into_address)
    app.after_request(_tell)


def current_language() -> str:
    """The language that this request is answered in."""
    if not has_request_context():
        return DEFAULT
    if "language" not in g:
        first = request.path.split("/", 2)[1]
        g.language = first if first in LANGUAGES else _preferred()
    return str(g.language)


def fallback(language: str) -> tuple[str, ...]:
    """The languages in which a label is looked for, in order; ``""`` is no language at all."""
    return _FALLBACK.get(language, _FALLBACK[DEFAULT])


def local_path(path: str) -> str:
    """``/explore`` → ``/lt/explore``: the address of a page in the current language."""
    return f"/{current_language()}{path}"


def own_name(language: str) -> str:
    """What a language calls itself; the code where we do not know."""
    return OWN_NAMES.get(language, language)


def language_name(language: str) -> str:
    """What the language of the page calls a language; the code where that is not known."""
    try:
        return Locale.parse(language, sep="-").get_display_name(current_language()) or language
    except (UnknownLocaleError, ValueError):
        return language


def to_page(path: str | None = None, status: int = 302) -> Response:
    """From an address without a language to the page with the same parameters, or to ``path``."""
    target = quote(local_path(path or request.path), safe=_PATH_CHARACTERS)
    if request.query_string and path is None:
        target += "?" + request.query_string.decode("latin-1")
    answer = make_response(redirect(target, status))
    answer.vary.add("Accept-Language")
    return answer


def lead_to_pages(app: Flask) -> None:
    """Answer every address of a page without its language; after all pages are registered."""
    rules = list(app.url_map.iter_rules())
    taken = {rule.rule for rule in rules}
    for rule in rules:
        bare = rule.rule.removeprefix(PREFIX)
        if bare not in taken and "GET" in (rule.methods or ()):
            taken.add(bare)
            app.add_url_rule(bare, _CHOOSER, _choose, methods=["GET"])


def versions() -> tuple[Version, ...]:
    """The page of this request in each language; the start page where there is no such page."""
    path = _without_language(request.path) if len(request.path) <= _LONGEST_PATH else "/"
    values = request.args if request.method in ("GET", "HEAD") else request.form
    query = urlencode(list(values.items(multi=True)))
    address = quote(path, safe=_PATH_CHARACTERS)
    if query and len(query) <= LONGEST_ADDRESS:
        address += f"?{query}"
    return tuple(
        Version(
            language=language,
            name=OWN_NAMES[language],
            href=f"/{language}{address}",
            current=language == current_language(),
        )
        for language in LANGUAGES
    )


def _choose(**_: object) -> Response:
    return to_page()


def unknown_language() -> str | None:
    """The language that the address asks for and no page has, as in ``/de/explore``."""
    first, slash, _ = request.path.removeprefix("/").partition("/")
    known = not slash or first in LANGUAGES or _TAG.fullmatch(first) is None
    return None if known else first


def _without_language(path: str) -> str:
    """The rest of a page's address behind the language, known or not; ``/`` for no page."""
    _, _, rest = path.removeprefix("/").partition("/")
    rest = f"/{rest}"
    adapter = current_app.url_map.bind("")
    try:
        adapter.match(f"/{DEFAULT}{rest}", method="GET")
    except RequestRedirect:
        return rest
    except HTTPException:
        return "/"
    return rest


def _preferred() -> str:
    """The language that the browser likes best among ours."""
    g.language_was_negotiated = True
    return str(request.accept_languages.best_match(LANGUAGES, DEFAULT))


def _take_from_address(_: str | None, values: dict[str, Any] | None) -> None:
    if values and (language := values.pop("language", None)):
        g.language = language


def _put_into_address(endpoint: str, values: dict[str, Any]) -> None:
    if "language" not in values and current_app.url_map.is_endpoint_expecting(endpoint, "language"):
        values["language"] = current_language()


def _tell(response: Response) -> Response:
    """Name the language of a page, and what chose it."""
    if response.mimetype == "text/html":
        response.content_language.add(current_language())
    if g.get("language_was_negotiated"):
        response.vary.add("Accept-Language")
    return response


def _date(moment: str) -> str:
    """An ISO 8601 moment as a date; in English with the day first, as in the rest of the text."""
    form = "d MMMM y" if current_language() == "en" else "long"
    return str(format_date(datetime.fromisoformat(moment), form))
