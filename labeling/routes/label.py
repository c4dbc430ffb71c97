from django.urls import path

from labeling.views import answers, label

routes = [
    path("projects/<slug:project>/label/", label.label_home, name="label-home"),
    path("projects/<slug:project>/label/<uuid:round_id>/", label.label, name="label"),
    path("projects/<slug:project>/label/<uuid:round_id>/ahead/", label.ahead, name="ahead"),
    path("projects/<slug:project>/label/<uuid:round_id>/answers/", answers.my_answers, name="my-answers"),
    path(
        "projects/<slug:project>/label/<uuid:round_id>/answers/<uuid:annotation_id>/",
        answers.my_answer,
        name="my-answer",
    ),
    path(
        "projects/<slug:project>/label/<uuid:round_id>/answers/<uuid:annotation_id>/take-back/", label.undo, name="undo"
    ),
    path("projects/<slug:project>/label/<uuid:round_id>/seats/<uuid:seat_id>/submit/", label.submit, name="submit"),
    path("projects/<slug:project>/label/<uuid:round_id>/seats/<uuid:seat_id>/skip/", label.skip, name="skip"),
    path("projects/<slug:project>/label/<uuid:round_id>/seats/<uuid:seat_id>/draft/", answers.draft, name="draft"),
    path("projects/<slug:project>/label/<uuid:round_id>/seats/<uuid:seat_id>/renew/", answers.renew, name="renew"),
]
