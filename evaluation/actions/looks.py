"""How often engineers and analysts may look at held-out gold: each look teaches a little of the answers."""

from evaluation.enums import RunOrigin
from evaluation.models import Run
from evaluation.queries.promotions import MOST_LOOKS, looks_by_imports, looks_used
from labeling import rules
from labeling.enums import Role
from labeling.models import Release, User
from reviewapp.common.errors import Refused


def check_may_look(*runs: Run, release: Release, by: User | None) -> None:
    """Refuse one look at a test split too many: of a prompt's versions together, and of imported runs together.

    Whoever can make runs up could else read gold bit by bit, with a run that differs on one item after another.
    Managers see the gold itself and look as they like; a promotion counts its looks before it asks for them.
    """
    if by is None or Role.MANAGER in rules.roles(by, release.golden_set.project):
        return
    for run in runs:
        if run.origin == RunOrigin.PROMOTION:
            continue
        version = run.prompt_version
        used = looks_used(version.prompt, release) if version else looks_by_imports(release)
        if used >= MOST_LOOKS:
            whose = "Versions of this prompt have" if version else "Imported runs have"
            raise Refused(
                f"{whose} been held against the test split of {release} {used} times. Each look teaches a little of "
                "the answers: score on dev, ask a manager to look, or freeze a release with new test items to go on."
            )
