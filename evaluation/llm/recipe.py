"""The parameters of a prompt version: what they may be, and what they are if they are left out."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from evaluation.llm.routes import Route, read_routes
from reviewapp.common.errors import Refused


class Retrieve(BaseModel):
    """Show the model the passages that matter instead of whole texts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: Literal["bm25", "tfidf", "embeddings"] = "bm25"
    k: int = Field(default=5, ge=1, le=50)
    size: int = Field(default=800, ge=100, le=8000)  # characters of a passage
    overlap: int = Field(default=100, ge=0, le=2000)
    query: str = Field(default="", max_length=5000)  # what to look for; the names of all labels if empty

    @model_validator(mode="after")
    def overlap_is_less_than_a_passage(self) -> "Retrieve":
        if self.overlap >= self.size:
            raise ValueError("passages overlap by less than their size")
        return self


class Summarise(BaseModel):
    """Have the texts summarised first, and classify by the summary."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    template: str = Field(min_length=1, max_length=20_000)
    max_tokens: int = Field(default=600, ge=1, le=20_000)


class Parameters(BaseModel):
    """All of a prompt version but its template and model."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    provider: str = Field(default="default", max_length=60)
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, gt=0, le=1)
    seed: int | None = None
    max_tokens: int = Field(default=2000, ge=1, le=100_000)
    timeout: float = Field(default=60.0, gt=0, le=600)
    few_shot: int = Field(default=0, ge=0, le=200)
    few_shot_how: Literal["first", "random", "stratified", "nearest_tfidf", "nearest_embeddings"] = "first"
    few_shot_seed: int = 0
    retrieve: Retrieve | None = None
    summarise: Summarise | None = None
    confidence: Literal["stated", "logprob", "share"] = "stated"
    samples: int = Field(default=5, ge=2, le=25)  # of self-consistency, asked only of uncertain items
    sample_temperature: float = Field(default=0.7, gt=0, le=2)
    uncertain_from: float = Field(default=0.2, ge=0, le=1)
    uncertain_to: float = Field(default=0.8, ge=0, le=1)
    repair: bool = True  # ask once more, with room for a longer answer, where one was cut or malformed
    routes: list[dict[str, Any]] = Field(default_factory=list, max_length=10)

    @property
    def fallback(self) -> tuple[Route, ...]:
        return read_routes(self.routes)


def read_parameters(raw: Mapping[str, Any]) -> Parameters:
    """The parameters, checked; raises Refused with a sentence that names what is wrong."""
    try:
        parameters = Parameters.model_validate(dict(raw))
    except ValidationError as error:
        raise Refused(f"The parameters do not fit: {said_plainly(error)}") from None
    _ = parameters.fallback
    return parameters


def said_plainly(error: ValidationError) -> str:
    """The first thing that is wrong, as `name: what`."""
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "together"
    return f"{where}: {first['msg'].removeprefix('Value error, ')}."
