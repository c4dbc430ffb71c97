"""Certificates and whether they still hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from evaluation.actions.certificates import returned_model
from evaluation.models import Certificate, PromptVersion, Run
from evaluation.queries.held_out import rounded
from evaluation.queries.small_cells import kept_cuts
from labeling.enums import VersionStatus
from labeling.models import Project, TaxonomyVersion
from reviewapp.common.charts import Chart, Stop, staircase

NAMES = {"valid": "in force", "expired": "expired", "suspended": "suspended", "outdated": "outdated"}


@dataclass(frozen=True)
class Standing:
    """Whether a certificate may be relied on, and if not, why."""

    certificate: Certificate
    state: str
    why: str

    @property
    def name(self) -> str:
        return NAMES[self.state]

    @property
    def statement(self) -> str:
        return statement(self.certificate)


def statement(certificate: Certificate) -> str:
    """The promise in one sentence."""
    what = "items whose labels all reach it" if certificate.unit == "item" else "labels that reach it"
    right = "are right in every label" if certificate.unit == "item" else "are right"
    return (
        f"Accept {what}, {certificate.threshold:.2f} or more of stated confidence: at least {certificate.target:.1%} "
        f"of what is accepted {right}. The risk that this promise is wrong is at most {certificate.risk:.1%}."
    )


def certificates_of(project: Project, *, now: datetime) -> list[Standing]:
    """All certificates, newest first, and where each stands; a fixed number of queries."""
    found = list(
        Certificate.objects.filter(evaluation__run__project=project)
        .select_related(
            "evaluation__run__prompt_version__prompt", "evaluation__run__taxonomy_version",
            "evaluation__release__golden_set", "created_by", "suspended_by",
        )
        .order_by("-created_at", "-pk")[:200]
    )  # fmt: skip
    world = _World.of(project)
    return [standing(one, world, now=now) for one in found]


@dataclass(frozen=True)
class _World:
    """What certificates may have fallen behind."""

    taxonomy: int
    newest_version: Mapping[int, int]  # prompt -> number of its newest version
    newest_model: Mapping[int, str]  # prompt version -> the model that its newest run was answered by

    @classmethod
    def of(cls, project: Project) -> "_World":
        taxonomy = TaxonomyVersion.objects.filter(project=project, status=VersionStatus.PUBLISHED)
        newest = taxonomy.order_by("-number").values_list("number", flat=True).first() or 0
        versions: dict[int, int] = {}
        for prompt, number in PromptVersion.objects.filter(prompt__project=project).values_list("prompt", "number"):
            versions[prompt] = max(number, versions.get(prompt, 0))
        certified = set(
            Certificate.objects.filter(evaluation__run__project=project).values_list(
                "evaluation__run__prompt_version", flat=True
            )
        )
        runs = Run.objects.filter(project=project, prompt_version__in=certified, finished_at__isnull=False)
        last = dict(runs.order_by("finished_at").values_list("prompt_version", "pk"))
        return cls(newest, versions, {version: returned_model(run) for version, run in last.items()})


def standing(certificate: Certificate, world: _World, *, now: datetime) -> Standing:
    run = certificate.evaluation.run
    version = run.prompt_version
    if certificate.suspended_at:
        return Standing(certificate, "suspended", certificate.suspended_reason)
    if now >= certificate.expires_at:
        return Standing(certificate, "expired", f"It ended on {certificate.expires_at:%-d %b %Y}. Audit anew.")
    if run.taxonomy_version.number < world.taxonomy:
        return Standing(certificate, "outdated", f"Taxonomy v{world.taxonomy} has been published since.")
    if version and world.newest_version.get(version.prompt_id, 0) > version.number:
        newest = world.newest_version[version.prompt_id]
        return Standing(
            certificate, "outdated", f"{version.prompt.name}@{newest} has been written since: it needs its own."
        )
    if version and world.newest_model.get(version.pk, certificate.model_returned) != certificate.model_returned:
        model = world.newest_model[version.pk] or "another model"
        return Standing(
            certificate, "outdated", f"The provider answers with {model} now, not {certificate.model_returned}."
        )
    return Standing(certificate, "valid", f"until {certificate.expires_at:%-d %b %Y}")


def standing_of(certificate: Certificate, *, now: datetime) -> Standing:
    return standing(certificate, _World.of(certificate.evaluation.run.project), now=now)


def sequence_chart(report: Mapping[str, Any], *, held_out: bool) -> Chart | None:
    """Errors seen against errors allowed, threshold by threshold, strictest first."""
    if not report["steps"]:
        return None
    stops = [
        Stop(
            name=f"{step['threshold']:.3f}" if held_out else f"{step['threshold']:.4g}",
            accepted=step["accepted"],
            errors=step["errors"],
            p=step["p"],
            share=step["share"],
            passed=step["passed"],
        )
        for step in report["steps"]
    ]
    return staircase(stops, title="Thresholds tested, strictest first", risk=report["risk"], unit=report["unit"])


def held_out(report: Mapping[str, Any]) -> dict[str, Any]:
    """A report of a held-out split as pages and files show it: no two steps that differ by few accepted items.

    Steps are thresholds on confidences that a run may choose, so the errors between two of them are those of the few
    items there. The step that decides goes first.
    """
    steps = report["steps"]
    decides = next((place for place in reversed(range(len(steps))) if steps[place]["passed"]), 0)
    order = sorted(range(len(steps)), key=lambda place: (place != decides, place))
    kept = kept_cuts([(one["accepted"],) for one in steps], order)
    public: dict[str, Any] = rounded({**report, "steps": [one for place, one in enumerate(steps) if place in kept]})
    return public


def steps_table(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of the CSV."""
    columns = ("threshold", "accepted", "errors", "p", "share", "passed")
    return [{name: step[name] for name in columns} for step in report["steps"]]
