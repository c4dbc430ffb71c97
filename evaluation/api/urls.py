"""Addresses of the machine side under /api/v1/."""

from django.urls import path

from evaluation.api import (
    comparisons,
    edge_cases,
    evaluations,
    freezing,
    gates,
    objectives,
    panel_desk,
    panels,
    predictions,
    prompts,
    pushes,
    runs,
    watches,
)

PROJECT = "projects/<slug:project>"
PROMPT = f"{PROJECT}/prompts/<uuid:version_id>"
RUN = f"{PROJECT}/runs/<uuid:run_id>"
PANEL = f"{PROJECT}/panels/<uuid:panel_id>"
MINE = f"{PROJECT}/my-panels/<uuid:panel_id>"

urlpatterns = [
    path(f"{PROJECT}/rounds/<uuid:round_id>/freeze/", freezing.FreezeRound.as_view(), name="freeze-round"),
    path(f"{PROJECT}/prompts/", prompts.Prompts.as_view(), name="prompts"),
    path(f"{PROMPT}/", prompts.OnePrompt.as_view(), name="prompt"),
    path(f"{PROMPT}/status/", prompts.StatusOfPrompt.as_view(), name="prompt-status"),
    path(f"{PROJECT}/runs/", runs.Runs.as_view(), name="runs"),
    path(f"{RUN}/", runs.OneRun.as_view(), name="run"),
    path(f"{RUN}/steer/", runs.SteerRun.as_view(), name="steer-run"),
    path(f"{RUN}/predictions/", predictions.Predictions.as_view(), name="predictions"),
    path(f"{RUN}/predictions.ndjson", predictions.ExportedPredictions.as_view(), name="export-predictions"),
    path(f"{RUN}/edge-cases/", edge_cases.BankOfRun.as_view(), name="bank-run"),
    path(f"{PROJECT}/pushes/", pushes.Pushes.as_view(), name="open-push"),
    path(f"{PROJECT}/pushes/<uuid:run_id>/parts/", pushes.Part.as_view(), name="push-part"),
    path(f"{PROJECT}/pushes/<uuid:run_id>/finish/", pushes.Finish.as_view(), name="finish-push"),
    path(f"{PROJECT}/evaluations/", evaluations.Evaluations.as_view(), name="evaluations"),
    path(f"{PROJECT}/evaluations/<uuid:evaluation_id>/", evaluations.OneEvaluation.as_view(), name="evaluation"),
    path(f"{PROJECT}/comparisons/", comparisons.Comparisons.as_view(), name="comparisons"),
    path(f"{PROJECT}/comparisons/<uuid:comparison_id>/", comparisons.OneComparison.as_view(), name="comparison"),
    path(f"{PROJECT}/objectives/", objectives.Objectives.as_view(), name="objectives"),
    path(f"{PROJECT}/objectives/<uuid:objective_id>/", objectives.OneObjective.as_view(), name="objective"),
    path(f"{PROJECT}/gates/", gates.Gates.as_view(), name="gate"),
    path(f"{PROJECT}/panels/", panels.Panels.as_view(), name="panels"),
    path(f"{PANEL}/", panels.OnePanel.as_view(), name="panel"),
    path(f"{PANEL}/close/", panels.ClosePanel.as_view(), name="close-panel"),
    path(f"{PANEL}/figures/", panels.PanelFigures.as_view(), name="panel-figures"),
    path(f"{PROJECT}/my-panels/", panel_desk.Mine.as_view(), name="my-panels"),
    path(f"{MINE}/next/", panel_desk.NextStep.as_view(), name="next-in-panel"),
    path(f"{MINE}/seats/<uuid:panel_seat_id>/", panel_desk.RateOutput.as_view(), name="rate-output"),
    path(f"{MINE}/anchors/<uuid:anchor_id>/", panel_desk.RateAnchor.as_view(), name="rate-anchor"),
    path(f"{MINE}/pairs/<uuid:pair_seat_id>/", panel_desk.ChoosePair.as_view(), name="choose-pair"),
    path(f"{PROJECT}/edge-cases/", edge_cases.EdgeCases.as_view(), name="edge-cases"),
    path(f"{PROJECT}/edge-cases/run/", edge_cases.BankRuns.as_view(), name="start-bank"),
    path(f"{PROJECT}/drift-checks/", watches.DriftChecks.as_view(), name="drift-checks"),
    path(f"{PROJECT}/drift-checks/<uuid:check_id>/", watches.OneDriftCheck.as_view(), name="drift-check"),
    path(f"{PROJECT}/alerts/", watches.AlertRules.as_view(), name="alerts"),
    path(f"{PROJECT}/alerts/<uuid:rule_id>/", watches.OneAlertRule.as_view(), name="alert"),
]
