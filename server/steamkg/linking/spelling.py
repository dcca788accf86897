"""How a name is written, taken apart: capitals, quotes, diacritics, endings, shortened words.

Knows Lithuanian endings and legal forms and the English possessive; what is alike enough is
:mod:`steamkg.linking.matching`'s to say.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_QUOTES: Final = re.compile("[\"'`´‘’‚‛“”„‟«»‹›″′]")
_WORD: Final = re.compile(r"[^\W_]+\.?")
# Letters that are no base letter with a mark, so that NFKD leaves them.
_LETTERS: Final = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe"})

_LEGAL_WORDS: Final = frozenset(
    {"uab", "ab", "vsi", "mb", "kub", "tub", "zub", "bi", "ltd", "llc", "jsc", "inc", "gmbh"}
)
_LEGAL_PHRASES: Final = (
    ("uzdaroji", "akcine", "bendrove"),
    ("akcine", "bendrove"),
    ("viesoji", "istaiga"),
    ("biudzetine", "istaiga"),
    ("mazoji", "bendrija"),
    ("individuali", "imone"),
    ("public", "institution"),
)
SMALL: Final = frozenset({"ir", "bei", "and", "of", "the", "for", "in", "to", "za", "v"})
"""Words that carry no meaning of their own and are left out of abbreviations."""

SHORTENED: Final = {
    "r": ("rajono",),
    "raj": ("rajono",),
    "m": ("miesto",),
    "mst": ("miesto",),
    "sav": ("savivaldybe", "savivaldybes"),
    "savivald": ("savivaldybe",),
    "apskr": ("apskritis",),
    "univ": ("universitetas", "university"),
    "un": ("universitetas", "university"),
    "kol": ("kolegija",),
    "min": ("ministerija", "ministry"),
    "asoc": ("asociacija", "association"),
    "dept": ("department",),
    "mun": ("municipality",),
    "dist": ("district",),
    "tech": ("technologijos", "technology", "technical"),
    "liet": ("lietuvos",),
}
"""What a shortened word stands for, with or without its full stop."""

_CASES: Final = """
    a e i o u y as es is os us ys ai iai ei iu io ius iaus aus ia ios ies ui iui oje ioje eje yje
    uje iuje iuose uose ose iose ese yse ams iams oms ioms ems ims ums ais iais omis iomis emis imis
    umis am iam ojo oji oja
"""
# Longest first: what is taken off is the longest ending that leaves three letters.
_ENDINGS: Final = tuple(sorted(_CASES.split(), key=len, reverse=True))


@dataclass(frozen=True)
class Word:
    """One word of a name in the forms in which words are compared."""

    written: str
    small: str
    """In small letters, as written otherwise."""
    folded: str
    """Without diacritics."""
    stem: str
    """Without its grammatical ending."""
    dotted: bool
    """Written with a full stop, so perhaps shortened."""

    @property
    def capitals(self) -> bool:
        """Written in capitals throughout, as abbreviations are."""
        return len(self.written) > 1 and self.written.isupper()


@dataclass(frozen=True)
class Name:
    """A name taken apart."""

    written: str
    words: tuple[Word, ...]
    """Without the legal form, unless that is all there is."""
    legal_form: str
    """The legal form as written; "" without one."""

    @property
    def plain(self) -> str:
        """The words in small letters."""
        return " ".join(word.small for word in self.words)

    @property
    def folded(self) -> str:
        """The same without diacritics."""
        return " ".join(word.folded for word in self.words)

    @property
    def squeezed(self) -> str:
        """The same without spaces."""
        return "".join(word.folded for word in self.words)

    @property
    def initials(self) -> str:
        """First letters of the words that carry meaning, without diacritics."""
        return "".join(word.folded[0] for word in self.words if word.folded not in SMALL)


def fold(text: str) -> str:
    """``text`` in small letters without diacritics: ``Šiaulių`` → ``siauliu``."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def stem(folded: str) -> str:
    """The word without its Lithuanian ending or English possessive, at least three letters.

    Meant for comparing, not for reading: Vilnius and Vilniaus both give ``viln``.
    """
    for ending in _ENDINGS:
        if folded.endswith(ending) and len(folded) - len(ending) >= 3:
            return folded[: -len(ending)]
    return folded


@lru_cache(maxsize=65_536)
def take_apart(written: str) -> Name:
    """The name in its parts."""
    text = unicodedata.normalize("NFKC", written)
    # English possessive first: the apostrophe is a quotation mark too.
    text = re.sub(r"(?<=\w)['’]s\b", "", text)
    text = _QUOTES.sub(" ", text).replace("&", " ir ")
    # VŠĮ is also written with full stops between its letters, which are no words of their own.
    text = re.sub(r"\b(?:\w\.){2,}", lambda found: found[0].replace(".", "") + " ", text)
    words = [_word(found[0]) for found in _WORD.finditer(text)]
    kept, form = _without_legal_form(words)
    return Name(written=written, words=tuple(kept or words), legal_form=form if kept else "")


def _word(written: str) -> Word:
    bare = written.removesuffix(".")
    folded = fold(bare)
    return Word(
        written=bare,
        small=bare.casefold(),
        folded=folded,
        stem=stem(folded),
        dotted=bare != written,
    )


def _without_legal_form(words: list[Word]) -> tuple[list[Word], str]:
    """The words that are left, and the legal form that was there."""
    folded = [word.folded for word in words]
    for phrase in _LEGAL_PHRASES:
        for start in (0, len(words) - len(phrase)):
            if start >= 0 and tuple(folded[start : start + len(phrase)]) == phrase:
                end = start + len(phrase)
                form = " ".join(word.written for word in words[start:end])
                return [*words[:start], *words[end:]], form
    for place in (0, len(words) - 1):
        # In the middle such a word may be a part of the name.
        if words and folded[place] in _LEGAL_WORDS:
            return [*words[:place], *words[place + 1 :]], words[place].written
    return words, ""
