from django.urls import path

from labeling.views import label

routes = [
    path("projects/<slug:project>/label/", label.label_home, name="label-home"),
    path("projects/<slug:project>/label/<uuid:round_id>/", label.label, name="label"),
    path("projects/<slug:project>/label/<uuid:round_id>/answers/", label.my_answers, name="my-answers"),
    path(
        "projects/<slug:project>/label/<uuid:round_id>/answers/<uuid:annotation_id>/take-back/", label.undo, name="undo"
    ),
    path("projects/<slug:project>/label/<uuid:round_id>/seats/<uuid:seat_id>/submit/", label.submit, name="submit"),
    path("projects/<slug:project>/label/<uuid:round_id>/seats/<uuid:seat_id>/skip/", label.skip, name="skip"),
    path("projects/<slug:project>/label/<uuid:round_id>/seats/<uuid:seat_id>/draft/", label.draft, name="draft"),
]
