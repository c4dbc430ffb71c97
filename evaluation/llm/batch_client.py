"""The Batch API of an OpenAI-compatible provider: a file of calls up, a file of replies down."""

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import openai
from openai.types import CreateEmbeddingResponse
from openai.types.chat import ChatCompletion
from openai.types.responses import Response

from evaluation.llm.calls import CHAT, EMBEDDINGS, RESPONSES, Call, Reply
from evaluation.llm.openai_client import Client, body_of, failure_by_status, failure_of, read
from evaluation.llm.protocol import ModelFailure

ENDPOINTS = {CHAT: "/v1/chat/completions", RESPONSES: "/v1/responses", EMBEDDINGS: "/v1/embeddings"}
_TYPES: dict[str, Any] = {CHAT: ChatCompletion, RESPONSES: Response, EMBEDDINGS: CreateEmbeddingResponse}
WINDOW = "24h"
OVER = ("completed", "expired", "cancelled", "failed")
MARK = "assay_batch"  # what a batch is marked with, to be found again


@dataclass(frozen=True)
class Standing:
    """What the provider says of a batch."""

    remote_id: str
    state: str
    files: tuple[str, ...]  # of replies and of errors
    said: str

    @property
    def is_over(self) -> bool:
        return self.state in OVER


def send(client: Client, calls: Mapping[str, Call], *, mark: str) -> Standing:
    """Send calls of one endpoint, by their custom ids; raises ModelFailure."""
    api = next(iter(calls.values())).api
    lines = [
        json.dumps({"custom_id": name, "method": "POST", "url": ENDPOINTS[api], "body": body_of(call)})
        for name, call in calls.items()
    ]
    content = io.BytesIO("\n".join(lines).encode())
    try:
        file = client.api.files.create(file=("calls.jsonl", content), purpose="batch")
        batch = client.api.batches.create(
            input_file_id=file.id, endpoint=ENDPOINTS[api], completion_window=WINDOW, metadata={MARK: mark}  # type: ignore[arg-type]
        )  # fmt: skip
    except (openai.APIError, json.JSONDecodeError) as error:
        raise failure_of(error) from None
    return _standing(batch)


def look(client: Client, remote_id: str) -> Standing:
    """How a batch stands; raises ModelFailure."""
    try:
        return _standing(client.api.batches.retrieve(remote_id))
    except (openai.APIError, json.JSONDecodeError) as error:
        raise failure_of(error) from None


def find(client: Client, mark: str) -> Standing | None:
    """The batch that bears a mark, among the newest hundred; raises ModelFailure."""
    try:
        newest = client.api.batches.list(limit=100).data
    except (openai.APIError, json.JSONDecodeError) as error:
        raise failure_of(error) from None
    return next((_standing(one) for one in newest if (one.metadata or {}).get(MARK) == mark), None)


def cancel(client: Client, remote_id: str) -> None:
    """Ask the provider to stop; what is done already is billed. Raises ModelFailure."""
    try:
        client.api.batches.cancel(remote_id)
    except (openai.APIError, json.JSONDecodeError) as error:
        raise failure_of(error) from None


def replies(client: Client, files: Sequence[str], api: str) -> Iterator[tuple[str, Reply | ModelFailure]]:
    """Each custom id with what came of it, as the files have them; raises ModelFailure if a file cannot be had."""
    for file in files:
        try:
            content = client.api.files.content(file).text
        except (openai.APIError, json.JSONDecodeError) as error:
            raise failure_of(error) from None
        for line in content.splitlines():
            if line.strip():
                yield _reply(line, api)


def _reply(line: str, api: str) -> tuple[str, Reply | ModelFailure]:
    try:
        row = json.loads(line)
        name, response, error = str(row["custom_id"]), row.get("response"), row.get("error")
    except (ValueError, KeyError, TypeError):
        return "", ModelFailure("server", "a line of the batch cannot be read", retryable=True)
    if error or not isinstance(response, dict):
        said = error if isinstance(error, dict) else {}
        return name, ModelFailure("server", str(said.get("message") or "no answer in the batch")[:300], retryable=True)
    status, body = int(response.get("status_code") or 0), response.get("body")
    if status != 200:
        inner = body.get("error") if isinstance(body, dict) else None
        code = str(inner.get("code") or "") if isinstance(inner, dict) else ""
        return name, failure_by_status(status, code, json.dumps(body)[:2000], {})
    if not isinstance(body, dict):
        return name, ModelFailure("server", "a line of the batch holds no answer", retryable=True)
    marked = {"x-simulated": "1"} if body.get("system_fingerprint") == "simulated" else {}
    try:
        return name, read(api, _TYPES[api].construct(**body), headers=marked)
    except ModelFailure as failure:
        return name, failure


def _standing(batch: Any) -> Standing:
    errors = getattr(batch.errors, "data", None) or ()
    files = tuple(one for one in (batch.output_file_id, batch.error_file_id) if one)
    return Standing(batch.id, batch.status, files, "; ".join(str(one.message) for one in errors)[:500] or batch.status)
