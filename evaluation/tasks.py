"""Messages of the machine side; see labeling/tasks.py for the rule."""

from typing import Any

from celery import shared_task


@shared_task(ignore_result=True)
def work_on_run(run_id: int) -> None:
    from evaluation.actions.predictions import work_on  # noqa: PLC0415 -- leaf

    work_on(run_id=run_id)


@shared_task(ignore_result=True)
def resume_runs() -> None:
    from evaluation.actions.follow_ups import resume_follow_ups  # noqa: PLC0415 -- leaf
    from evaluation.actions.predictions import resume_stalled  # noqa: PLC0415 -- leaf

    resume_stalled()
    resume_follow_ups()


@shared_task(ignore_result=True)
def fire(firing_id: int) -> None:
    from evaluation.actions.firings import fire as do  # noqa: PLC0415 -- leaf

    do(firing_id=firing_id)


@shared_task(ignore_result=True)
def tick() -> None:
    from evaluation.actions.firings import tick as go  # noqa: PLC0415 -- leaf

    go()


@shared_task(ignore_result=True)
def settle_refit(row_id: int) -> None:
    from evaluation.actions.refits import settle  # noqa: PLC0415 -- leaf

    settle(row_id=row_id)


@shared_task(ignore_result=True)
def settle_refits() -> None:
    from evaluation.actions.refits import settle_waiting  # noqa: PLC0415 -- leaf

    settle_waiting()


@shared_task(ignore_result=True)
def collect_batches() -> None:
    from evaluation.actions.batches import collect_batches as collect  # noqa: PLC0415 -- leaf

    collect()


@shared_task(ignore_result=True)
def follow_up_run(run_id: int) -> None:
    from evaluation.actions.follow_ups import follow_up  # noqa: PLC0415 -- leaf

    follow_up(run_id=run_id)


@shared_task(ignore_result=True)
def analyse_evaluation(evaluation_id: int, kind: str, parameters: dict[str, Any]) -> None:
    from evaluation.actions.analyses import analyse_asked  # noqa: PLC0415 -- leaf

    analyse_asked(evaluation_id=evaluation_id, kind=kind, parameters=parameters)


@shared_task(ignore_result=True)
def keep_costs(evaluation_id: int) -> None:
    from evaluation.actions.right_costs import keep_costs as keep  # noqa: PLC0415 -- leaf

    keep(evaluation_id=evaluation_id)


@shared_task(ignore_result=True)
def work_on_acquisition(acquisition_id: int) -> None:
    from evaluation.actions.acquisition import work_on_acquisition as work  # noqa: PLC0415 -- leaf

    work(acquisition_id=acquisition_id)


@shared_task(ignore_result=True)
def work_on_replay(replay_id: int) -> None:
    from evaluation.actions.acquisition_replays import work_on_replay as work  # noqa: PLC0415 -- leaf

    work(replay_id=replay_id)


@shared_task(ignore_result=True)
def resume_acquisitions() -> None:
    from evaluation.actions.acquisition_replays import resume_stalled  # noqa: PLC0415 -- leaf

    resume_stalled()


@shared_task(ignore_result=True)
def sort_errors(triage_id: int) -> None:
    from evaluation.actions.triage import sort_errors as sort  # noqa: PLC0415 -- leaf

    sort(triage_id=triage_id)


@shared_task(ignore_result=True)
def sort_due_errors() -> None:
    from evaluation.actions.triage import sort_due  # noqa: PLC0415 -- leaf

    sort_due()


@shared_task(ignore_result=True)
def compute_drift(check_id: int) -> None:
    from evaluation.actions.drift import compute_check  # noqa: PLC0415 -- leaf

    compute_check(check_id=check_id)


@shared_task(ignore_result=True)
def sweep_drift() -> None:
    from evaluation.actions.drift import sweep_drift as sweep  # noqa: PLC0415 -- leaf

    sweep()


@shared_task(ignore_result=True)
def fill_review(review_id: int) -> None:
    from evaluation.actions.reviews import fill_review as fill  # noqa: PLC0415 -- leaf

    fill(review_id=review_id)


@shared_task(ignore_result=True)
def fill_due_reviews() -> None:
    from evaluation.actions.reviews import fill_due  # noqa: PLC0415 -- leaf

    fill_due()


@shared_task(ignore_result=True)
def open_rollout_reviews() -> None:
    from evaluation.actions.rollouts import open_due_reviews  # noqa: PLC0415 -- leaf

    open_due_reviews()


@shared_task(ignore_result=True)
def compute_quality_drop(drop_id: int) -> None:
    from evaluation.actions.quality_drops import compute_drop  # noqa: PLC0415 -- leaf

    compute_drop(drop_id=drop_id)


@shared_task(ignore_result=True)
def compute_due_quality_drops() -> None:
    from evaluation.actions.quality_drops import compute_due  # noqa: PLC0415 -- leaf

    compute_due()


@shared_task(ignore_result=True, soft_time_limit=90, time_limit=110)  # a receiver that dribbles holds no worker
def deliver(delivery_id: int) -> None:
    from evaluation.actions.deliveries import deliver as send  # noqa: PLC0415 -- leaf

    send(delivery_id=delivery_id)


@shared_task(ignore_result=True)
def send_deliveries() -> None:
    from evaluation.actions.announcements import announce  # noqa: PLC0415 -- leaf
    from evaluation.actions.deliveries import sweep_deliveries  # noqa: PLC0415 -- leaf

    announce()
    sweep_deliveries()


@shared_task(ignore_result=True)
def check_alerts() -> None:
    from evaluation.actions.alert_sweep import sweep_alerts  # noqa: PLC0415 -- leaf

    sweep_alerts()


@shared_task(ignore_result=True)
def write_export(export_id: int) -> None:
    from evaluation.actions.exporting import advance_export  # noqa: PLC0415 -- leaf

    advance_export(export_id=export_id)


@shared_task(ignore_result=True)
def sweep_exports() -> None:
    from evaluation.actions.exporting import sweep_exports as sweep  # noqa: PLC0415 -- leaf

    sweep()


@shared_task(ignore_result=True)
def tell(telling_id: int) -> None:
    from evaluation.actions.tellings import tell as do  # noqa: PLC0415 -- leaf

    do(telling_id=telling_id)


@shared_task(ignore_result=True)
def tell_trackers() -> None:
    from evaluation.actions.tellings import sweep_tellings  # noqa: PLC0415 -- leaf

    sweep_tellings()
