"""Content hashes: SHA-256 over canonical JSON, so that equal content has one name everywhere."""

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any


def canonical(value: Any) -> bytes:
    """The one way to write a JSON value: sorted keys, no spaces, UTF-8, no NaN."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode()


def digest_of(value: Any) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()


def item_digest(*, name: str, attributes: Mapping[str, Any], documents: Iterable[Mapping[str, Any]]) -> str:
    """The hash of all that an item says: two items that show the same have the same digest."""
    return digest_of({"name": name, "attributes": dict(attributes), "documents": [dict(one) for one in documents]})


def normal_text(text: str) -> str:
    """Text for comparing: compatibility forms, case and white space do not count."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def text_digest(texts: Iterable[str]) -> str:
    """The hash of normalised texts: items that differ only in case, spacing or width share it."""
    return digest_of([normal_text(text) for text in texts])


def taxonomy_digest(labels: Iterable[Mapping[str, Any]]) -> str:
    """The hash of a taxonomy version: its labels in reading order, with everything experts read."""
    return digest_of([dict(label) for label in labels])


def release_digest(*, entries: Iterable[Mapping[str, Any]], taxonomy: str, guideline: str) -> str:
    """The hash of a release: its entries in the order of their ids, its taxonomy's hash and its guideline's text.

    Number, name and time are left out: the same content frozen twice has the same hash. Entries are hashed one by
    one, so that a large release need not fit in memory.
    """
    whole = hashlib.sha256(canonical({"taxonomy": taxonomy, "guideline": guideline}))
    for entry in entries:
        whole.update(hashlib.sha256(canonical(dict(entry))).digest())
    return whole.hexdigest()
