"""A URL configuration with a view that declares nothing, for the test that the app refuses it."""

from django.http import HttpResponse
from django.urls import path


def forgotten(request):
    return HttpResponse("for whom?")


urlpatterns = [path("open/", forgotten, name="open")]
