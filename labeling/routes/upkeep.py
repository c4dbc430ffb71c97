from django.urls import path

from labeling.views import upkeep

UPKEEP = "projects/<slug:project>/upkeep"
routes = [
    path(f"{UPKEEP}/", upkeep.upkeep, name="upkeep"),
    path(f"{UPKEEP}/duties/usual/", upkeep.usual_duties, name="usual-duties"),
    path(f"{UPKEEP}/duties/<uuid:duty_id>/end/", upkeep.end_duty, name="end-duty"),
    path(f"{UPKEEP}/changed-texts/", upkeep.stale_items, name="stale-items"),
    path(f"{UPKEEP}/expansions/new/", upkeep.new_expansion, name="new-expansion"),
    path(f"{UPKEEP}/expansions/<uuid:expansion_id>/", upkeep.expansion, name="expansion"),
    path(f"{UPKEEP}/expansions/<uuid:expansion_id>/round/", upkeep.make_expansion_round, name="label-expansion"),
]
