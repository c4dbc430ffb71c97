"""One export: what is wanted, its rows, and the file they make."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from evaluation.models import Run
from evaluation.queries.exports import annotations, predictions
from labeling.files.answer_writing import OUT_FORMATS, OutFormat, write_answers
from labeling.models import Label, Project, Release, Round, Task
from labeling.queries.golden import export_golden
from reviewapp.common.errors import Refused

TOLD_EVERY = 1000  # rows


@dataclass(frozen=True)
class Wanted:
    """What is exported, in which format, and how much of what is held out."""

    project: Project
    what: str  # annotations, golden or predictions
    format: str
    release: Release | None = None
    round: Round | None = None
    run: Run | None = None
    with_test: bool = False  # of gold: what the test split says, which goes into the ledger
    without_held_out: bool = False  # of predictions: none of items that are held out for testing

    @property
    def out(self) -> OutFormat:
        return OUT_FORMATS[self.format]


def check_wanted(wanted: Wanted) -> None:
    """Refuse what says too little, or a format that cannot hold it."""
    if wanted.format not in OUT_FORMATS:
        raise Refused(f"There is no format “{wanted.format}”.")
    if wanted.what not in wanted.out.holds:
        raise Refused(f"{wanted.out.name} holds {' and '.join(wanted.out.holds)} only.")
    if wanted.what == "golden" and not wanted.release:
        raise Refused("Say which release: --golden G@1.")
    if wanted.what == "predictions" and not wanted.run:
        raise Refused("Say which run: --run NAME.")


def rows_of(wanted: Wanted) -> Iterator[dict[str, Any]]:
    """The rows, by item; from the database a batch at a time."""
    if wanted.what == "golden":
        assert wanted.release is not None
        return export_golden(wanted.release, with_test=wanted.with_test)
    if wanted.what == "predictions":
        assert wanted.run is not None
        return predictions(wanted.run, without_held_out=wanted.without_held_out)
    texts, skips = wanted.out.with_texts, wanted.out.with_skips
    return annotations(wanted.project, wanted.round, with_texts=texts, with_skips=skips)


def size_of(wanted: Wanted) -> int:
    """About how many items it is about, for a progress bar and to tell small from large."""
    if wanted.release:
        return wanted.release.entries.count()
    if wanted.run:
        return wanted.run.predictions.count()
    tasks = Task.objects.real().filter(round__project=wanted.project)
    return (tasks.filter(round=wanted.round) if wanted.round else tasks).count()


def label_names(project: Project) -> dict[str, str]:
    """Every code that answers can hold with its name: the newest taxonomy in its order, then what older ones had."""
    rows = Label.objects.filter(version__project=project).order_by("-version__number", "position")
    found: dict[str, str] = {}
    for code, name in rows.values_list("code", "name"):
        found.setdefault(code, name)
    return found


def write_export(stream: BinaryIO, wanted: Wanted, *, tell: Callable[[int], None] | None = None) -> int:
    """Write the file and return its rows; `tell` hears of the items done from time to time."""
    check_wanted(wanted)
    rows = items = 0

    def counted() -> Iterator[dict[str, Any]]:
        nonlocal rows, items
        before = None
        for row in rows_of(wanted):
            rows += not row.get("skipped")
            now = (row.get("round"), row["item"])
            if now != before:
                before, items = now, items + 1
                if tell and items % TOLD_EVERY == 0:
                    tell(items)
            yield row

    write_answers(stream, wanted.what, wanted.format, counted(), label_names(wanted.project))
    return rows
