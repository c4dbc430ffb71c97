from django.urls import path

from labeling.views import adjudicate, patterns, rechecks, requests

DISPUTES = "projects/<slug:project>/disputes"
REQUESTS = "projects/<slug:project>/guidelines/requests"
routes = [
    path(f"{DISPUTES}/", adjudicate.disputes_list, name="disputes"),
    path(f"{DISPUTES}/next/", adjudicate.open_next, name="open-next-dispute"),
    path(f"{DISPUTES}/patterns/", patterns.patterns, name="patterns"),
    path(f"{DISPUTES}/patterns/open/", patterns.open_pattern, name="open-pattern"),
    path(f"{DISPUTES}/patterns/alike/", patterns.pattern, name="pattern"),
    path(f"{DISPUTES}/patterns/decide/", patterns.decide_alike, name="decide-alike"),
    path(f"{DISPUTES}/rechecks/", rechecks.rechecks, name="rechecks"),
    path(f"{DISPUTES}/rechecks/next/", rechecks.open_next_recheck, name="open-next-recheck"),
    path(f"{DISPUTES}/rechecks/<uuid:task_id>/", rechecks.recheck, name="recheck"),
    path(f"{DISPUTES}/rechecks/<uuid:task_id>/judge/", rechecks.judge_again, name="judge-again"),
    path(f"{DISPUTES}/<uuid:task_id>/", adjudicate.adjudicate, name="adjudicate"),
    path(f"{DISPUTES}/<uuid:task_id>/open/", adjudicate.open_task, name="open-dispute"),
    path(f"{DISPUTES}/<uuid:task_id>/decide/", adjudicate.decide, name="decide"),
    path(f"{DISPUTES}/<uuid:task_id>/escalate/", adjudicate.escalate, name="escalate"),
    path(f"{DISPUTES}/<uuid:task_id>/another-rater/", adjudicate.ask_another, name="ask-another"),
    path(f"{DISPUTES}/<uuid:task_id>/return/", adjudicate.return_answer, name="return-answer"),
    path(f"{REQUESTS}/", requests.guideline_requests, name="guideline-requests"),
    path(f"{REQUESTS}/<uuid:request_id>/", requests.answer_request, name="answer-request"),
]
