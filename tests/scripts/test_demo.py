"""make demo says what to do when it cannot start, and keeps its secrets to itself."""

import importlib.util
import socket
import stat
from pathlib import Path

import pytest

PATH = Path(__file__).resolve().parents[2] / "scripts" / "demo.py"


@pytest.fixture
def demo(tmp_path, monkeypatch):
    monkeypatch.setenv("ASSAY_VAR", str(tmp_path / "a var"))
    spec = importlib.util.spec_from_file_location("demo_script", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_busy_port_gets_a_sentence(demo, capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit) as leaving:
            demo.check_port(port)
    assert leaving.value.code == 2
    assert f"make demo PORT={port + 1}" in capsys.readouterr().err


def test_a_free_port_is_fine(demo):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    demo.check_port(port)


def test_a_wrong_python_gets_a_sentence(demo, capsys, monkeypatch):
    monkeypatch.setattr(demo, "version_of", lambda python: (3, 9))
    monkeypatch.setattr(demo.sys, "version_info", (3, 9, 2))
    with pytest.raises(SystemExit) as leaving:
        demo.find_python()
    assert leaving.value.code == 2
    assert "3.11, 3.12 or 3.13; this is 3.9" in capsys.readouterr().err


def test_a_python_without_venv_gets_a_sentence(demo, capsys, monkeypatch):
    monkeypatch.setattr(demo, "version_of", lambda python: None)
    monkeypatch.setattr(demo.sys, "version_info", (3, 12, 1))
    with pytest.raises(SystemExit):
        demo.find_python()
    assert "python3-venv" in capsys.readouterr().err


def test_what_is_no_python_has_no_version(demo):
    assert demo.version_of("/bin/false") is None
    assert demo.version_of("/no/such/python") is None


def test_secrets_are_made_once_and_for_their_owner_only(demo):
    first = demo.read_secrets()
    assert demo.read_secrets() == first
    assert len(first["SECRET_KEY"]) > 40
    assert len({value for key, value in first.items() if key.startswith("DEMO_PASSWORD")}) == len(demo.ROLES)
    assert stat.S_IMODE(demo.SECRETS.stat().st_mode) == 0o600
