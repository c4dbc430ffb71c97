from django.urls import path

from labeling.views import projects

routes = [
    path("projects/new/", projects.new_project, name="new-project"),
    path("projects/<slug:project>/settings/", projects.settings, name="project-settings"),
    path("projects/<slug:project>/settings/archive/", projects.archive, name="archive-project"),
]
