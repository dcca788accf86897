"""Texts that are nearly right: real ones with pieces taken out, doubled, swapped and put in.

What is far from right ends in the parser's first line; what is nearly right goes deep.
"""

import re

from hypothesis import strategies as st

_PIECES = re.compile(r"\w+|\s+|[^\w\s]")

_CHANGES = ("remove", "double", "swap", "insert", "cut", "letter")
_WORDS = """
SELECT ASK CONSTRUCT DESCRIBE WHERE FROM NAMED GRAPH OPTIONAL UNION MINUS FILTER EXISTS NOT IN BIND
AS VALUES UNDEF GROUP BY HAVING ORDER LIMIT OFFSET DISTINCT REDUCED COUNT SUM AVG SAMPLE
GROUP_CONCAT SEPARATOR SERVICE SILENT LATERAL BASE PREFIX VERSION a INSERT DELETE DATA WITH USING
LOAD CLEAR DROP CREATE COPY MOVE ADD INTO TO ALL DEFAULT
{ } ( ) [ ] << >> <<( )>> {| |} . ; , ~ = != < > <= >= + - * / | ^ ! && || ^^ @ # _: ?x $y
<http://127.0.0.1:1/> <> <#> x: : '' " ''' \\ \\u0022 \\U0010FFFF \\uD800 1e400 -0 0x1
999999999999999999999 'a'@en--ltr '2020-02-30'^^<http://www.w3.org/2001/XMLSchema#date> true
(<x:p>/^<x:q>*) RAND() UUID() NOW() BNODE('x') REGEX(?o,'(a+)+$') REPLACE(?o,'(','')
"""
INSERTED = (
    *re.findall(r"\S+", _WORDS),
    *("?s ?p ?o", "{" * 50, "(" * 50, "\x00", "\x7f", "\ufeff", "\u2028", "\u00a0", "\U0001f600"),
)


@st.composite
def mutated(draw: st.DrawFn, texts: tuple[str, ...]) -> str:
    """One of ``texts`` with up to six changes."""
    pieces = _PIECES.findall(draw(st.sampled_from(texts)))
    for _ in range(draw(st.integers(0, 6))):
        if not pieces:
            break
        place = draw(st.integers(0, len(pieces) - 1))
        change = draw(st.sampled_from(_CHANGES))
        if change == "remove":
            del pieces[place]
        elif change == "double":
            pieces.insert(place, pieces[place])
        elif change == "swap":
            other = draw(st.integers(0, len(pieces) - 1))
            pieces[place], pieces[other] = pieces[other], pieces[place]
        elif change == "insert":
            pieces.insert(place, f" {draw(st.sampled_from(INSERTED))} ")
        elif change == "cut":
            del pieces[place:]
        else:
            pieces[place] = draw(st.characters(codec="utf-8"))
    return "".join(pieces)


@st.composite
def damaged(draw: st.DrawFn, bodies: tuple[bytes, ...]) -> bytes:
    """One of ``bodies`` with up to four bytes changed, or cut off."""
    body = bytearray(draw(st.sampled_from(bodies)))
    for _ in range(draw(st.integers(0, 4))):
        if not body:
            break
        place = draw(st.integers(0, len(body) - 1))
        if draw(st.booleans()):
            body[place] = draw(st.integers(0, 255))
        else:
            del body[place : place + draw(st.integers(1, 40))]
    return bytes(body)
