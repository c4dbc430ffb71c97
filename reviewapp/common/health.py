"""Is this process able to serve? For load balancers and compose."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from reviewapp.common.policy import public


@public
def healthz(request: HttpRequest) -> HttpResponse:
    """200 when the database answers, else 503; says nothing about what is in it."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
    except DatabaseError:
        return JsonResponse({"status": "database down"}, status=503)
    return JsonResponse({"status": "ok"})
