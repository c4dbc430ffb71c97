"""Reads multipart/form-data, as far as uploads need it."""

import re
from dataclasses import dataclass

from evaluation.simulator.reading import BadRequest

_BOUNDARY = re.compile(r"boundary=\"?([^\";]+)\"?", re.IGNORECASE)
_NAME = re.compile(rb"\bname=\"([^\"]*)\"", re.IGNORECASE)
_FILENAME = re.compile(rb"\bfilename=\"([^\"]*)\"", re.IGNORECASE)


@dataclass(frozen=True)
class Part:
    """One field of a form; a file has a name."""

    name: str
    content: bytes


def read_form(content_type: str, body: bytes) -> dict[str, Part]:
    """The fields by name; raises BadRequest."""
    told = _BOUNDARY.search(content_type)
    if not content_type.startswith("multipart/form-data") or not told:
        raise BadRequest("the body must be multipart/form-data")
    edge, fields = b"\r\n--" + told[1].encode(), {}
    for piece in (b"\r\n" + body).split(edge)[1:]:
        head, gap, content = piece.partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if gap and name:
            filename = _FILENAME.search(head)
            fields[name[1].decode("utf-8", "replace")] = Part(
                filename[1].decode("utf-8", "replace") if filename else "", content
            )
    return fields
