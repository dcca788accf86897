"""The words of the interface in other languages: gettext catalogs, read as text.

``translations/<language>/LC_MESSAGES/<area>.po``, one file for each area of the pages; all of a
language make one catalog. They are compiled in memory when the application starts, so no compiled
file can be missing or older than its source. English is the language of the message ids.
"""

from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from babel.support import NullTranslations, Translations
from flask_babel import Domain, get_locale

FOLDER: Final = Path(__file__).parent / "translations"


class CatalogError(Exception):
    """A catalog cannot be read; the text starts with the file."""


class Catalogs(Domain):  # type: ignore[misc]  # Flask-Babel has no types
    """What Flask-Babel asks for translations: the catalogs of ``languages``, read once."""

    def __init__(self, languages: Iterable[str], folder: Path = FOLDER) -> None:
        """Read and compile. Raises CatalogError."""
        super().__init__()
        self._translations = {
            language: _compiled(read(language, folder)) for language in sorted(languages)
        }
        self._none = NullTranslations()

    def get_translations(self) -> NullTranslations:
        """The words of the current language; none for English, which the ids are in."""
        locale = get_locale()
        return self._translations.get(str(locale), self._none)


def read(language: str, folder: Path = FOLDER) -> Catalog:
    """Every message of a language, the areas together. Raises CatalogError."""
    merged = Catalog(locale=language)
    for file in sorted((folder / language / "LC_MESSAGES").glob("*.po")):
        try:
            with file.open("rb") as opened:
                found = read_po(opened, locale=language, abort_invalid=True)
        except (PoFileError, UnicodeDecodeError, ValueError) as error:
            raise CatalogError(f"{file}: no gettext catalog: {error}") from error
        for message in found:
            if not message.id or message.fuzzy:
                continue
            # A message has one translation wherever it stands; tests hold the areas to that.
            merged[message.id] = message
    return merged


def _compiled(catalog: Catalog) -> NullTranslations:
    if not len(catalog):
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Translations(fp=compiled)
