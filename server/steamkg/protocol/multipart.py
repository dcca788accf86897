"""Documents sent together: ``multipart/form-data`` (RFC 7578, RFC 2046 §5.1.1).

Only what a file upload needs: each part's name, file name, media type and bytes. What is not in
that form raises Problem (400) and says where.
"""

import re
from dataclasses import dataclass
from typing import Final

from steamkg.protocol.failures import Problem, bad_request

MEDIA_TYPE: Final = "multipart/form-data"

_MOST_PARTS: Final = 100
_LONGEST_HEAD: Final = 8_000
_PARAMETER: Final = re.compile(r';\s*([A-Za-z*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;]+))')
_BOUNDARY: Final = re.compile(r"[A-Za-z0-9'()+_,./:=? -]{0,69}[A-Za-z0-9'()+_,./:=?-]")


@dataclass(frozen=True, kw_only=True)
class Part:
    """A document: ``content_type`` is empty where the sender did not say."""

    name: str
    filename: str
    content_type: str
    body: bytes


def parts_of(content_type: str, body: bytes) -> list[Part]:
    """The parts of a body, in order. Raises Problem (400)."""
    boundary = parameter(content_type, "boundary")
    if not boundary or not _BOUNDARY.fullmatch(boundary):
        raise _bad("the Content-Type names no boundary that could be one")
    # RFC 2046: a boundary stands at the start of a line, and its line break belongs to it.
    line = b"\r\n--" + boundary.encode("ascii")
    _, *sections = (b"\r\n" + body).split(line)  # what stands before is to be ignored
    if not sections:
        raise _bad(f"no line of the body begins with the boundary --{boundary}")
    if len(sections) > _MOST_PARTS:
        raise _bad(f"there are more than {_MOST_PARTS} parts")
    *written, last = sections
    if not last.startswith(b"--"):
        raise _bad(f"the body ends without --{boundary}--")
    if not written:
        raise _bad("it has no parts")
    return [_part(number, section) for number, section in enumerate(written, 1)]


def parameter(header: str, name: str) -> str:
    """A parameter of a header such as Content-Type; empty where there is none."""
    for found, quoted, plain in _PARAMETER.findall(header):
        if found.casefold() == name:
            return plain or re.sub(r"\\(.)", r"\1", quoted)
    return ""


def _part(number: int, section: bytes) -> Part:
    padding, _, rest = section.partition(b"\r\n")
    if padding.strip(b" \t"):
        raise _bad(f"part {number}: something stands behind the boundary")
    head, blank, body = (b"\r\n" + rest).partition(b"\r\n\r\n")
    if not blank or len(head) > _LONGEST_HEAD:
        raise _bad(f"part {number}: an empty line has to follow its headers")
    headers = {}
    for line in head.decode("utf-8", "replace").split("\r\n")[1:]:
        name, _, value = line.partition(":")
        headers[name.strip().casefold()] = value.strip()
    disposition = headers.get("content-disposition", "")
    if disposition.partition(";")[0].strip().casefold() != "form-data":
        raise _bad(f"part {number}: it needs 'Content-Disposition: form-data; name=…'")
    return Part(
        name=parameter(disposition, "name"),
        filename=parameter(disposition, "filename"),
        content_type=headers.get("content-type", ""),
        body=body,
    )


def _bad(reason: str) -> Problem:
    return bad_request("bad-multipart", reason)
