"""Which pages a member finds in the navigation: those whose routes let their roles in."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from labeling.enums import Role

A, J, M, E, Q = Role.ANNOTATOR, Role.ADJUDICATOR, Role.MANAGER, Role.ENGINEER, Role.ANALYST
PAGES: list[tuple[str, list[tuple[str, str, tuple[Role, ...]]]]] = [
    (
        "",
        [
            ("Overview", "project", (A, J, M, E, Q)),
            ("What next?", "evaluation:what-next", (M, E, Q)),
            ("Open actions", "evaluation:open-actions", (M, E, Q)),
            ("Calendar", "evaluation:calendar", (M, E, Q)),
        ],
    ),
    (
        "Work",
        [
            ("Label", "labeling:label-home", (A, J)),
            ("Adjudicate", "labeling:disputes", (J, M, Q)),
            ("Review", "evaluation:reviews", (J, M, E, Q)),
            ("Panels", "evaluation:panels", (A, J, M, E, Q)),
        ],
    ),
    (
        "Data",
        [
            ("Items", "labeling:items", (M, E, Q, J)),
            ("Taxonomy", "labeling:taxonomy", (A, J, M, E, Q)),
            ("Guidelines", "labeling:guidelines", (A, J, M, E, Q)),
            ("Exports", "evaluation:exports", (M, E, Q)),
        ],
    ),
    (
        "Golden set",
        [
            ("Rounds", "labeling:rounds", (M, Q)),
            ("Agreement", "evaluation:agreement", (M, Q, J)),
            ("Releases", "evaluation:releases", (M, E, Q)),
            ("Coverage", "evaluation:coverage", (M, E, Q)),
            ("Upkeep", "labeling:upkeep", (M, Q)),
            ("Raters", "labeling:quality", (M, Q)),
            ("Active learning", "evaluation:acquisitions", (M, E, Q)),
        ],
    ),
    (
        "Model",
        [
            ("Prompts", "evaluation:prompts", (M, E, Q)),
            ("Runs", "evaluation:runs", (M, E, Q)),
            ("Objectives", "evaluation:objectives", (M, E, Q)),
            ("Certificates", "evaluation:certificates", (M, E, Q)),
            ("Grids", "evaluation:grids", (M, E, Q)),
            ("Judges", "evaluation:all-judges", (M, E, Q)),
            ("Spending", "evaluation:spending", (M, E, Q)),
        ],
    ),
    (
        "Errors",
        [
            ("Triage", "evaluation:triages", (M, E, Q)),
            ("Tuning tasks", "evaluation:tuning-tasks", (M, E, Q)),
            ("Edge cases", "evaluation:edge-cases", (M, E, Q, J)),
            ("Red team", "evaluation:red-team-rounds", (A, J, M, E, Q)),
            ("Stress", "evaluation:suites", (M, E, Q)),
        ],
    ),
    (
        "In production",
        [
            ("Rollouts", "evaluation:rollouts", (M, E, Q)),
            ("Canaries", "evaluation:canaries", (M, E, Q)),
            ("Drift", "evaluation:drift", (M, E, Q)),
            ("Alerts", "evaluation:alerts", (M, E, Q)),
            ("Incidents", "evaluation:incidents", (M, E, Q)),
        ],
    ),
    (
        "Project",
        [
            ("People", "labeling:members", (M,)),
            ("Services", "labeling:services", (M,)),
            ("Destinations", "evaluation:destinations", (M, Q)),
            ("Settings", "labeling:project-settings", (M,)),
            ("Audit", "labeling:audit", (M,)),
        ],
    ),
]
ALSO = {"labeling:items": ("imports/",), "evaluation:destinations": ("deliveries/",)}  # what else stands under a page
COUNTS = {"evaluation:open-actions": "evaluation:open-action-count"}  # asked for after the page is there


@dataclass(frozen=True)
class Link:
    """One page in the navigation."""

    name: str
    url: str
    is_active: bool
    count_url: str = ""


def context(request: HttpRequest) -> dict[str, Any]:
    """The project and its navigation, for base.html."""
    project = getattr(request, "project", None)
    if project is None:
        return {"project": None, "nav": [], "hears_alerts": False}
    roles: frozenset[str] = getattr(request, "roles", frozenset())
    overview = reverse("project", args=[project.slug])
    nav = []
    for name, pages in PAGES:
        links = []
        for title, route, allowed in pages:
            if roles & {str(role) for role in allowed}:
                url = reverse(route, args=[project.slug])
                under = (url, *(overview + part for part in ALSO.get(route, ())))
                active = request.path == url if url == overview else request.path.startswith(under)
                count = reverse(COUNTS[route], args=[project.slug]) if route in COUNTS else ""
                links.append(Link(title, url, active, count))
        if links:
            nav.append({"name": name, "links": links})
    hears = bool(roles & {str(role) for role in (M, E, Q)})
    return {"project": project, "nav": nav, "hears_alerts": hears}
