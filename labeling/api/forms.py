"""What a page asks for in a form is asked for in the API by the same form: its fields make the schema of a body, and
what it refuses is refused with its own words."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, time
from typing import Any, TypeVar

from django import forms
from rest_framework import serializers

from labeling.api.views import ApiView, complaint

LONGEST = 100_000  # of a text for which the form names no length
LARGEST = 2**31 - 1
F = TypeVar("F", bound=forms.BaseForm)


class Finite(serializers.FloatField):
    """A finite number."""

    def to_internal_value(self, data: Any) -> float:
        found = float(super().to_internal_value(data))
        if abs(found) > 1e300 or found != found:
            raise serializers.ValidationError("This is no finite number.")
        return found


def body_of(
    form: type[forms.Form],
    name: str,
    *,
    leave_out: Iterable[str] = (),
    **more: serializers.Field[Any, Any, Any, Any],
) -> type[serializers.Serializer[Any]]:
    """A serializer with the fields of a form but for its hidden ones, and `more`, which replaces those it names.

    What a form offers of the project (its runs, its people) is a text here: the form says whether it is one of them.
    """
    kept: Mapping[str, forms.Field] = form.base_fields
    fields: dict[str, Any] = {
        key: _field(key, one)
        for key, one in kept.items()
        if key not in more and key not in leave_out and not isinstance(one.widget, forms.HiddenInput)
    }
    told = {"__doc__": form.__doc__, "__module__": __name__}
    return type(name, (serializers.Serializer,), {**told, **fields, **more})


def filled(
    view: ApiView, body: type[serializers.Serializer[Any]], make: Callable[[Any], F]
) -> tuple[F, dict[str, Any]]:
    """The page's form as the body fills it, and the body; what the form refuses is a problem by field."""
    told = view.read(body)
    return checked(make(data_of(told))), told


def data_of(told: Mapping[str, Any]) -> dict[str, Any]:
    """A body as a form takes it."""
    return {key: _sent(value) for key, value in told.items() if value is not None}


def checked(form: F) -> F:
    """A form that is valid."""
    if not form.is_valid():
        raise complaint(form, whole="request")
    return form


def _sent(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | time) else value


def _field(name: str, field: forms.Field) -> Any:
    """The same question as a field of a body."""
    begins = None if callable(field.initial) else field.initial
    about: dict[str, Any] = {"help_text": _help(name, field)}
    if isinstance(field, forms.BooleanField):
        return serializers.BooleanField(required=False, default=bool(begins), **about)
    if isinstance(field, forms.MultipleChoiceField | forms.ModelMultipleChoiceField):
        child = serializers.CharField(max_length=500)
        needed: dict[str, Any] = {"required": True, "min_length": 1} if field.required else {"default": list}
        return serializers.ListField(child=child, max_length=2000, **needed, **about)
    if begins is not None or not field.required:
        about |= {"required": False, "default": begins, "allow_null": True}
    if isinstance(field, forms.ModelChoiceField | forms.UUIDField):
        return serializers.UUIDField(**about)
    if isinstance(field, forms.ChoiceField):
        return _choice(field, about)
    if isinstance(field, forms.FloatField | forms.DecimalField):
        return Finite(min_value=_limit(field.min_value), max_value=_limit(field.max_value), **about)
    if isinstance(field, forms.IntegerField):
        low, high = _limit(field.min_value), _limit(field.max_value)
        return serializers.IntegerField(
            min_value=-LARGEST if low is None else low, max_value=LARGEST if high is None else high, **about
        )
    if isinstance(field, forms.DateField):
        return serializers.DateField(**about)
    if isinstance(field, forms.TimeField):
        return serializers.TimeField(**about)
    if isinstance(field, forms.CharField):
        return _text(field, about)
    raise TypeError(f"“{name}” of a form has no counterpart in the API: {type(field).__name__}.")


def _limit(value: Any) -> Any:
    """Of a number; a form may work it out anew each time."""
    return value() if callable(value) else value


def _choice(field: forms.ChoiceField, about: dict[str, Any]) -> Any:
    """With its choices where they are the same in every project."""
    offered: Any = field.choices
    choices = [str(key) for key, said in offered if not isinstance(said, list | tuple)]
    if "default" in about:
        about["default"] = None if about["default"] is None else str(about["default"])
    if not choices:
        return serializers.CharField(max_length=500, allow_blank=not field.required, **about)
    return serializers.ChoiceField(choices=choices, allow_blank=not field.required, **about)


def _text(field: forms.CharField, about: dict[str, Any]) -> Any:
    if "default" in about:
        about["default"] = about["default"] or ""
    return serializers.CharField(
        max_length=field.max_length or LONGEST, min_length=field.min_length, allow_blank=not field.required, **about
    )


def _help(name: str, field: forms.Field) -> str:
    """Its name on the page, where that says more than the key, and what the page says of it."""
    label = str(field.label or "")
    said = [label if label.lower() != name.replace("_", " ") else "", str(field.help_text)]
    return ". ".join(one.rstrip(".") for one in said if one)
