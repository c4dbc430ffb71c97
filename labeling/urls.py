"""All addresses of the human side, room by room."""

from labeling.routes import adjudicate, items, label, people, projects, quality, rounds, upkeep

app_name = "labeling"
urlpatterns = [
    *people.routes,
    *projects.routes,
    *items.routes,
    *rounds.routes,
    *label.routes,
    *adjudicate.routes,
    *quality.routes,
    *upkeep.routes,
]
