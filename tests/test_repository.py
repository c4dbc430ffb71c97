"""Rules about the repository itself that no linter knows."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OURS = ("reviewapp", "labeling", "evaluation", "tests", "bench", "scripts")
PYTHON = [path for folder in OURS for path in (ROOT / folder).rglob("*.py") if "migrations" not in path.parts]
TEMPLATES = list((ROOT / "templates").rglob("*.html"))
STYLES = list((ROOT / "static" / "css").glob("*.css"))


def named(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", PYTHON, ids=named)
def test_files_stay_small_enough_to_read(path):
    limit = 600 if "tests" in path.parts else 500
    assert len(path.read_text().splitlines()) <= limit


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_templates_hold_nothing_the_policy_would_block(path):
    text = path.read_text()
    assert not re.search(r"\sstyle\s*=", text)
    assert not re.search(r"\son\w+\s*=\s*[\"']", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert "|safe" not in text
    assert "autoescape off" not in text


def test_text_becomes_markup_in_one_place():
    places = [named(path) for path in PYTHON if "mark_safe(" in path.read_text() and "tests" not in path.parts]
    assert places == ["reviewapp/common/templatetags/ui.py"]


@pytest.mark.parametrize("path", STYLES, ids=named)
def test_every_rule_is_in_a_layer(path):
    text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
    depth, outside = 0, ""
    for character in text:
        depth += (character == "{") - (character == "}")
        if depth == 0 and character != "}":
            outside += character
        elif depth == 1 and character == "{":
            outside += "{"
    assert depth == 0
    heads = [part.strip() for part in re.split(r"[{;]", outside) if part.strip()]
    assert all(head.startswith("@layer") for head in heads)


@pytest.mark.parametrize(
    "folder", ["labeling/actions", "evaluation/actions", "evaluation/stats", "evaluation/llm", "evaluation/stress"]
)
def test_what_matters_most_has_a_test_of_its_name(folder):
    names = {path.stem for path in (ROOT / folder).glob("*.py")} - {"__init__"} - PROVED_ELSEWHERE
    tested = {path.stem.removeprefix("test_") for path in (ROOT / "tests" / folder).glob("test_*.py")}
    assert names <= tested


# by the tests of what calls them, named here so that the list is seen to be short
PROVED_ELSEWHERE = {
    "answers", "items", "tables", "audit", "idempotency",
    "attempts", "importing", "prompts", "releases", "reports", "runs",
    "types", "protocol",
}  # fmt: skip


def test_no_path_or_address_of_a_machine_is_in_the_repository():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    machine = re.compile(r"/(?:root|home/\w+|Users/\w+|work)/\w")
    for name in filter(None, listed):
        if name.endswith((".png", "LICENSE")) or name == "tests/test_repository.py":
            continue
        assert not machine.search((ROOT / name).read_text(errors="replace")), name


def test_the_readme_names_the_two_commands_and_ci_runs_the_second():
    readme, ci = (ROOT / "README.md").read_text(), (ROOT / ".ci" / "run").read_text()
    assert "make demo" in readme
    assert "make test" in readme
    assert "make test\n" in ci
    assert (ROOT / ".ci" / "run").stat().st_mode & stat.S_IXUSR


def settings_with(**changes):
    env = {key: value for key, value in os.environ.items() if key not in ("SECRET_KEY", "DATABASE_URL")} | changes
    code = "import django; from django.conf import settings; settings.SECRET_KEY"
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True,
        env=env | {"DJANGO_SETTINGS_MODULE": "reviewapp.settings"}, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("key", [None, "", "changeme", "short", "a" * 60, "django-insecure-" + "abcdefghij" * 5])
def test_the_settings_refuse_a_missing_or_weak_key(key):
    done = settings_with(**({} if key is None else {"SECRET_KEY": key}))
    assert done.returncode != 0
    assert "SECRET_KEY" in done.stderr


def test_a_good_key_is_accepted(tmp_path):
    done = settings_with(SECRET_KEY="q8Zr-2kd_LmNx7vTgYbW4hUe9sPjCf3aRoGi5t1MDBVXE6yQzK", ASSAY_VAR=str(tmp_path))
    assert done.returncode == 0, done.stderr


def test_compose_refuses_to_start_without_its_secrets():
    tool = Path(sys.executable).with_name("docker-compose")
    plain = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}
    without = subprocess.run([tool, "config", "-q"], cwd=ROOT, env=plain, capture_output=True, text=True, check=False)
    assert without.returncode != 0
    assert "SECRET_KEY" in without.stderr
    secrets = {"SECRET_KEY": "x" * 50, "POSTGRES_PASSWORD": "p", "REDIS_PASSWORD": "r"}
    done = subprocess.run(
        [tool, "config", "-q"], cwd=ROOT, env=plain | secrets, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_scripts_are_sound():
    tool = Path(sys.executable).with_name("shellcheck")
    done = subprocess.run(
        [tool, "scripts/with-services", ".ci/run"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
