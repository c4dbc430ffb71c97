"""Thirty of the sample's companies with twelve labels, and a prompt that a very small base model can follow."""

import json

from evaluation.demo.content.companies import companies
from evaluation.demo.content.taxonomy import leaves
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.actions.items import write_items
from labeling.actions.taxonomy import draft_taxonomy, publish_taxonomy
from labeling.enums import Role
from labeling.files.items import ItemRow
from labeling.files.taxonomies import LabelRow
from tests.factories import make_member, make_project

CODES = (
    "bld-construction", "bld-coworking", "bld-charging", "mkt-crm", "fin-accounting", "data-bi",
    "sec-backup", "pro-design", "man-plastics", "log-lastmile", "sup-helpdesk", "fin-lending",
)  # fmt: skip
TEXT_MAX = 700  # characters, so that prompt and answer stay within the server's context

# What a made-up company says, the one label it gets, and the quote that shows it: a base model goes on in this manner.
SHOWN = (
    (
        "Vesterby Tools",
        "Every night we copy your servers and mailboxes to a second site.",
        "sec-backup",
        "copy your servers",
    ),
    (
        "Marrow & Finch",
        "A family firm from Leeds. We lend money to wholesalers against their stock.",
        "fin-lending",
        "lend money to wholesalers",
    ),
    (
        "Okoro",
        "Visitors are welcome. Our presses make crates and lids out of plastic.",
        "man-plastics",
        "crates and lids out of plastic",
    ),
    (
        "Lindqvist",
        "Our software sorts what your customers ask into tickets for the support team.",
        "sup-helpdesk",
        "tickets for the support team",
    ),
    (
        "Halden Works",
        "Founded in 1988. We build sheds and offices for firms, from the ground to the roof.",
        "bld-construction",
        "build sheds and offices",
    ),
    ("The Loft", "Rent a desk or a meeting room in our house by the day.", "bld-coworking", "Rent a desk"),
    (
        "Voltara",
        "Prices are fixed. We put chargers for electric cars in front of your offices.",
        "bld-charging",
        "chargers for electric cars",
    ),
    ("Tamsin", "Your sales people keep their customers and deals in our software.", "mkt-crm", "customers and deals"),
    (
        "Brightledger",
        "Our program keeps the books of small firms and closes the year.",
        "fin-accounting",
        "keeps the books",
    ),
    ("Panorama", "Managers open our charts and reports each morning.", "data-bi", "charts and reports"),
    ("Studio Nord", "Our designers draw products and their packaging.", "pro-design", "draw products"),
    ("Swift & Daughter", "Small vans bring parcels to the doors of the city.", "log-lastmile", "parcels to the doors"),
)


def template():
    """The prompt: the labels, twelve examples in the form of the items, and the item at the end."""
    parts = ["Each company sells an offering of this list (code: name, definition):\n{taxonomy}"]
    for number, (name, text, code, quote) in enumerate(SHOWN, start=1):
        answer = json.dumps({"labels": [{"code": code, "confidence": 0.9, "evidence": quote}]})
        parts.append(f"DATA {number}\n{name}\n\n{text}\nEND DATA {number}\nJSON answer:\n{answer}")
    return "\n\n".join([*parts, "{item}\nJSON answer:\n"])


def thirty():
    """A project, its engineer, and a release of thirty items that are all in the dev split."""
    project = make_project("thirty")
    known = leaves()
    labels = [
        LabelRow(place, code, known[code].name, known[code].definition, None, (), ())
        for place, code in enumerate(CODES, start=1)
    ]
    publish_taxonomy(version=draft_taxonomy(project=project, labels=labels, by=None), by=None)
    chosen = [one for one in companies(count=600) if one.language == "en" and one.truth & set(CODES)][:30]
    rows = [
        ItemRow(one.external_id, one.name, ({"position": 0, "kind": "website", "text": one.text[:TEXT_MAX]},))
        for one in chosen
    ]
    write_items(project=project, rows=rows)
    gold = {one.external_id: {"labels": sorted(one.truth & set(CODES))} for one in chosen}
    release = import_golden(project=project, spec=FreezeSpec("gold", {"dev": 1.0}), gold=gold, by=None)
    return project, make_member(project, Role.ENGINEER), release
