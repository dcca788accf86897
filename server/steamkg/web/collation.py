"""The order of words in a language: ``Šiauliai`` behind ``Skuodas`` and before ``Tauragė``.

The letters that count as letters of their own follow the rules of CLDR, as Debian's locales lt_LT
and sl_SI cite them; all other marks count only between words that are alike without them. Numbers
in a text are compared as numbers.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

_BEHIND: Final[Mapping[str, Mapping[str, str]]] = {
    # &C<č &S<š &Z<ž, and &I<<į<<y: y is sorted among i.
    "lt": {"č": "c{", "š": "s{", "ž": "z{", "y": "i"},
    "sl": {"č": "c{", "š": "s{", "ž": "z{"},
}
"""What a letter is compared as: ``{`` comes after any letter, so ``c{`` stands behind ``cz``."""
_RUN: Final = re.compile(r"\d+|[a-z{]+")

Key = tuple[tuple[tuple[int, int, str], ...], str]


def key(words: str, language: str) -> Key:
    """What to sort ``words`` by: letters and numbers first, then everything else."""
    folded = unicodedata.normalize("NFC", words.casefold())
    letters = _BEHIND.get(language, {})
    plain = "".join(letters.get(letter) or _bare(letter) for letter in folded)
    runs = _RUN.findall(plain)
    return tuple(_run(run) for run in runs), folded


def _run(run: str) -> tuple[int, int, str]:
    return (0, int(run), "") if run.isdecimal() else (1, 0, run)


def _bare(letter: str) -> str:
    """The letter without its marks; as it is where nothing else is left of it."""
    spread = unicodedata.normalize("NFKD", letter)
    return spread.encode("ascii", "ignore").decode()
