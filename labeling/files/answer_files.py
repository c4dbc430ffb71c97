"""Files of ratings made elsewhere: which format a file is in, and its rows as our importer takes them."""

import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

from labeling.files import argilla, doccano, label_studio, prodigy, tables_of_ratings
from labeling.files.json_lists import objects_of
from labeling.files.parquet import quotes_of, read_parquet
from labeling.files.reading import LIMITS, FileRefused, Row, of_disk, plain_rows, read_text_rows
from labeling.files.reading_ratings import Asked
from labeling.files.sheets import check_directory, read_sheet

FORMATS = {
    "long": "Our own columns, one row a rating",
    "wide": "One row an item, its raters in lists",
    "matrix": "One column a label, with 1 and 0",
    "label-studio": "Label Studio JSON",
    "label-studio-flat": "Label Studio JSON_MIN, CSV or TSV",
    "doccano": "doccano, JSON lines or zip",
    "argilla": "Argilla records",
    "prodigy": "Prodigy JSON lines",
}
ENDINGS = (".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".zip", ".parquet", ".xlsx")
LOOKED_AT = 50  # rows that a guess goes by


@dataclass(frozen=True)
class Ratings:
    """A file's rows, read again each time they are asked for, and the format they were read by."""

    format: str
    is_guess: bool
    asked: Asked
    rows: Callable[[], Iterator[Row]]


def ending_of(name: str) -> str:
    """The ending that says how a file is written, with `.gz` where it is packed; "" if we do not read it."""
    name = name.lower()
    packed = ".gz" if name.endswith(".gz") else ""
    found = next((ending for ending in ENDINGS if name.removesuffix(".gz").endswith(ending)), "")
    if packed and found in (".zip", ".parquet", ".xlsx"):
        return ""
    return found + packed if found else ""


def open_ratings(path: Path, *, format: str = "", name: str = "", encoding: str = "utf-8", asked: Asked) -> Ratings:
    """How the file reads. Without a format it is guessed by the name's ending and the first rows."""
    name = name or path.name
    ending = ending_of(name)
    if not ending:
        raise FileRefused(f"“{name}” is not a file we read. Use {', '.join(ENDINGS)}, texts also as .gz.")
    if format and format not in FORMATS:
        raise FileRefused(f"“{format}” is no format: {', '.join(FORMATS)}.")
    if ending == ".zip":
        if format not in ("", "doccano"):
            raise FileRefused(f"A zip is read as doccano's, not as {FORMATS[format]}.")
        return Ratings("doccano", not format, asked, partial(_zipped, path, encoding, asked))
    plain = partial(_plain, path, name, ending, encoding)
    chosen = format or _guess(list(islice(plain(), LOOKED_AT)), name)
    return Ratings(chosen, not format, asked, partial(_read, plain, chosen, name, asked))


def _plain(path: Path, name: str, ending: str, encoding: str) -> Iterator[Row]:
    """The rows as they stand in the file, whatever they mean."""
    kind = ending.removesuffix(".gz")
    if kind == ".json":
        return objects_of(path, packed=ending.endswith(".gz"), encoding=encoding)
    if kind == ".parquet":
        return read_parquet(path)
    if kind == ".xlsx":
        return read_sheet(path)
    return read_text_rows(path, name=name, encoding=encoding)


def _guess(rows: list[Row], name: str) -> str:
    columns = {column for row in rows for column in row.values}
    if label_studio.is_flat(columns):
        return "label-studio-flat"
    if "annotations" in columns or ("data" in columns and "predictions" in columns):
        return "label-studio"
    if prodigy.is_prodigy(columns):
        return "prodigy"
    if argilla.is_argilla(columns):
        return "argilla"
    if "label" in columns and "text" in columns and "rater" not in columns:
        return "doccano"
    if shape := tables_of_ratings.shape_of(columns):
        return shape
    raise FileRefused(f"“{name}” looks like none of the formats we know. Say which it is: {', '.join(FORMATS)}.")


def _read(plain: Callable[[], Iterator[Row]], format: str, name: str, asked: Asked) -> Iterator[Row]:
    asked.notes.clear()
    is_table = ending_of(name).removesuffix(".gz") in (".csv", ".tsv")
    rows = plain_rows(plain()) if is_table else plain()
    if format == "label-studio":
        return label_studio.read_tasks(rows, label_studio.choosing_controls(plain()), asked)
    if format == "label-studio-flat":
        return label_studio.read_flat(rows, label_studio.find_control(plain(), asked), asked)
    if format == "doccano":
        return doccano.read_doccano(rows, Path(name).name.split(".jsonl")[0].split(".csv")[0], asked)
    if format == "argilla":
        return argilla.read_argilla(rows, asked)
    if format == "prodigy":
        return prodigy.read_prodigy(rows, asked)
    if format == "wide":
        return tables_of_ratings.read_wide(rows, asked)
    if format == "matrix":
        return tables_of_ratings.read_matrix(rows, asked)
    return tables_of_ratings.read_long(_with_quotes(rows), asked)


def _with_quotes(rows: Iterator[Row]) -> Iterator[Row]:
    for row in rows:
        if isinstance(row.values.get("evidence"), list):
            yield Row(row.line, row.values | {"evidence": quotes_of(row.values["evidence"])}, row.problem)
        else:
            yield row


def _zipped(path: Path, encoding: str, asked: Asked) -> Iterator[Row]:
    """Every member's file, each unpacked beside the others' and read from there."""
    asked.notes.clear()
    try:
        with zipfile.ZipFile(path) as packed:
            check_directory(packed, most=LIMITS.unpacked_bytes)
            members = [part for part in packed.infolist() if part.filename.lower().endswith(".jsonl")]
            if not members:
                raise FileRefused("The zip holds no .jsonl file.")
            asked.note("files in the zip left out: they are not JSON lines", len(packed.infolist()) - len(members))
            for part in members:
                rater = Path(part.filename).name[: -len(".jsonl")]
                if not part.file_size:
                    asked.note("empty files in the zip")
                    continue
                with _unpacked(packed, part) as file:
                    rows = read_text_rows(file, name="rows.jsonl", encoding=encoding)
                    yield from doccano.read_doccano(rows, rater, asked)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        if isinstance(error, OSError) and of_disk(error):
            raise
        raise FileRefused("This is no zip, or it is damaged or protected by a password.") from error


@contextmanager
def _unpacked(packed: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[Path]:
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as file:
        with packed.open(part) as stream:
            left = part.file_size
            while piece := stream.read(min(1 << 16, left + 1)):
                left -= len(piece)
                if left < 0:
                    raise FileRefused("The zip says less of its size than it holds.")
                file.write(piece)
        file.flush()
        yield Path(file.name)
