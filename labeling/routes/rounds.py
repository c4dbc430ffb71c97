from django.urls import path

from labeling.views import rounds

routes = [
    path("projects/<slug:project>/rounds/", rounds.rounds, name="rounds"),
    path("projects/<slug:project>/rounds/new/", rounds.new_round, name="new-round"),
    path("projects/<slug:project>/rounds/<uuid:round_id>/", rounds.round_page, name="round"),
    path("projects/<slug:project>/rounds/<uuid:round_id>/end/", rounds.end_round, name="end-round"),
    path("projects/<slug:project>/rounds/<uuid:round_id>/extend/", rounds.extend_round, name="extend-round"),
]
