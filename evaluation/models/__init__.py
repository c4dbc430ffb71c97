from evaluation.models.certificates import Certificate
from evaluation.models.comparisons import Comparison
from evaluation.models.objectives import Objective
from evaluation.models.prompts import Prompt, PromptVersion
from evaluation.models.reports import AgreementReport, Analysis, Evaluation
from evaluation.models.runs import Attempt, Prediction, Run

__all__ = [
    "AgreementReport",
    "Analysis",
    "Attempt",
    "Certificate",
    "Comparison",
    "Evaluation",
    "Objective",
    "Prediction",
    "Prompt",
    "PromptVersion",
    "Run",
]
