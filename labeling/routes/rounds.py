from django.urls import path

from labeling.views import progress, rating_imports, rounds

routes = [
    path("projects/<slug:project>/rounds/", rounds.rounds, name="rounds"),
    path("projects/<slug:project>/rounds/new/", rounds.new_round, name="new-round"),
    path("projects/<slug:project>/rounds/imports/", rating_imports.rating_imports, name="rating-imports"),
    path(
        "projects/<slug:project>/rounds/imports/<uuid:rating_import_id>/",
        rating_imports.rating_import,
        name="rating-import",
    ),
    path("projects/<slug:project>/rounds/pause/", progress.pause_project, name="pause-project"),
    path("projects/<slug:project>/rounds/<uuid:round_id>/", rounds.round_page, name="round"),
    path("projects/<slug:project>/rounds/<uuid:round_id>/end/", rounds.end_round, name="end-round"),
    path("projects/<slug:project>/rounds/<uuid:round_id>/extend/", rounds.extend_round, name="extend-round"),
    path("projects/<slug:project>/rounds/<uuid:round_id>/pause/", progress.pause_round, name="pause-round"),
    path("projects/<slug:project>/rounds/<uuid:round_id>/due/", progress.set_due, name="set-due"),
    path("projects/<slug:project>/rounds/<uuid:round_id>/guideline/", progress.adopt_guideline, name="adopt-guideline"),
    path("projects/<slug:project>/rounds/<uuid:round_id>/taxonomy/", progress.adopt_taxonomy, name="adopt-taxonomy"),
    path(
        "projects/<slug:project>/rounds/<uuid:round_id>/seats/<uuid:seat_id>/free/",
        progress.free_lease,
        name="free-lease",
    ),
    path(
        "projects/<slug:project>/rounds/<uuid:round_id>/seats/<uuid:seat_id>/reassign/",
        progress.reassign_lease,
        name="reassign-lease",
    ),
    path("projects/<slug:project>/rounds/<uuid:round_id>/items/", progress.round_items, name="round-items"),
    path(
        "projects/<slug:project>/rounds/<uuid:round_id>/items/priority/",
        progress.prioritise_items,
        name="prioritise-items",
    ),
    path("projects/<slug:project>/rounds/<uuid:round_id>/items/extend/", progress.extend_items, name="extend-items"),
]
