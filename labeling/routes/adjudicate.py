from django.urls import path

from labeling.views import adjudicate

routes = [
    path("projects/<slug:project>/disputes/", adjudicate.disputes_list, name="disputes"),
    path("projects/<slug:project>/disputes/next/", adjudicate.open_next, name="open-next-dispute"),
    path("projects/<slug:project>/disputes/<uuid:task_id>/", adjudicate.adjudicate, name="adjudicate"),
    path("projects/<slug:project>/disputes/<uuid:task_id>/open/", adjudicate.open_task, name="open-dispute"),
    path("projects/<slug:project>/disputes/<uuid:task_id>/decide/", adjudicate.decide, name="decide"),
    path("projects/<slug:project>/disputes/<uuid:task_id>/escalate/", adjudicate.escalate, name="escalate"),
    path("projects/<slug:project>/disputes/<uuid:task_id>/another-rater/", adjudicate.ask_another, name="ask-another"),
]
