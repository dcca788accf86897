"""The terminals that Turtle (§6.5) and SPARQL (§19.8) have in common, as regular expressions.

Both lexers are built from these; what they add is their own.
"""

from typing import Final

BASE_CHARACTER: Final = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d"
    "\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
VARIABLE_CHARACTER: Final = BASE_CHARACTER + "_0-9\u00b7\u0300-\u036f\u203f-\u2040"
NAME_CHARACTER: Final = VARIABLE_CHARACTER + "-"
ESCAPED: Final = r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?#@%]"
PREFIX: Final = rf"(?:[{BASE_CHARACTER}][{NAME_CHARACTER}]*(?:\.+[{NAME_CHARACTER}]+)*)?"
LOCAL: Final = (
    rf"(?:(?:[{BASE_CHARACTER}_:0-9]|{ESCAPED})(?:[{NAME_CHARACTER}:]|{ESCAPED})*"
    rf"(?:\.+(?:[{NAME_CHARACTER}:]|{ESCAPED})+)*)?"
)
