from evaluation.stress import perturbing
from evaluation.stress.kinds import COUNTERFACTUAL, GRADED, KINDS, RED_TEAM


def test_a_suite_knows_every_disturbance_and_two_kinds_without_strength():
    assert perturbing.KINDS == GRADED
    assert set(KINDS) - set(GRADED) == {RED_TEAM, COUNTERFACTUAL}
    assert all(name == kind.name and kind.says.endswith((".", "?")) for name, kind in KINDS.items())
