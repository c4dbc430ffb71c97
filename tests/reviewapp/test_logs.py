"""What a log line carries, as text and as JSON."""

import io
import json
import logging
from uuid import UUID

import pytest

from reviewapp.common import logs
from tests.factories import make_user

RUN = UUID("00000000-0000-4000-8000-000000000001")


@pytest.fixture
def lines():
    """The lines that a process with LOG_FORMAT=json would write."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(logs.Context())
    handler.setFormatter(logs.formatter("json"))
    logger = logging.getLogger("telling")
    logger.addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logger.removeHandler(handler)


@pytest.mark.django_db
@pytest.mark.urls("tests.reviewapp.telling")
def test_a_line_says_which_request_person_project_and_run_it_is_about(client, lines):
    user = make_user("somebody@example.org", name="Some Body")
    client.force_login(user)
    client.get(f"/projects/acme/say/{RUN}/")
    (line,) = lines()
    assert len(line.pop("request_id")) == 12
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "INFO", "logger": "telling", "message": "said in passing",
        "user_id": str(user.public_id), "project": "acme", "run_id": str(RUN),
    }  # fmt: skip
    assert logs.current() == {}


def test_a_failure_is_one_line_with_its_traceback(lines):
    try:
        raise ValueError("two\nlines")
    except ValueError:
        with logs.about(run_id=RUN, task_id=""):
            logging.getLogger("telling").exception("it “failed”")
    (line,) = lines()
    assert (line["message"], line["run_id"], "task_id" in line) == ("it “failed”", str(RUN), False)
    assert line["exception"].endswith("ValueError: two\nlines")


def test_text_is_for_people_and_nothing_else_is_known():
    record = logging.LogRecord("a", logging.INFO, "", 1, "hello", (), None)
    assert logs.Context().filter(record)
    assert logs.formatter("text").format(record).endswith("INFO a [-] hello")
    with pytest.raises(ValueError, match="text or json"):
        logs.formatter("xml")
    assert logs.for_web_server("json")["formatters"]["line"]["form"] == "json"
