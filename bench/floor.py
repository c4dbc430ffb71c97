"""The floor: what a bare Django needs to read one row and render a template, and a plain page of many labels."""

from django.http import HttpResponse
from django.template import Context, Template
from django.urls import path

from labeling.models import Item, Label

PAGE = Template("<!doctype html><title>{{ item.name }}</title><h1>{{ item.name }}</h1><p>{{ item.external_id }}</p>")
PLAIN = Template(
    "<!doctype html><html lang=en><title>Plain</title><input id=find>{% for label in labels %}"
    "<label><input type=checkbox> {{ label.name }} <span>{{ label.definition }}</span></label>{% endfor %}"
)


def healthz(request):
    return HttpResponse("ok")


def one_row(request, pk):
    return HttpResponse(PAGE.render(Context({"item": Item.objects.get(pk=pk)})))


def plain_labels(request, version):
    return HttpResponse(PLAIN.render(Context({"labels": Label.objects.filter(version=version).order_by("position")})))


urlpatterns = [
    path("healthz", healthz),
    path("favicon.ico", healthz),
    path("items/<int:pk>/", one_row),
    path("labels/<int:version>/", plain_labels),
]
