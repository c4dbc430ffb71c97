from django.urls import path

from labeling.views import people, tokens

routes = [
    path("profile/", people.profile, name="profile"),
    path("profile/tokens/", tokens.own, name="tokens"),
    path("profile/tokens/<uuid:token_id>/revoke/", tokens.revoke_own, name="revoke-own-token"),
    path("projects/<slug:project>/services/", tokens.services, name="services"),
    path("projects/<slug:project>/services/<uuid:token_id>/revoke/", tokens.revoke, name="revoke-token"),
    path("invitations/<str:secret>/", people.invitation, name="invitation"),
    path("projects/<slug:project>/people/", people.members, name="members"),
    path("projects/<slug:project>/people/<uuid:user_id>/role/", people.change_role, name="change-role"),
    path("projects/<slug:project>/people/<uuid:user_id>/switch/", people.switch_member, name="switch-member"),
    path(
        "projects/<slug:project>/people/invitations/<uuid:invitation_id>/revoke/",
        people.revoke_invitation,
        name="revoke-invitation",
    ),
    path("projects/<slug:project>/audit/", people.audit, name="audit"),
]
