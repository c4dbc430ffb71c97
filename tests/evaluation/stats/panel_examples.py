"""A made-up panel: a worth for each output, raters with a level, a noise and, if wanted, an impression for all."""

import numpy as np

from evaluation.stats.panel_scores import Rated

CRITERIA = ("complete", "relevant", "specific")


def panel(*, items=30, levels=(0.0, 0.0, -0.8), impression=0.0, slope=0.0, better=0.6, seed=0, noise=0.5):
    """Runs "a" and "b" ("b" better), raters "r0", "r1", ...; `slope` is the drift of the first of them."""
    draw = np.random.default_rng(seed)
    worth = {
        (run, str(item), criterion): 3 + (better if run == "b" else 0) + draw.normal(0, 0.9)
        for run in "ab"
        for item in range(items)
        for criterion in CRITERIA
    }
    found = []
    for place, level in enumerate(levels):
        outputs = [(run, str(item)) for item in range(items) for run in "ab"]
        for turn, index in enumerate(draw.permutation(len(outputs))):
            run, item = outputs[index]
            shift = level + draw.normal(0, impression) + (slope * turn / len(outputs) if not place else 0)
            scores = {one: worth[(run, item, one)] + shift + draw.normal(0, noise) for one in CRITERIA}
            whole = {one: float(np.clip(np.rint(score), 1, 5)) for one, score in scores.items()}
            found.append(Rated(f"r{place}", run, item, whole, turn))
    return found
