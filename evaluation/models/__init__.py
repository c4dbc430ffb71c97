from evaluation.models.acquisitions import Acquisition, AcquisitionReplay
from evaluation.models.alerts import Alert, AlertChange, AlertRule
from evaluation.models.batches import Batch, BatchLine
from evaluation.models.calls import Attempt, Price, Spending, SpentDay
from evaluation.models.canaries import Canary
from evaluation.models.certificates import Certificate
from evaluation.models.comparisons import Comparison
from evaluation.models.deliveries import Delivery, DeliveryTry, Destination
from evaluation.models.drift import DriftCheck, DriftMonitor
from evaluation.models.edge_cases import CaseLabels, CaseText, CaseVerdict, EdgeCase
from evaluation.models.exports import Export
from evaluation.models.follow_ups import FollowUp
from evaluation.models.grids import Grid, GridRun
from evaluation.models.incidents import Incident, IncidentEntry, QualityDrop, TargetedRun
from evaluation.models.judges import JudgeApproval, Judging, OrderedChoice
from evaluation.models.model_training import ModelTraining
from evaluation.models.objectives import Objective
from evaluation.models.open_actions import ActionPlan, OpenAction
from evaluation.models.panels import (
    Choice,
    Panel,
    PanelOutput,
    PanelPair,
    PanelRater,
    PanelReport,
    PanelRun,
    PanelSeat,
    Rating,
    SettledScore,
)
from evaluation.models.promotions import Promotion
from evaluation.models.prompts import Prompt, PromptVersion
from evaluation.models.red_team_rounds import AttackCase, RedTeamAttempt, RedTeamRound
from evaluation.models.refits import Refit, RefitRun
from evaluation.models.reports import AgreementReport, Analysis, Evaluation
from evaluation.models.review_packs import ReviewPack
from evaluation.models.reviews import Review, ReviewRevision, ReviewTask
from evaluation.models.rollouts import Rollout, RolloutMove
from evaluation.models.rubrics import Anchor, AnchorRating, Criterion, Rubric, RubricTraining, RubricVersion
from evaluation.models.run_tallies import RunTally
from evaluation.models.runs import Prediction, Run
from evaluation.models.schedules import Firing, Schedule
from evaluation.models.suites import Suite, SuiteReport, SuiteRun
from evaluation.models.tellings import Telling
from evaluation.models.triage import (
    AskedProposal,
    ErrorCategory,
    ErrorCluster,
    Triage,
    TriageAsking,
    TriageError,
    TriageJudgement,
    TriageProposal,
    TuningTask,
)

__all__ = [
    "Acquisition",
    "AcquisitionReplay",
    "ActionPlan",
    "AgreementReport",
    "Alert",
    "AlertChange",
    "AlertRule",
    "Analysis",
    "Anchor",
    "AnchorRating",
    "AskedProposal",
    "AttackCase",
    "Attempt",
    "Batch",
    "BatchLine",
    "Canary",
    "CaseLabels",
    "CaseText",
    "CaseVerdict",
    "Certificate",
    "Choice",
    "Comparison",
    "Criterion",
    "Delivery",
    "DeliveryTry",
    "Destination",
    "DriftCheck",
    "DriftMonitor",
    "EdgeCase",
    "ErrorCategory",
    "ErrorCluster",
    "Evaluation",
    "Export",
    "Firing",
    "FollowUp",
    "Grid",
    "GridRun",
    "Incident",
    "IncidentEntry",
    "JudgeApproval",
    "Judging",
    "ModelTraining",
    "Objective",
    "OpenAction",
    "OrderedChoice",
    "Panel",
    "PanelOutput",
    "PanelPair",
    "PanelRater",
    "PanelReport",
    "PanelRun",
    "PanelSeat",
    "Prediction",
    "Price",
    "Promotion",
    "Prompt",
    "PromptVersion",
    "QualityDrop",
    "Rating",
    "RedTeamAttempt",
    "RedTeamRound",
    "Refit",
    "RefitRun",
    "Review",
    "ReviewPack",
    "ReviewRevision",
    "ReviewTask",
    "Rollout",
    "RolloutMove",
    "Rubric",
    "RubricTraining",
    "RubricVersion",
    "Run",
    "RunTally",
    "Schedule",
    "SettledScore",
    "Spending",
    "SpentDay",
    "Suite",
    "SuiteReport",
    "SuiteRun",
    "TargetedRun",
    "Telling",
    "Triage",
    "TriageAsking",
    "TriageError",
    "TriageJudgement",
    "TriageProposal",
    "TuningTask",
]
