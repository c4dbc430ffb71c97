"""Parquet, and Hugging Face datasets saved as Parquet: read and written a group of rows at a time."""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from labeling.files.reading import LIMITS, FileRefused, Limits, Row, checked_row, of_disk, row_of_json

BATCH = 200
GROUP = 10_000
TEXTS = pa.list_(pa.string())
QUOTES = pa.list_(pa.struct([("label", pa.string()), ("text", pa.string())]))
SCHEMAS = {
    "annotations": [
        ("item", pa.string()), ("rater", pa.string()), ("labels", TEXTS), ("none_applies", pa.bool_()),
        ("certainty", pa.string()), ("comment", pa.string()), ("seconds", pa.int64()), ("submitted_at", pa.string()),
        ("evidence", QUOTES), ("round", pa.string()),
    ],
    "wide": [("item", pa.string()), ("raters", TEXTS), ("labels_by_rater", pa.list_(TEXTS))],
    "golden": [
        ("item", pa.string()), ("labels", TEXTS), ("split", pa.string()), ("provenance", pa.string()),
        ("weight", pa.float64()), ("item_digest", pa.string()), ("reference_summary", pa.string()),
    ],
    "predictions": [
        ("item", pa.string()), ("labels", TEXTS), ("confidences", pa.list_(pa.float64())), ("state", pa.string()),
        ("error", pa.string()), ("cost", pa.float64()), ("latency_ms", pa.int64()), ("model", pa.string()),
        ("summary", pa.string()),
    ],
}  # fmt: skip


def read_parquet(path: Path, limits: Limits = LIMITS) -> Iterator[Row]:
    """Rows; what a Hugging Face data set stores as numbers of classes is given back as their names."""
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowInvalid, pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and of_disk(error):
            raise
        raise FileRefused("This is no Parquet file.") from error
    with file:
        about = file.metadata
        if about.num_rows > limits.rows:
            raise FileRefused(f"The file has more than {limits.rows:,} rows. Split it.")
        if about.num_columns > limits.columns:
            raise FileRefused(f"The file has more than {limits.columns} columns.")
        size = sum(about.row_group(number).total_byte_size for number in range(about.num_row_groups))
        if size > limits.unpacked_bytes:
            raise FileRefused(f"The file holds more than {limits.unpacked_bytes >> 20} MB unpacked. Split it.")
        if not about.num_rows:
            raise FileRefused("The file has no rows.")
        classes = _classes(file.schema_arrow.metadata or {})
        number = 0
        try:
            held = 0
            for batch in file.iter_batches(batch_size=BATCH):
                held += batch.nbytes  # the sizes above are of what repeats, written once
                if held > limits.unpacked_bytes:
                    raise FileRefused(f"The file holds more than {limits.unpacked_bytes >> 20} MB unpacked. Split it.")
                for values in batch.to_pylist():
                    number += 1
                    named = {name: _named(_plain(value), classes.get(name)) for name, value in values.items()}
                    yield row_of_json(number, named, limits) or checked_row(number, named, limits)
        except (pa.ArrowInvalid, pa.ArrowException, OSError) as error:
            if isinstance(error, OSError) and of_disk(error):
                raise
            raise FileRefused("The Parquet file is damaged.") from error


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _classes(metadata: dict[bytes, bytes]) -> dict[str, list[str]]:
    try:
        features = json.loads(metadata[b"huggingface"])["info"]["features"].items()
    except (KeyError, ValueError, TypeError, AttributeError):
        return {}
    found: dict[str, list[str]] = {}
    for name, feature in features:
        inner = feature.get("feature", feature) if isinstance(feature, dict) else None
        if isinstance(inner, dict) and inner.get("_type") == "ClassLabel" and isinstance(inner.get("names"), list):
            found[name] = [str(one) for one in inner["names"]]
    return found


def _named(value: Any, names: list[str] | None) -> Any:
    if names is None or value is None:
        return value
    if isinstance(value, list):
        return [_named(one, names) for one in value]
    return names[value] if isinstance(value, int) and 0 <= value < len(names) else value


def quotes_of(value: Any) -> Any:
    """Evidence as our importer takes it, out of a list of label and text."""
    if not isinstance(value, list):
        return value
    found: dict[str, list[str]] = {}
    for one in value:
        if isinstance(one, dict) and one.get("label") is not None:
            found.setdefault(str(one["label"]), []).append(str(one.get("text") or ""))
    return found


def write_parquet(stream: BinaryIO, rows: Iterable[dict[str, Any]], kind: str, codes: Sequence[str]) -> None:
    """Write in groups. Labels are classes in the order of the taxonomy, for the `datasets` library."""
    fields = [(name, pa.list_(pa.int64()) if name == "labels" else type_) for name, type_ in SCHEMAS[kind]]
    places = {code: place for place, code in enumerate(codes)}
    schema = pa.schema(fields, metadata={b"huggingface": json.dumps({"info": {"features": _features(fields, codes)}})})
    rest = iter(rows)
    with pq.ParquetWriter(stream, schema, compression="zstd") as writer:
        while batch := list(islice(rest, GROUP)):
            made = [_made(row, places, kind) for row in batch]
            writer.write_table(pa.Table.from_pylist(made, schema=schema))


def _made(row: dict[str, Any], places: dict[str, int], kind: str) -> dict[str, Any]:
    made = dict(row)
    labels = row.get("labels")
    if labels is not None:
        made["labels"] = [places[one if isinstance(one, str) else one["code"]] for one in labels]
    if kind == "predictions":
        made["confidences"] = None if labels is None else [one["confidence"] for one in labels]
    if kind == "annotations":
        made["none_applies"] = not labels
        quotes = row.get("evidence") or {}
        made["evidence"] = [{"label": code, "text": text} for code, texts in quotes.items() for text in texts]
    return made


def _features(fields: list[tuple[str, Any]], codes: Sequence[str]) -> dict[str, Any]:
    features = {name: _feature(type_) for name, type_ in fields}
    if "labels" in features:
        features["labels"] = {"feature": {"names": list(codes), "_type": "ClassLabel"}, "_type": "Sequence"}
    return features


def _feature(type_: Any) -> Any:
    if pa.types.is_list(type_):
        inner = type_.value_type
        if pa.types.is_struct(inner):
            return [{inner.field(place).name: _feature(inner.field(place).type) for place in range(inner.num_fields)}]
        return {"feature": _feature(inner), "_type": "Sequence"}
    names = {pa.string(): "string", pa.bool_(): "bool", pa.int64(): "int64", pa.float64(): "float64"}
    return {"dtype": names[type_], "_type": "Value"}
