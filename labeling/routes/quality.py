from django.urls import path

from labeling.views import quality

routes = [
    path("projects/<slug:project>/quality/", quality.quality, name="quality"),
    path("projects/<slug:project>/quality/trainings/new/", quality.new_training, name="new-training"),
    path("projects/<slug:project>/quality/rounds/<uuid:round_id>/checks/", quality.checks, name="add-checks"),
    path("projects/<slug:project>/quality/<uuid:user_id>/", quality.rater, name="rater"),
    path("projects/<slug:project>/quality/<uuid:user_id>/qualification/", quality.qualify, name="qualify-rater"),
    path("projects/<slug:project>/quality/<uuid:user_id>/lift/<uuid:round_id>/", quality.lift, name="lift-pause"),
    path(
        "projects/<slug:project>/label/<uuid:round_id>/answers/<uuid:annotation_id>/feedback/",
        quality.feedback,
        name="feedback",
    ),
    path("projects/<slug:project>/label/<uuid:round_id>/training/", quality.training_result, name="training-result"),
]
