"""The messages of the interface: which there are in templates and code, which have no translation.

    python -m steamkg.web.messages lt

prints what the catalogs of a language lack, ready to be put into the file of its area.
"""

import sys
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import write_po

from steamkg.web import catalogs

_SOURCES: Final = Path(__file__).parent
_KEYWORDS: Final = {
    **DEFAULT_KEYWORDS,
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "lazy_pgettext": ((1, "c"), 2),
}
_METHODS: Final = [("**.py", "python"), ("templates/**.html", "jinja2")]
_OPTIONS: Final = {"templates/**.html": {"trimmed": "true", "silent": "false"}}


def used(folder: Path = _SOURCES) -> Catalog:
    """Every message in the templates and the code under ``folder``, with its places."""
    found = Catalog()
    for file, line, message, comments, context in extract_from_dir(
        folder,
        _METHODS,
        _OPTIONS,
        keywords=_KEYWORDS,
    ):
        found.add(message, None, [(file, line)], auto_comments=comments, context=context)
    return found


def lacking(language: str) -> Catalog:
    """The messages without a translation into a language."""
    there = catalogs.read(language)
    found = Catalog(locale=language)
    for message in used():
        if message.id and there.get(message.id, message.context) is None:
            found.add(message.id, None, message.locations, context=message.context)
    return found


def main(arguments: list[str]) -> int:
    """Print what lacks in the language named. 1 when something does."""
    if len(arguments) != 1:
        print("usage: python -m steamkg.web.messages LANGUAGE", file=sys.stderr)
        return 2
    found = lacking(arguments[0])
    if not len(found):
        return 0
    text = BytesIO()
    write_po(text, found, omit_header=True, sort_by_file=True, width=96)
    print(text.getvalue().decode(), end="")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
