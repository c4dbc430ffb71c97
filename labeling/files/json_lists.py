"""The objects of a JSON list, one at a time: a file of 250 MB is never in memory at once."""

import codecs
import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

from labeling.files.reading import LIMITS, FileRefused, Limits, Row, checked_row, row_of_json

CHUNK = 1 << 18
LONGEST = 64 << 20  # characters of one object


def objects_of(path: Path, *, packed: bool = False, encoding: str = "utf-8", limits: Limits = LIMITS) -> Iterator[Row]:
    """Rows of a file that holds a list of objects, or lines of them; `line` is the number of the object."""
    with path.open("rb") as raw:
        source = cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if packed else raw
        try:
            for number, value in enumerate(_values(_text(source, encoding, limits)), start=1):
                if number > limits.rows:
                    raise FileRefused(f"The file has more than {limits.rows:,} objects. Split it.")
                yield row_of_json(number, value, limits) or checked_row(number, value, limits)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise FileRefused("The file ends too early or is not gzip. Send it again.") from error
        except UnicodeDecodeError as error:
            raise FileRefused(f"The file is not {encoding}. If it is in another encoding, name it.") from error


def _text(source: BinaryIO, encoding: str, limits: Limits) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding)()
    count = 0
    while data := source.read(CHUNK):
        count += len(data)
        if count > limits.unpacked_bytes:
            raise FileRefused(f"The file holds more than {limits.unpacked_bytes >> 20 or 1} MB unpacked. Split it.")
        yield decoder.decode(data)
    yield decoder.decode(b"", final=True)


def _values(chunks: Iterator[str]) -> Iterator[Any]:
    """Each object of the list; reads on, twice as much each time, until one is whole."""
    decoder = json.JSONDecoder(parse_constant=_no_constant)
    held, place, step, is_list, number, is_over = "", 0, 1, False, 0, False

    def more(count: int) -> bool:
        nonlocal held, place, is_over
        got = []
        for _ in range(count):
            piece = next(chunks, None)
            if piece is None:
                is_over = True
                break
            got.append(piece)
        held, place = held[place:] + "".join(got), 0
        return bool(got)

    more(1)
    while True:
        while place < len(held) and held[place] in " \t\r\n,":
            place += 1
        if place == len(held):
            if is_over or not more(1):
                if is_list:
                    raise FileRefused(f"The list ends too early, after {number:,} objects.")
                if not number:
                    raise FileRefused("The file has no rows.")
                return
            continue
        if held[place] == "[" and not number and not is_list:
            is_list, place = True, place + 1
            continue
        if held[place] == "]" and is_list:
            if held[place + 1 :].strip() or any(piece.strip() for piece in chunks):
                raise FileRefused("Something stands after the end of the list.")
            if not number:
                raise FileRefused("The file has no rows.")
            return
        try:
            value, place = decoder.raw_decode(held, place)
        except (ValueError, RecursionError) as error:
            if is_over or len(held) - place > LONGEST or not more(step):
                raise FileRefused(f"Object {number + 1} is not JSON ({str(error)[:100]}).") from error
            step *= 2
            continue
        number, step = number + 1, 1
        yield value


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")
