"""The parts of an evaluation beyond its scores, one module a kind."""

from importlib import import_module

from evaluation.analyses.asked import Kind

NAMES: tuple[str, ...] = ("calibration", "slices", "errors", "stages", "raters")


def kind_called(name: str) -> Kind:
    """The module of a kind; KeyError for what is none."""
    if name not in NAMES:
        raise KeyError(name)
    module: Kind = import_module(f"evaluation.analyses.{name}")  # type: ignore[assignment]
    return module
