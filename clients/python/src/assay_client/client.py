"""The client: one project of one server, by a token."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from types import TracebackType
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid4, uuid5

import httpx

from assay_client.errors import AssayError, problem_of
from assay_client.models import Comparison, Evaluation, Gate, GoldEntry, Prediction, Release, Run
from assay_client.retrying import Retrying

LOOPBACK = ("localhost", "127.0.0.1", "::1", "testserver")
PART = 1000  # predictions sent at once


class Client:
    """Reads and writes one project. Each write has an idempotency key, so it can be sent again without harm."""

    def __init__(
        self, base_url: str, token: str, project: str, *, timeout: float = 60.0, tries: int = 5,
        transport: httpx.BaseTransport | None = None,
    ) -> None:  # fmt: skip
        address = httpx.URL(base_url.rstrip("/") + "/")
        if address.scheme != "https" and address.host not in LOOPBACK:
            raise AssayError("A token is sent over https only, but for this machine itself.")
        self.base_url = f"{str(address).rstrip('/')}/api/v1"
        self.project = project
        self._http = httpx.Client(
            transport=Retrying(transport or httpx.HTTPTransport(), tries=tries),
            headers={"Authorization": f"Bearer {token}", "Accept": "application/json, application/problem+json"},
            timeout=timeout,
        )

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    # Gold

    def releases(self) -> Iterator[Release]:
        """All releases, newest first."""
        return map(Release.read, self.pages("releases/"))

    def release(self, name: str) -> Release:
        """The release that pilot@1 means; pilot means its newest."""
        for one in self.releases():
            if name in (one.name, one.name.partition("@")[0]):
                return one
        raise AssayError(f"There is no release “{name}” in {self.project}.")

    def gold(self, release: Release | str, split: str = "dev") -> Iterator[GoldEntry]:
        """The entries of a split. Those of test are held out, and the server refuses them."""
        found = release if isinstance(release, Release) else self.release(release)
        return map(GoldEntry.read, self.pages(f"releases/{found.id}/entries/", split=split, limit=500))

    # Runs

    def runs(self, **asked: str) -> Iterator[Run]:
        """Runs, newest first; by `name`, `state`, `origin` or `prompt`."""
        return map(Run.read, self.pages("runs/", **asked))

    def run(self, name: str) -> Run:
        found = next(self.runs(name=name), None)
        if found is None:
            raise AssayError(f"There is no run “{name}” in {self.project}.")
        return found

    def push(self, name: str, predictions: Iterable[Prediction], *, part: int = PART) -> Run:
        """Make a run of what your pipeline said: sent in parts, then closed.

        The keys come from the name and what is sent, so the same call again, after a crash too, goes on where it
        stopped and has no second effect.
        """
        run = self.write("pushes/", {"name": name}, key=self._key("open", name))
        rows, total = iter(predictions), 0
        while chunk := [one.row() for one in islice(rows, part)]:
            body = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in chunk).encode()
            key = self._key("part", name, str(total), hashlib.sha256(body).hexdigest())
            self._send(
                "POST", f"pushes/{run['id']}/parts/", content=body,
                headers={"Content-Type": "application/x-ndjson", "Idempotency-Key": key},
            )  # fmt: skip
            total += len(chunk)
        finish = {"expected": total}
        return Run.read(self.write(f"pushes/{run['id']}/finish/", finish, key=self._key("finish", name, str(total))))

    # Judgements

    def evaluate(self, run: Run | str, release: Release | str, split: str = "dev", **how: Any) -> Evaluation:
        """Score a run; the same again is the stored one. On test this is a look that goes into the ledger."""
        told = {"run": _named(run), "release": _named(release), "split": split, **how}
        return Evaluation.read(self.write("evaluations/", told))

    def compare(
        self, a: Run | str, b: Run | str, release: Release | str, split: str = "dev", *, margin: float = 0.02,
        labels: Sequence[str] = (), **how: Any,
    ) -> Comparison:  # fmt: skip
        """Run b against run a on the same items; `labels` are declared to matter before looking."""
        told = {"a": _named(a), "b": _named(b), "release": _named(release), "split": split, "margin": margin,
                "labels": list(labels), **how}  # fmt: skip
        return Comparison.read(self.write("comparisons/", told))

    def gate(
        self, run: Run | str, release: Release | str, split: str = "dev", *, objectives: Sequence[str] = (),
        baseline: Run | str = "", margin: float = 0.02,
    ) -> Gate:  # fmt: skip
        """Whether a run is good enough: by objectives (none named: the default) and not worse than a baseline."""
        told = {"run": _named(run), "release": _named(release), "split": split, "objectives": list(objectives),
                "baseline": _named(baseline), "margin": margin}  # fmt: skip
        return Gate.read(self.write("gates/", told))

    # All else the server has: docs/api.md

    def pages(self, path: str, **asked: Any) -> Iterator[dict[str, Any]]:
        """The rows of all pages, one page in memory at a time; `path` is below the project."""
        query: Any = asked
        while True:
            page = self._send("GET", path, params=query).json()
            yield from page["results"]
            if not page["next"]:
                return
            query = httpx.URL(page["next"]).params  # of the address only this: the token goes nowhere else

    def read(self, path: str, **asked: Any) -> dict[str, Any]:
        found: dict[str, Any] = self._send("GET", path, params=asked).json()
        return found

    def write(self, path: str, told: Mapping[str, Any], *, key: str = "") -> dict[str, Any]:
        """Send JSON under an idempotency key, a new one if none is given."""
        answer = self._send("POST", path, json=dict(told), headers={"Idempotency-Key": key or str(uuid4())})
        found: dict[str, Any] = answer.json()
        return found

    def _send(self, method: str, path: str, **what: Any) -> httpx.Response:
        address = f"{self.base_url}/projects/{quote(self.project, safe='')}/{path}"
        response = self._http.request(method, address, **what)
        if response.is_success:
            return response
        raise problem_of(response)

    def _key(self, *parts: str) -> str:
        return str(uuid5(NAMESPACE_URL, "\n".join([self.base_url, self.project, *parts])))


def _named(one: Run | Release | str) -> str:
    return one if isinstance(one, str) else one.name
