"""A real server and worker on a small sample project, and a real Chromium, for the whole session."""

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.server import CHROMIUM, Site, find_chromium, running


@pytest.fixture(scope="session")
def running_server(tmp_path_factory, worker_id):
    """One for each worker, on a copy of a sample that one of them has built."""
    var = tmp_path_factory.mktemp("site")
    shared = None if worker_id == "master" else tmp_path_factory.getbasetemp().parent / "sample"
    with running(var, shared=shared) as server:
        yield server


@pytest.fixture(scope="session")
def server(running_server):
    return running_server.base


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=find_chromium(), **CHROMIUM)
        yield opened
        opened.close()


@pytest.fixture
def site(running_server, browser):
    opened = Site(running_server, browser)
    yield opened
    for context in browser.contexts:
        context.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """A failure shows what the browser showed, and what the server said last."""
    report = yield
    if call.when == "call" and report.failed and "site" in item.funcargs:
        report.sections += item.funcargs["site"].seen()
    return report
