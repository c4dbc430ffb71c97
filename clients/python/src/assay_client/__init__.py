"""The client of Assay's API: gold out, predictions in, evaluations and comparisons back."""

from assay_client.client import Client
from assay_client.errors import AssayError, Problem
from assay_client.models import Comparison, Estimate, Evaluation, Gate, GoldEntry, Prediction, Release, Run

__all__ = [
    "AssayError",
    "Client",
    "Comparison",
    "Estimate",
    "Evaluation",
    "Gate",
    "GoldEntry",
    "Prediction",
    "Problem",
    "Release",
    "Run",
]
__version__ = "0.1.0"
