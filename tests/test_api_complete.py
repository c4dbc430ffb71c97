"""What a page can do, a program can do: every page that takes a POST has an operation of the API, or a reason why not.

A new page fails here until it is in one of the two tables.
"""

import inspect

from reviewapp.common import policy

# The page route, and the operations that do what it does: verb and route of the API.
OPERATIONS = {
    # projects and people
    "labeling:new-project": "POST projects",
    "labeling:project-settings": "PATCH project",
    "labeling:archive-project": "POST archive-project",
    "labeling:pause-project": "POST pause-project",
    "labeling:members": "POST invitations",
    "labeling:change-role": "POST change-role",
    "labeling:switch-member": "POST switch-member",
    "labeling:revoke-invitation": "DELETE invitation",
    # items, labels, guidelines
    "labeling:imports": "POST items",
    "labeling:import": "POST items",
    "labeling:take-back-import": "POST take-back-import",
    "labeling:rating-imports": "POST rating-imports",
    "labeling:rating-import": "POST rating-import",
    "labeling:taxonomy": "POST taxonomies",
    "labeling:end-draft": "POST publish-taxonomy, DELETE taxonomy",
    "evaluation:start-taxonomy-change": "POST taxonomy-changes",
    "evaluation:taxonomy-change": "POST taxonomy-change",
    "evaluation:drop-taxonomy-step": "POST drop-taxonomy-step",
    "evaluation:end-taxonomy-change": "POST apply-taxonomy-change, DELETE taxonomy-change",
    "evaluation:ask-again": "POST ask-again",
    "labeling:guidelines": "POST guidelines",
    "labeling:guideline-requests": "POST guideline-requests",
    "labeling:answer-request": "POST answer-request",
    # rounds
    "labeling:new-round": "POST rounds",
    "labeling:end-round": "POST close-round, POST cancel-round",
    "labeling:extend-round": "POST extend-round",
    "labeling:pause-round": "POST pause-round",
    "labeling:set-due": "PATCH round",
    "labeling:adopt-guideline": "POST adopt-guideline",
    "labeling:adopt-taxonomy": "POST adopt-taxonomy",
    "labeling:free-lease": "POST free-lease",
    "labeling:reassign-lease": "POST reassign-lease",
    "labeling:prioritise-items": "POST prioritise-items",
    "labeling:extend-items": "POST extend-items",
    # labelling and adjudication
    "labeling:ahead": "POST claim-next",
    "labeling:submit": "POST submit",
    "labeling:skip": "POST skip",
    "labeling:draft": "PUT draft",
    "labeling:renew": "POST renew",
    "labeling:undo": "POST take-back",
    "labeling:open-next-dispute": "POST next-dispute",
    "labeling:open-dispute": "POST open-dispute",
    "labeling:decide": "POST decide",
    "labeling:escalate": "POST escalate",
    "labeling:ask-another": "POST ask-another",
    "labeling:return-answer": "POST return-answer",
    "labeling:open-pattern": "POST open-pattern",
    "labeling:decide-alike": "POST decide-alike",
    "labeling:open-next-recheck": "POST next-recheck",
    "labeling:judge-again": "POST judge-again",
    "evaluation:suggestion": "POST suggestion",
    "evaluation:reveal": "POST reveal",
    # quality and upkeep
    "labeling:new-training": "POST new-training",
    "labeling:add-checks": "POST add-checks",
    "labeling:qualify-rater": "POST qualify-rater",
    "labeling:lift-pause": "POST lift-pause",
    "labeling:upkeep": "POST duties",
    "labeling:usual-duties": "POST usual-duties",
    "labeling:end-duty": "POST end-duty",
    "labeling:stale-items": "POST stale-items",
    "labeling:new-expansion": "POST expansions",
    "labeling:label-expansion": "POST label-expansion",
    # releases and exports
    "evaluation:freeze": "POST freeze-round",
    "evaluation:renew-release": "POST renew-release",
    "evaluation:measure-release": "POST measure-release",
    "evaluation:exports": "POST exports",
    "evaluation:training-files": "POST training-files",
    "evaluation:training-file": "POST training-file",
    # prompts, runs, evaluations
    "evaluation:new-prompt": "POST prompts",
    "evaluation:prompt-status": "POST prompt-status",
    "evaluation:new-run": "POST runs",
    "evaluation:steer-run": "POST steer-run",
    "evaluation:retry-run": "POST retry-run",
    "evaluation:run-whole": "POST run-whole",
    "evaluation:repeat-run": "POST repeat-run",
    "evaluation:new-grid": "POST grids",
    "evaluation:write-grid": "POST write-grid",
    "evaluation:new-suite": "POST suites",
    "evaluation:steer-suite": "POST steer-suite",
    "evaluation:spending": "PATCH spending",
    "evaluation:add-price": "POST add-price",
    "evaluation:score": "POST evaluations",
    "evaluation:new-comparison": "POST comparisons",
    "evaluation:new-objective": "POST objectives",
    "evaluation:objective": "PATCH objective",
    "evaluation:certify": "POST certify",
    "evaluation:suspend-certificate": "POST suspend-certificate",
    # panels
    "evaluation:new-rubric": "POST rubrics",
    "evaluation:edit-rubric": "POST rubric",
    "evaluation:new-panel": "POST panels",
    "evaluation:close-panel": "POST close-panel",
    "evaluation:rate-output": "POST rate-output",
    "evaluation:panel-anchor": "POST rate-anchor",
    "evaluation:choose-pair": "POST choose-pair",
    "evaluation:panel-ruling": "POST ruling",
    "evaluation:recalibrate": "POST recalibrate",
    "evaluation:new-judge": "POST judges",
    "evaluation:judges": "POST step-judge",
    # edge cases
    "evaluation:new-edge-case": "POST edge-cases",
    "evaluation:start-bank": "POST start-bank",
    "evaluation:label-edge-case": "POST label-edge-case",
    "evaluation:retire-edge-case": "POST retire-edge-case",
    # triage and red team
    "evaluation:triages": "POST triages",
    "evaluation:triage-error": "POST triage-error, POST undo-judgement",
    "evaluation:triage-cluster": "POST tune-cluster",
    "evaluation:propose-categories": "POST propose-categories",
    "evaluation:ask-proposals": "POST askings",
    "evaluation:steer-asking": "POST steer-asking",
    "evaluation:error-categories": "POST error-categories, POST usual-error-categories",
    "evaluation:tuning-task": "PATCH tuning-task",
    "evaluation:new-red-team-round": "POST red-team-rounds",
    "evaluation:close-red-team": "POST close-red-team",
    "evaluation:new-attack": "POST red-team-round",
    "evaluation:bank-attack": "POST bank-attack",
    # active learning and canaries
    "evaluation:new-acquisition": "POST acquisitions",
    "evaluation:new-acquisition-replay": "POST acquisition-replays",
    "evaluation:label-acquisition": "POST label-acquisition",
    "evaluation:new-canary": "POST canaries",
    "evaluation:step-canary": "POST step-canary",
    # what is watched
    "evaluation:new-monitor": "POST monitors",
    "evaluation:switch-monitor": "POST switch-monitor",
    "evaluation:new-drift-check": "POST drift-checks",
    "evaluation:new-alert-rule": "POST alerts",
    "evaluation:edit-alert-rule": "PUT alert",
    "evaluation:steer-alert-rule": "POST steer-alert",
    "evaluation:new-incident": "POST incidents",
    "evaluation:step-incident": "POST step-incident",
    "evaluation:new-quality-drop": "POST quality-drops",
    "evaluation:step-quality-drop": "POST step-quality-drop",
    "evaluation:new-destination": "POST destinations",
    "evaluation:steer-destination": "POST steer-destination",
    "evaluation:replay-delivery": "POST replay-delivery",
    # rollouts and reviews
    "evaluation:new-rollout": "POST rollouts",
    "evaluation:step-rollout": "POST step-rollout",
    "evaluation:new-review": "POST reviews",
    "evaluation:close-review": "POST close-review",
    "evaluation:review-answer": "POST answer-review",
    "evaluation:review-later": "POST review-later",
    "evaluation:review-undo": "POST review-undo",
    # the calendar and open actions
    "evaluation:offer-schedules": "POST usual-schedules",
    "evaluation:new-schedule": "POST schedules",
    "evaluation:schedule": "PATCH schedule",
    "evaluation:switch-schedule": "POST switch-schedule",
    "evaluation:run-schedule": "POST run-schedule",
    "evaluation:make-review-pack": "POST review-packs",
    "evaluation:new-open-action": "POST open-actions",
    "evaluation:open-action": "POST close-action",
    "evaluation:plan-open-action": "POST plan-action",
}

PASSWORD = "made and revoked by a person who has just given their password; a token makes no token"
WITHOUT = {
    "labeling:profile": "one's own name and the keys of this browser",
    "labeling:tokens": PASSWORD,
    "labeling:revoke-own-token": PASSWORD,
    "labeling:services": PASSWORD,
    "labeling:revoke-token": PASSWORD,
    "labeling:invitation": "a way in: whoever answers has no account yet",
    "labeling:preview-guideline": "a look at a text before it is sent",
    "evaluation:choose-objective": "what this browser's pages are held against; a gate names its objectives",
}


def takes_post(view):
    """Whether a view lets a POST through: as its decorator says, or all verbs where none does."""
    found = None
    while view is not None:
        told = inspect.getclosurevars(view).nonlocals if inspect.isfunction(view) else {}
        found = told.get("request_method_list", found)
        view = getattr(view, "__wrapped__", None)
    return found is None or "POST" in found


def page_routes():
    own = [one for one in policy.routes() if one.policy and not one.name.startswith(("api:", "account_"))]
    return {one.name: one for one in own if takes_post(one.view)}


def operations():
    api = {one.name.removeprefix("api:"): one for one in policy.routes() if one.name.startswith("api:")}
    return {
        f"{verb} {name}": access
        for name, route in api.items()
        if hasattr(route.view, "cls")
        for verb, access in getattr(route.view.cls, "access", {}).items()
    }


def test_every_page_that_takes_a_post_has_an_operation_or_a_reason():
    pages = set(page_routes()) - {"healthz", "metrics"}
    assert len(pages) > 140
    told = [*OPERATIONS, *WITHOUT]
    assert len(told) == len(set(told)), "A page stands in both tables."
    assert not pages - set(told), "Pages without an operation: build one, or say in WITHOUT why there is none."
    assert not set(told) - pages, "These pages are no more."


def test_each_operation_exists_and_lets_in_nobody_whom_the_page_keeps_out():
    known, pages = operations(), page_routes()
    for page, told in OPERATIONS.items():
        for operation in told.split(", "):
            assert operation in known, (page, operation)
            if pages[page].policy.kind == "project":
                assert known[operation].roles <= pages[page].policy.roles, (page, operation)
