"""All addresses of the app. Each view declares its policy, or the app does not start."""

from allauth.account import views as account
from django.conf import settings
from django.urls import include, path

from reviewapp import api
from reviewapp.common.health import healthz
from reviewapp.home import styleguide
from reviewapp.home.metrics import metrics

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("metrics", metrics, name="metrics"),
    path("account/sign-in/", account.login, name="account_login"),
    path("account/sign-out/", account.logout, name="account_logout"),
    path("account/inactive/", account.account_inactive, name="account_inactive"),
    path("account/password/change/", account.password_change, name="account_change_password"),
    path("account/password/set/", account.password_set, name="account_set_password"),
    path("account/password/reset/", account.password_reset, name="account_reset_password"),
    path("account/password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    path(
        "account/password/reset/key/<uidb36>-<key>/",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "account/password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("account/reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("api/v1/", include(api.routes)),
    path("", include("labeling.urls")),
    path("", include("evaluation.urls")),
    path("", include("reviewapp.home.urls")),
]
urlpatterns += styleguide.routes(debug=settings.DEBUG)

handler404, handler500 = "reviewapp.api.not_found", "reviewapp.api.server_error"
