"""What can go wrong, as exceptions: problem details (RFC 9457) as the server sends them."""

from collections.abc import Mapping, Sequence

import httpx


class AssayError(Exception):
    """Something of Assay's client went wrong."""


class Problem(AssayError):
    """The server refused: `status`, a sentence in `detail`, what is wrong by field or line in `errors`."""

    def __init__(
        self, status: int, title: str, detail: str, request_id: str = "",
        errors: Mapping[str, Sequence[str]] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(f"{status} {title}: {detail}")
        self.status, self.title, self.detail, self.request_id = status, title, detail, request_id
        self.errors = {name: list(said) for name, said in (errors or {}).items()}

    @property
    def is_temporary(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status in (429, 502, 503, 504)


def problem_of(response: httpx.Response) -> Problem:
    """The problem in an answer, also where a proxy answered and not Assay."""
    try:
        told = response.json()
    except ValueError:
        told = None
    told = told if isinstance(told, dict) else {}
    return Problem(
        response.status_code, str(told.get("title") or response.reason_phrase or "Error"),
        str(told.get("detail") or response.text[:300].strip() or "The server gave no reason."),
        str(told.get("request_id") or response.headers.get("X-Request-ID", "")), told.get("errors") or {},
    )  # fmt: skip
