"""The providers that may be asked: named by the operator in the environment, never by a user (DECISIONS 23)."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evaluation.llm.calls import CHAT, DECISIONS, RESPONSES
from evaluation.llm.recipe import said_plainly
from reviewapp.common.errors import Refused

DEFAULT = "default"


class Provider(BaseModel):
    """An OpenAI-compatible address and what the operator knows of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = DEFAULT
    base_url: str
    api: str = Field(default=CHAT, pattern=f"^({CHAT}|{RESPONSES}|{DECISIONS})$")
    key_env: str = ""  # the name of the environment variable that holds its key
    requests_per_minute: int | None = Field(default=None, ge=1)
    tokens_per_minute: int | None = Field(default=None, ge=1)
    most_in_flight: int = Field(default=64, ge=1, le=1000)
    free: bool = False  # a model of one's own: its calls cost nothing, so it needs no price
    batches: bool = False  # it takes the Batch API
    embedding_model: str = ""  # for retrieval and examples by embeddings


def read_providers(raw: Mapping[str, Mapping[str, Any]], *, default: Mapping[str, Any]) -> dict[str, Provider]:
    """All providers by name; `default` is the one of LLM_BASE_URL. Raises Refused on a setting that makes no sense."""
    found = {}
    for name, values in {DEFAULT: default, **raw}.items():
        try:
            found[name] = Provider.model_validate({**values, "name": name})
        except ValidationError as error:
            raise Refused(f"LLM_PROVIDERS, “{name}”: {said_plainly(error)}") from None
    return found
