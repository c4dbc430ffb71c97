import contextlib
import http.client
import json
from dataclasses import replace
from urllib.parse import urlsplit

import openai
import pytest

from evaluation.llm import prompts
from evaluation.llm.protocol import DocText, Example, ItemText, LabelSpec
from evaluation.simulator.config import NO_ERRORS, Config
from evaluation.simulator.server import simulator

LABELS = [
    LabelSpec("hr", "Human resources", "Software for people departments."),
    LabelSpec("pay", "Payroll", "Pays wages to employees.", "hr"),
    LabelSpec("rec", "Recruiting", "Finds new staff.", "hr"),
    LabelSpec("crm", "Customer relations", "Keeps records of customers."),
]
CODES = [label.code for label in LABELS]
TEXT = "Acme runs payroll for small firms. It was founded in 1990. Its recruiting finds new staff."


def item(text=TEXT, name="Acme"):
    return ItemText("c1", name, (DocText("web", text),))


def request(one=None, *, nonce="abcd", examples=(), schema=None, guidelines=""):
    """The keyword arguments of a chat call as the app makes it."""
    told = prompts.Told(LABELS, guidelines, fence="shown")
    said = prompts.render(
        prompts.DEFAULT_TEMPLATE, told=told, examples=examples, text=(one or item()).text, nonce=nonce
    )
    return {
        "model": "m",
        "messages": [{"role": role, "content": text} for role, text in said],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "labels", "strict": True, "schema": schema or prompts.output_schema(CODES)},
        },
    }


def example(text="Globex sells customer relations.", labels=("crm",)):
    return Example(item(text, "Globex"), labels)


def fetch(sim, method, path, content=None):
    """(status, JSON) of what is no endpoint of a provider."""
    connection = http.client.HTTPConnection(urlsplit(sim.base_url).netloc)
    connection.request(method, path, json.dumps(content) if content is not None else None)
    with contextlib.closing(connection), connection.getresponse() as response:
        return response.status, json.loads(response.read())


def codes_of(completion):
    return [label["code"] for label in json.loads(completion.choices[0].message.content)["labels"]]


@pytest.fixture(scope="session")
def library():
    """One client of the real library: making one costs more than many calls."""
    with openai.OpenAI(base_url="http://127.0.0.1:1/v1", api_key="any", max_retries=0, timeout=5) as client:
        yield client


@pytest.fixture
def start(library):
    """Starts simulators that make no planted error unless told to; gives each with a client of the real library."""
    opened = []

    def begin(**changes):
        context = simulator(replace(Config(rates=NO_ERRORS), **changes))
        sim = context.__enter__()
        opened.append(context)
        return sim, library.copy(base_url=sim.base_url)

    yield begin
    for context in opened:
        context.__exit__(None, None, None)
