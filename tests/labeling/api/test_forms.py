"""A page's form as the body of an operation: its fields, defaults and refusals."""

import pytest
from django import forms

from labeling.api.forms import body_of
from labeling.forms.keys import KeyField


class Asked(forms.Form):
    """What is asked."""

    name = forms.CharField(max_length=5)
    note = forms.CharField(required=False)
    size = forms.IntegerField(min_value=1, initial=20, label="Items")
    share = forms.FloatField(min_value=0, max_value=1, required=False)
    kind = forms.ChoiceField(choices=[("a", "A"), ("b", "B")], initial="b")
    run = forms.ChoiceField()
    by = forms.MultipleChoiceField(required=False)
    day = forms.DateField(required=False)
    sure = forms.BooleanField(required=False)
    idempotency_key = KeyField()


def test_what_is_left_out_is_as_on_the_page():
    body = body_of(Asked, "AskedIn")(data={"name": "x", "run": "r"})
    assert body.is_valid()
    assert dict(body.validated_data) == {
        "name": "x", "note": "", "size": 20, "share": None, "kind": "b", "run": "r", "by": [], "day": None,
        "sure": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [{"name": "x" * 6}, {"name": "a\0"}, {"size": 0}, {"size": 2**40}, {"share": float("nan")}, {"kind": "c"},
     {"name": "\ud800"}, {"by": "x"}, {"day": "today"}],
)  # fmt: skip
def test_what_the_form_could_not_take_is_refused(wrong):
    body = body_of(Asked, "AskedIn")(data={"name": "x", "run": "r"} | wrong)
    assert not body.is_valid()
    assert set(body.errors) == set(wrong)


def test_a_kind_of_field_without_a_counterpart_is_a_mistake_of_ours():
    with pytest.raises(TypeError, match="file"):
        body_of(type("F", (forms.Form,), {"file": forms.FileField()}), "F")
