"""Answers that are written row by row, in constant memory: one JSON object a line."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import StreamingHttpResponse
from rest_framework.renderers import JSONRenderer

NDJSON = "application/x-ndjson"


class NdjsonRenderer(JSONRenderer):
    """Makes `Accept: application/x-ndjson` acceptable; the rows themselves are streamed."""

    media_type = NDJSON
    format = "ndjson"


def stream(rows: Iterable[dict[str, Any]], *, name: str) -> StreamingHttpResponse:
    def lines() -> Iterator[str]:
        for row in rows:
            yield json.dumps(row, ensure_ascii=False, cls=DjangoJSONEncoder) + "\n"

    response = StreamingHttpResponse(lines(), content_type=NDJSON)
    response["Content-Disposition"] = f'attachment; filename="{name}.ndjson"'
    return response
