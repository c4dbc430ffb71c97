"""Steps over a small tree: what each leads to, and what is refused."""

import pytest

from labeling.files.taxonomies import label_of
from labeling.taxonomy_steps import replay, said
from reviewapp.common.errors import Refused

ROWS = [
    label_of(1, {"code": "hr", "name": "HR"}),
    label_of(2, {"code": "pay", "name": "Payroll", "parent": "hr"}),
    label_of(3, {"code": "time", "name": "Time", "parent": "hr"}),
    label_of(4, {"code": "crm", "name": "CRM"}),
]


def tree(found):
    return [(row.code, row.parent) for row in found.rows]


@pytest.mark.parametrize(
    ("step", "wanted", "became"),
    [
        ({"kind": "rename", "code": "hr", "to": "people", "name": "People"},
         [("people", None), ("pay", "people"), ("time", "people"), ("crm", None)], {"hr": {"people"}}),
        ({"kind": "merge", "codes": ["pay", "time"], "into": {"code": "pay"}},
         [("hr", None), ("pay", "hr"), ("crm", None)], {"pay": {"pay"}, "time": {"pay"}}),
        ({"kind": "merge", "codes": ["hr", "crm"], "into": {"code": "office", "name": "Office"}},
         [("office", None), ("pay", "office"), ("time", "office")], {"hr": {"office"}, "crm": {"office"}}),
        ({"kind": "split", "code": "crm", "into": [{"code": "crm"}, {"code": "desk", "name": "Desk"}]},
         [("hr", None), ("pay", "hr"), ("time", "hr"), ("crm", None), ("desk", None)], {"crm": {"crm", "desk"}}),
        ({"kind": "retire", "code": "time"}, [("hr", None), ("pay", "hr"), ("crm", None)], {"time": set()}),
        ({"kind": "move", "code": "crm", "parent": "hr"},
         [("hr", None), ("pay", "hr"), ("time", "hr"), ("crm", "hr")], {}),
        ({"kind": "add", "code": "tax", "name": "Tax", "parent": "pay"},
         [("hr", None), ("pay", "hr"), ("tax", "pay"), ("time", "hr"), ("crm", None)], {}),
    ],
)  # fmt: skip
def test_a_step_leads_to_a_tree_and_a_mapping(step, wanted, became):
    found = replay(ROWS, [step])

    assert tree(found) == wanted
    assert found.codes.targets == {row.code: {row.code} for row in ROWS} | became
    assert said(step)


def test_steps_add_up_and_name_the_codes_of_the_first_version():
    found = replay(
        ROWS,
        [
            {"kind": "rename", "code": "pay", "to": "wages"},
            {"kind": "split", "code": "wages", "into": [{"code": "w1"}, {"code": "w2"}]},
            {"kind": "add", "code": "new", "name": "New"},
        ],
    )

    assert found.codes.targets["pay"] == {"w1", "w2"}
    assert found.codes.added == {"new"}
    assert found.touched == [("pay",), ("pay",), ()]


@pytest.mark.parametrize(
    ("step", "why"),
    [
        ({"kind": "rename", "code": "nope", "name": "X"}, "no label with the code “nope”"),
        ({"kind": "rename", "code": "pay", "name": "Payroll"}, "changes nothing"),
        ({"kind": "rename", "code": "pay", "to": "crm"}, "is taken"),
        ({"kind": "merge", "codes": ["pay"], "into": {"code": "pay"}}, "at least two"),
        ({"kind": "merge", "codes": ["hr", "pay"], "into": {"code": "pay"}}, "below one that is merged"),
        ({"kind": "split", "code": "crm", "into": [{"code": "a"}]}, "at least two parts"),
        ({"kind": "split", "code": "hr", "into": [{"code": "a"}, {"code": "b"}]}, "2 labels below it"),
        ({"kind": "retire", "code": "hr"}, "2 labels below it"),
        ({"kind": "move", "code": "hr", "parent": "pay"}, "below itself"),
        ({"kind": "add", "code": "crm", "name": "Again"}, "is taken"),
        ({"kind": "explode", "code": "crm"}, "no step"),
        ({"kind": "split", "code": "crm"}, "no step"),
    ],
)
def test_what_cannot_be_is_refused_with_the_step(step, why):
    first = {"kind": "rename", "code": "time", "name": "Hours"}

    with pytest.raises(Refused, match=r"^Step 2 .*" + why):
        replay(ROWS, [first, step])
