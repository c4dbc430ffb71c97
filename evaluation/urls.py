"""All addresses of the machine side."""

from django.urls import path

from evaluation.views import (
    agreement,
    calibration,
    certificates,
    comparisons,
    coverage,
    errors,
    evaluations,
    frame,
    items,
    objectives,
    raters,
    releases,
    report,
    reveal,
    runs,
    slices,
    stages,
)

app_name = "evaluation"
PROJECT = "projects/<slug:project>"
EVALUATION = f"{PROJECT}/evaluations/<uuid:evaluation_id>"
COMPARISON = f"{PROJECT}/comparisons/<uuid:comparison_id>"
urlpatterns = [
    path(f"{PROJECT}/agreement/", agreement.agreement, name="agreement"),
    path(f"{PROJECT}/agreement/<uuid:report_id>/", agreement.stored, name="stored-agreement"),
    path(f"{PROJECT}/agreement/<uuid:report_id>/items/", agreement.items, name="agreement-items"),
    path(
        f"{PROJECT}/agreement/<uuid:report_id>/download/<slug:what>.<slug:form>/",
        agreement.download,
        name="agreement-download",
    ),
    path(f"{PROJECT}/releases/", releases.releases, name="releases"),
    path(f"{PROJECT}/releases/<uuid:release_id>/", releases.release, name="release"),
    path(f"{PROJECT}/rounds/<uuid:round_id>/freeze/", releases.freeze_round, name="freeze"),
    path(f"{PROJECT}/prompts/", runs.prompts, name="prompts"),
    path(f"{PROJECT}/prompts/new/", runs.new_prompt, name="new-prompt"),
    path(f"{PROJECT}/prompts/<uuid:version_id>/", runs.prompt, name="prompt"),
    path(f"{PROJECT}/runs/", runs.runs, name="runs"),
    path(f"{PROJECT}/runs/new/", runs.new_run, name="new-run"),
    path(f"{PROJECT}/runs/<uuid:run_id>/", runs.run, name="run"),
    path(f"{PROJECT}/runs/<uuid:run_id>/steer/", runs.steer_run, name="steer-run"),
    path(f"{PROJECT}/runs/<uuid:run_id>/score/", evaluations.score, name="score"),
    path(f"{EVALUATION}/", evaluations.evaluation, name="evaluation"),
    path(f"{EVALUATION}/download/<slug:kind>.<slug:form>/", frame.download, name="download"),
    path(f"{EVALUATION}/calibration/", calibration.calibration, name="calibration"),
    path(f"{EVALUATION}/certify/", certificates.certify, name="certify"),
    path(f"{PROJECT}/certificates/", certificates.certificates, name="certificates"),
    path(f"{PROJECT}/certificates/<uuid:certificate_id>/", certificates.certificate, name="certificate"),
    path(f"{PROJECT}/certificates/<uuid:certificate_id>/suspend/", certificates.suspend, name="suspend-certificate"),
    path(f"{EVALUATION}/errors/", errors.errors, name="errors"),
    path(f"{EVALUATION}/stages/", stages.stages, name="stages"),
    path(f"{PROJECT}/coverage/", coverage.coverage_map, name="coverage"),
    path(f"{EVALUATION}/report/", report.report, name="report"),
    path(f"{EVALUATION}/items/", items.items_behind, name="items-behind"),
    path(f"{EVALUATION}/raters/", raters.raters, name="raters"),
    path(f"{EVALUATION}/slices/", slices.slices, name="slices"),
    path(f"{PROJECT}/objectives/", objectives.objectives, name="objectives"),
    path(f"{PROJECT}/objectives/new/", objectives.new_objective, name="new-objective"),
    path(f"{PROJECT}/objectives/choose/", objectives.choose_objective, name="choose-objective"),
    path(f"{PROJECT}/objectives/<uuid:objective_id>/", objectives.objective, name="objective"),
    path(f"{PROJECT}/comparisons/", comparisons.comparisons, name="comparisons"),
    path(f"{PROJECT}/comparisons/new/", comparisons.new_comparison, name="new-comparison"),
    path(f"{COMPARISON}/", comparisons.comparison, name="comparison"),
    path(f"{COMPARISON}/items/", comparisons.comparison_items, name="comparison-items"),
    path(f"{COMPARISON}/download.<slug:form>/", comparisons.download_comparison, name="download-comparison"),
    path(f"{PROJECT}/disputes/<uuid:task_id>/model/", reveal.reveal, name="reveal"),
]
