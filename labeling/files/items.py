"""Item rows: which column plays which part, and what a row says."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from labeling.files.values import KEY_MAX, KEYS, BadValue, address_of, count_of, text_of, time_of

ROLES = ("id", "name", "text", "source_url", "fetched_at", "page", "attribute", "documents", "ignore")
_NAMES = ("name", "title", "company", "company_name")
_TEXTS = ("text", "description", "body", "content")
_URLS = ("source_url", "url", "website")
ATTRIBUTE_MAX = 500
SET_APART = "apart:"  # how the ids of items begin that are not of the collection
DOCUMENTS_MAX = 50


@dataclass(frozen=True)
class ItemRow:
    """One item as a file describes it."""

    external_id: str
    name: str
    documents: tuple[dict[str, Any], ...]  # position, kind, text, source_url, fetched_at, page
    attributes: dict[str, str] = field(default_factory=dict)
    addresses_left_out: int = 0  # source addresses that are no http(s) addresses: a note, no reason to refuse an item


def guess_mapping(columns: Iterable[str]) -> dict[str, str]:
    """A role for each column, by its name; what nothing is known of becomes an attribute."""
    columns = list(columns)
    mapping = dict.fromkeys(columns, "attribute")
    for role, names in (("id", KEYS), ("name", _NAMES), ("text", _TEXTS), ("source_url", _URLS)):
        if found := next((name for name in names if mapping.get(name) == "attribute"), None):
            mapping[found] = role
    for name in ("documents", "fetched_at", "page"):
        if name in mapping:
            mapping[name] = name
    return mapping


def check_mapping(mapping: Mapping[str, str]) -> str:
    """A sentence on what is wrong with a mapping, or ""."""
    roles = list(mapping.values())
    if unknown := [role for role in roles if role not in ROLES and not role.startswith("text:")]:
        return f"“{unknown[0]}” is not something a column can be."
    if roles.count("id") != 1:
        return "Exactly one column must be the id."
    for role in ("name", "source_url", "fetched_at", "page", "documents"):
        if roles.count(role) > 1:
            return f"Only one column can be the {role.replace('_', ' ')}."
    if not any(role in ("text", "documents") or role.startswith("text:") for role in roles):
        return "At least one column must be a text."
    return ""


def item_of(values: Mapping[str, Any], mapping: Mapping[str, str]) -> ItemRow:
    """What a row says under a mapping; raises BadValue."""
    columns: dict[str, list[str]] = {}
    for column, role in mapping.items():
        columns.setdefault(role, []).append(column)
    key = text_of(values.get(columns["id"][0]))
    if not key:
        raise BadValue(f"“{columns['id'][0]}” is empty")
    if len(key) > KEY_MAX:
        raise BadValue(f"“{columns['id'][0]}” has more than {KEY_MAX} characters")
    if key.startswith(SET_APART):
        raise BadValue(f"ids that begin with “{SET_APART}” are kept for texts that are set apart")
    name = text_of(values.get(columns["name"][0])) if "name" in columns else ""
    attributes = {}
    for column in columns.get("attribute", ()):
        value = text_of(values.get(column))
        if len(value) > ATTRIBUTE_MAX:
            raise BadValue(f"“{column}” has more than {ATTRIBUTE_MAX} characters, too many for an attribute")
        attributes[column] = value
    documents = _documents(values, columns)
    if not documents:
        raise BadValue("it has no text")
    left_out = sum(document["source_url"] is None for document in documents)
    for document in documents:
        document["source_url"] = document["source_url"] or ""
    return ItemRow(key, (name or key)[:500], tuple(documents), attributes, left_out)


def _documents(values: Mapping[str, Any], columns: Mapping[str, list[str]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    about = {role: values.get(columns[role][0]) for role in ("source_url", "fetched_at", "page") if role in columns}
    for role, names in columns.items():
        if role == "text" or role.startswith("text:"):
            for column in names:
                kind = role.partition(":")[2] or (column if len(names) > 1 else "text")
                if text := text_of(values.get(column)):
                    found.append(_document(kind, text, about))
    for column in columns.get("documents", ()):
        listed = values.get(column) or []
        if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
            raise BadValue(f"“{column}” is not a list of documents")
        found += [
            _document(text_of(one.get("kind")) or "text", text, one)
            for one in listed
            if (text := text_of(one.get("text")))
        ]
    if len(found) > DOCUMENTS_MAX:
        raise BadValue(f"it has {len(found)} documents, more than {DOCUMENTS_MAX}")
    return [{"position": position, **document} for position, document in enumerate(found)]


def _document(kind: str, text: str, about: Mapping[str, Any]) -> dict[str, Any]:
    fetched = time_of(about.get("fetched_at"), "fetched_at")
    return {
        "kind": kind[:60],
        "text": text,
        "source_url": _address(about.get("source_url")),
        "fetched_at": fetched.isoformat() if fetched else "",
        "page": count_of(about.get("page"), "page", most=2**31 - 1),
    }


def _address(value: Any) -> str | None:
    """The address, or None if it is none; lists of companies often hold "example.com" without a scheme."""
    text = text_of(value)
    if text and "://" not in text and "." in text and " " not in text:
        text = f"https://{text}"
    try:
        return address_of(text, "source_url")
    except BadValue:
        return None
