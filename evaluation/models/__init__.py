<<<<<<< HEAD
from evaluation.models.objectives import Objective
=======
from evaluation.models.certificates import Certificate
>>>>>>> main
from evaluation.models.prompts import Prompt, PromptVersion
from evaluation.models.reports import AgreementReport, Analysis, Evaluation
from evaluation.models.runs import Attempt, Prediction, Run

__all__ = [
    "AgreementReport",
    "Analysis",
    "Attempt",
<<<<<<< HEAD
    "Evaluation",
    "Objective",
=======
    "Certificate",
    "Evaluation",
>>>>>>> main
    "Prediction",
    "Prompt",
    "PromptVersion",
    "Run",
]
