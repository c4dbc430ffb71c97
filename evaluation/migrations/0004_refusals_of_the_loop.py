"""What never changes in the tables of the loop does not in the database either. 0002 says what a later one repeats."""

from django.db import migrations

from reviewapp.common.triggers import refuse

CHANGES = ("UPDATE", "DELETE")


class Migration(migrations.Migration):
    replaces = [
        ("evaluation", "0018_refuse_changes_to_ratings"),
        ("evaluation", "0021_refuse_changes_to_triage"),
        ("evaluation", "0023_refuse_changes_to_cases"),
        ("evaluation", "0027_refuse_changes_to_tries"),
        ("evaluation", "0029_refuse_changes_to_attempts"),
        ("evaluation", "0032_refuse_changes_to_firings"),
        ("evaluation", "0035_refuse_changes_to_incident_entries"),
        ("evaluation", "0038_refuse_changes_to_alerts"),
        ("evaluation", "0040_refuse_changes_to_reviews"),
        ("evaluation", "0043_refuse_changes_to_review_packs"),
        ("evaluation", "0046_refuse_changes_to_rollouts"),
        ("evaluation", "0054_refuse_changes_to_model_training"),
    ]

    dependencies = [("evaluation", "0003_tables_of_the_loop")]

    operations = [
        refuse("evaluation_rubricversion", CHANGES, message="a rubric version never changes"),
        refuse("evaluation_criterion", CHANGES, message="a rubric version never changes"),
        refuse("evaluation_anchor", CHANGES, message="a rubric version never changes"),
        refuse("evaluation_anchorrating", CHANGES, message="a rating never changes"),
        refuse("evaluation_rating", CHANGES, message="a rating never changes"),
        refuse("evaluation_choice", CHANGES, message="a rating never changes"),
        refuse("evaluation_settledscore", CHANGES, message="a settled score never changes"),
        refuse("evaluation_panelreport", CHANGES, message="a stored report never changes"),
        refuse("evaluation_triagejudgement", CHANGES, message="a judgement never changes"),
        refuse("evaluation_triageproposal", CHANGES, message="a proposal never changes"),
        refuse("evaluation_triageerror", CHANGES, message="a sorted error never changes"),
        refuse("evaluation_errorcluster", CHANGES, message="a cluster never changes"),
        refuse("evaluation_edgecase", ("DELETE",), message="a case is retired, never deleted"),
        refuse("evaluation_caselabels", CHANGES, message="the labels of a case never change"),
        refuse("evaluation_caseverdict", CHANGES, message="a verdict never changes"),
        refuse("evaluation_judgeapproval", CHANGES, message="an approval never changes"),
        refuse("evaluation_judging", CHANGES, message="a judging never changes"),
        refuse("evaluation_deliverytry", CHANGES, message="what came of a try never changes"),
        refuse("evaluation_delivery", ("DELETE",), message="the log of messages is kept"),
        refuse("evaluation_redteamround", ("DELETE",), message="a red-team round is closed, never deleted"),
        refuse("evaluation_redteamattempt", CHANGES, message="an attempt never changes"),
        refuse("evaluation_attackcase", CHANGES, message="what an attempt became never changes"),
        refuse("evaluation_casetext", CHANGES, message="the text of a case never changes"),
        refuse(
            "evaluation_firing",
            CHANGES,
            message="what a schedule came to never changes",
            when="{row}.finished_at is not null",
        ),
        refuse(
            "evaluation_openaction",
            CHANGES,
            message="a closed action never changes",
            when="{row}.state <> 'open'",
        ),
        refuse("evaluation_incidententry", CHANGES, message="a line of an incident never changes"),
        refuse("evaluation_triageasking", CHANGES, message="an asking never changes"),
        refuse("evaluation_askedproposal", CHANGES, message="a proposal never changes"),
        refuse("evaluation_orderedchoice", CHANGES, message="a choice never changes"),
        refuse("evaluation_alertchange", CHANGES, message="what a rule found never changes"),
        refuse("evaluation_alert", ("DELETE",), message="an alert that was raised stays on the record"),
        refuse("evaluation_reviewrevision", CHANGES, message="what a reviewer said never changes"),
        refuse("evaluation_reviewpack", CHANGES, message="a review stays as it was when it was made"),
        refuse("evaluation_rollout", CHANGES, message="the plan of a rollout never changes"),
        refuse("evaluation_rolloutmove", CHANGES, message="a move of a rollout never changes"),
        refuse(
            "evaluation_modeltraining",
            CHANGES,
            message="what was said of a model never changes",
        ),
    ]
