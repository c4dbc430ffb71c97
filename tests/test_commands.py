"""The command line contract: names, options, columns, keys and exit codes, through the command line itself."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from labeling.enums import Role
from labeling.models import AuditEvent, GoldEntry, Look, Membership, Release, Round, User
from tests.factories import make_member, make_project

pytestmark = pytest.mark.django_db

TAXONOMY = "code,name,definition,parent,examples\nhr,HR,People.,,\npay,Payroll,Wages.,hr,\ncrm,CRM,Customers.,,\n"
ITEMS = "id,name,text,sector\n" + "".join(f"c{n},Firm {n},Payroll firm number {n}.,S{n % 2}\n" for n in range(20))


class Shell:
    """Runs commands as a shell would: output, errors and exit code."""

    def __init__(self, folder):
        self.folder = folder

    def __call__(self, *arguments):
        self.out, self.err = StringIO(), StringIO()
        try:
            call_command(*arguments, stdout=self.out, stderr=self.err)
        except SystemExit as leaving:
            return leaving.code
        return 0

    def json(self, *arguments):
        assert self(*arguments, "--json", "-") == 0, self.err.getvalue()
        return json.loads(self.out.getvalue())

    def file(self, name, content):
        path = self.folder / name
        path.write_text(content)
        return str(path)


@pytest.fixture
def shell(tmp_path):
    return Shell(tmp_path)


@pytest.fixture
def acme(shell):
    assert shell("create_project", "acme", "--name", "Acme") == 0
    assert shell("import_taxonomy", "acme", shell.file("taxonomy.csv", TAXONOMY)) == 0
    assert shell("import_items", "acme", shell.file("items.csv", ITEMS), "--slices", "sector") == 0
    return shell


def ratings(differ=2):
    lines = ["item,rater,labels,certainty"]
    for n in range(20):
        lines += [f"c{n},ann,pay,sure", f"c{n},ben,{'crm' if n < differ else 'pay'},sure"]
    return "\n".join(lines) + "\n"


def test_people_and_projects(shell):
    assert shell("create_project", "acme", "--name", "Acme", "--raters", "3") == 0
    assert shell("create_user", "ann@example.org", "--project", "acme", "--role", "manager", "--group", "legal") == 0
    member = Membership.objects.get()
    assert (member.user.email, member.role, member.group) == ("ann@example.org", Role.MANAGER, "legal")
    assert shell("create_user", "ann@example.org") == 2
    assert shell("create_user", "ann@example.org", "--link") == 0
    assert "/account/password/reset/key/" in shell.out.getvalue()
    assert shell("create_project", "acme", "--name", "Twice") == 2
    assert shell("create_project", "other", "--name", "Other", "--manager", "nobody@example.org") == 2
    assert (
        shell("create_project", "other", "--name", "Other", "--manager", "ann@example.org", "--by", "ann@example.org")
        == 0
    )
    assert AuditEvent.objects.filter(kind="project.created").last().by == User.objects.get()


def test_unknown_projects_actors_and_files_are_bad_input(shell):
    assert shell("import_items", "nowhere", "file.csv") == 2
    make_project("acme")
    assert shell("import_items", "acme", "no-such-file.csv") == 2
    assert "no file" in shell.err.getvalue()
    assert shell("agreement", "acme", "--by", "ghost@example.org") == 2


def test_by_needs_the_right_role(acme):
    from labeling.models import Project

    make_member(Project.objects.get(), Role.ANNOTATOR, user=User.objects.create(email="r@example.org"))
    assert acme("import_taxonomy", "acme", acme.file("t.csv", TAXONOMY), "--by", "r@example.org") == 2


def test_imports_report_and_repeat_without_effect(acme):
    found = acme.json("import_items", "acme", acme.file("items.csv", ITEMS))
    assert (found["state"], found["unchanged"], found["added"]) == ("done", 20, 0)
    bad = acme.file("bad.csv", ITEMS + "c1,Twice,Text,S\n")
    assert acme("import_items", "acme", bad) == 2
    assert "line" in acme.err.getvalue().lower()
    assert acme("import_items", "acme", bad, "--skip-bad") == 0


def test_annotations_become_a_settled_round(acme):
    path = acme.file("ratings.csv", ratings())
    assert acme("import_annotations", "acme", path, "--round", "all") == 0
    made = Round.objects.get()
    assert made.tasks.filter(state="settled").count() == 18
    assert made.tasks.filter(state="disputed").count() == 2
    found = acme.json("agreement", "acme", "--round", "all", "--resamples", "50")
    for key in (
        "items",
        "items_total",
        "raters",
        "pairs",
        "alpha",
        "percent_exact",
        "labels",
        "interval",
        "zero_division",
    ):
        assert key in found
    assert set(found["alpha"]["masi"]) == {"value", "low", "high", "n"}
    assert set(found["labels"]) == {"hr", "pay", "crm"}
    assert found["labels"]["hr"]["alpha"]["value"] is None
    assert found["labels"]["hr"]["alpha"]["reason"]
    assert set(found["labels"]["pay"]) == {"alpha", "kappa", "kappa_kind", "percent_agreement", "prevalence", "n"}
    assert set(found["ac1"]) == set(found["labels"])


@pytest.mark.parametrize(
    "line", ["c0,ann,nothing,sure", "nowhere,ann,pay,sure", "c1,,pay,sure", "c1,ann,pay,perhaps", "c0,eve,pay"]
)
def test_one_bad_rating_refuses_the_file_unless_skipped(acme, line):
    path = acme.file("ratings.csv", ratings() + line + "\n")
    assert acme("import_annotations", "acme", path, "--round", "all") == 2
    assert not Round.objects.exists()
    assert acme("import_annotations", "acme", path, "--round", "all", "--skip-bad") == 0


def test_freezing_from_sample_to_release(acme):
    assert acme("sample_round", "acme", "--name", "R", "--size", "6", "--by", "sector", "--seed", "4") == 0
    assert acme("sample_round", "acme", "--name", "S", "--size", "6", "--by", "shoe", "--seed", "4") == 2
    assert acme("freeze", "acme", "--round", "R", "--name", "g", "--splits", "dev=1", "--seed", "1") == 2
    acme("import_annotations", "acme", acme.file("ratings.csv", ratings()), "--round", "all")
    freeze = ("freeze", "acme", "--round", "all", "--name", "g", "--seed", "1", "--override", "a test", "--splits")
    assert acme(*freeze, "dev=.5,test=.4") == 2
    assert acme(*freeze, "dev=.5,test=.5", "--require-all") == 2
    found = acme.json(*freeze, "dev=.5,test=.4,fewshot=.1")
    assert (found["release"], found["counts"]["entries"], found["counts"]["left_out"]) == ("g@1", 18, 2)
    assert acme.json(*freeze, "dev=1")["release"] == "g@2"


@pytest.fixture
def scored(acme):
    gold = "item,labels,split\n" + "".join(f"c{n},pay,{'dev' if n < 10 else 'test'}\n" for n in range(20))
    assert acme("import_golden", "acme", acme.file("gold.csv", gold), "--name", "g") == 0
    lines = "item,labels,cost\n" + "".join(f"c{n},{'pay:0.9' if n % 2 else 'crm:0.4;pay'},0.01\n" for n in range(18))
    assert acme("import_predictions", "acme", acme.file("predictions.csv", lines), "--run", "theirs") == 0
    return acme


EVALUATE = ("evaluate", "acme", "--run", "theirs", "--golden", "g@1", "--resamples", "50", "--split")


def test_evaluate_has_the_keys_of_the_contract(scored):
    found = scored.json(*EVALUATE, "dev")
    assert (found["items"], found["unanswered"]) == (10, 0)
    for average in ("micro", "macro", "weighted", "samples"):
        assert {"precision", "recall", "f1"} <= set(found[average])
    assert set(found["labels"]["pay"]) == {"precision", "recall", "f1", "support", "tp", "fp", "fn"}
    assert set(found["errors"]) == {"omission", "hallucination", "wrong_label"}
    assert found["slices"]["sector"]["S0"]["n"] == 5
    assert found["interval"] == {
        "method": "BCa bootstrap over items", "resamples": 50, "level": 0.95, "seed": 0,
    }  # fmt: skip
    assert found["zero_division"]["macro"] == "defined only"
    assert found["labels"]["pay"]["tp"] == 10
    assert found["errors"]["hallucination"] == 5


def test_missing_predictions_count_against_the_run(scored):
    found = scored.json(*EVALUATE, "test")
    assert (found["items"], found["unanswered"]) == (10, 2)
    assert found["micro"]["recall"]["value"] == 0.8


def test_looks_at_test_are_counted_once_each(scored):
    for _ in range(2):
        scored(*EVALUATE, "test")
    assert Look.objects.count() == 1
    scored(*EVALUATE, "dev")
    assert Look.objects.count() == 1
    scored("export", "acme", "golden", "--golden", "g@1", "--include-test")
    assert Look.objects.count() == 2
    assert Look.objects.last().operator == "operator"


@pytest.mark.parametrize("option", ["--resamples=-1", "--seed=-1", "--resamples=1000000000"])
def test_resampling_that_makes_no_sense_is_bad_input(scored, option):
    assert scored(*EVALUATE, "dev", option) == 2


def test_numbers_that_make_no_sense_are_bad_input_and_change_nothing(scored):
    events = AuditEvent.objects.count()

    run = ("run_prompt", "acme", "baseline-zero", "--on", "items", "--run", "new")
    for amount in ("nan", "inf", "1e308", "-1"):
        assert scored(*run, f"--budget={amount}") == 2
        assert "dollars" in scored.err.getvalue()
    for raters in (-1, 0, 21):
        assert scored("sample_round", "acme", "--name", "N", "--size", "3", "--seed", "1", f"--raters={raters}") == 2
    for budget in (-1, 3):
        replay = ("replay", "acme", "--golden", "g@1", "--start", "3", "--batch", "2")
        assert scored(*replay, f"--budget={budget}") == 2
        assert "leaves no batch" in scored.err.getvalue()
    for least in (-1, 10**20):
        sample = ("sample_round", "acme", "--name", "N", "--size", "3", "--seed", "1")
        assert scored(*sample, f"--check-least={least}") == 2
    (scored.folder / "p.txt").write_bytes(b"\xff")
    assert scored("write_prompt", "acme", "p", "--model", "m", "--template", str(scored.folder / "p.txt")) == 2
    assert "is not utf-8 text" in scored.err.getvalue()
    assert scored("add_checks", "acme", "--round", "N", "--golden", "g@1", "--number", str(10**20), "--seed", "1") == 2
    assert scored("import_items", "acme", str(scored.folder)) == 2
    (scored.folder / "folder.csv").mkdir()
    assert scored("import_golden", "acme", str(scored.folder / "folder.csv"), "--name", "x") == 2
    assert "is a folder" in scored.err.getvalue()
    assert AuditEvent.objects.count() == events


def test_fewshot_is_never_scored_and_unknown_things_are_named(scored):
    assert scored(*EVALUATE, "fewshot") == 2
    assert scored("evaluate", "acme", "--run", "none", "--golden", "g@1", "--split", "dev") == 2
    assert "none" in scored.err.getvalue()
    assert scored("evaluate", "acme", "--run", "theirs", "--golden", "g@9", "--split", "dev") == 2


def test_a_run_that_is_not_finished_cannot_be_scored_yet(scored, monkeypatch):
    monkeypatch.setattr("evaluation.actions.runs.nudge", lambda *arguments: None)
    assert scored("run_prompt", "acme", "baseline-zero", "--on", "g@1:dev", "--run", "slow") == 0
    assert scored("evaluate", "acme", "--run", "slow", "--golden", "g@1", "--split", "dev") == 3


def test_a_baseline_runs_and_is_compared(scored):
    found = scored.json("run_prompt", "acme", "baseline-zero", "--on", "items", "--run", "zero", "--wait")
    assert (found["state"], found["done"]) == ("done", 20)
    compare = ("compare", "acme", "theirs", "zero", "--golden", "g@1", "--split", "dev", "--resamples", "50")
    found = scored.json(*compare)
    assert set(found["diff"]) == {"micro_f1", "macro_f1", "exact_match"}
    assert {"value", "low", "high", "p"} <= set(found["diff"]["micro_f1"])
    assert found["verdict"] in {"better", "not_worse", "worse", "cannot_tell"}
    assert scored(*compare, "--gate") in (0, 1, 3)
    assert scored("run_prompt", "acme", "unknown", "--on", "items") == 2
    assert scored("run_prompt", "acme", "baseline-zero", "--on", "g@1") == 2
    again = scored.json(*compare)
    assert again == found
    declared = scored.json(*compare, "--labels", "HR > Payroll,crm", "--slices", "sector=S0", "--margin", "0.05")
    assert [one["name"] for one in declared["family"]["members"]] == ["micro_f1", "pay", "crm", "sector"]
    assert declared["power"]["detectable"] is None or declared["power"]["detectable"] > 0
    assert "verdict: " in scored.err.getvalue()
    assert scored(*compare, "--labels", "nothing") == 2
    assert scored(*compare, "--slices", "sector") == 2
    assert scored(*compare, "--slices", "sector=S9") == 2
    assert scored("compare", "acme", "zero", "zero", "--golden", "g@1", "--split", "dev") == 2


def test_a_comparison_on_test_is_one_look(shell, acme):
    gold = "item,labels\n" + "".join(f"c{n},pay\n" for n in range(20))
    acme(
        "import_golden", "acme", acme.file("gold.csv", gold), "--name", "g", "--splits", "dev=.5,test=.5", "--seed", "1"
    )
    for name, label in (("one", "pay"), ("two", "crm")):
        said = "item,labels\n" + "".join(f"c{n},{label}\n" for n in range(20))
        assert acme("import_predictions", "acme", acme.file(f"{name}.csv", said), "--run", name) == 0
    compare = ("compare", "acme", "one", "two", "--golden", "g@1", "--split", "test", "--resamples", "200")

    first, second = acme.json(*compare), acme.json(*compare)

    assert first == second
    assert first["verdict"] == "worse"
    assert acme(*compare, "--gate") == 1
    assert [look.kind for look in Look.objects.all()] == ["comparison"]


def test_a_run_never_changes(scored):
    path = scored.file("p.csv", "item,labels\nc0,pay\n")
    assert scored("import_predictions", "acme", path, "--run", "theirs") == 2


def test_verify_finds_what_was_changed_behind_our_back(scored):
    found = scored.json("verify")
    assert found["ok"] is True
    from labeling.models import Item

    Item.objects.filter(external_id="c0").update(name="Changed")
    assert scored("verify") == 1
    assert "c0" in scored.err.getvalue()


def test_exports_are_read_again(scored):
    path = scored.folder / "out.csv"
    assert scored("export", "acme", "predictions", "--run", "theirs", "--format", "csv", "-o", str(path)) == 0
    assert scored("import_predictions", "acme", str(path), "--run", "again") == 0
    scored("import_annotations", "acme", scored.file("ratings.csv", ratings()), "--round", "all")
    path = scored.folder / "annotations.jsonl"
    assert scored("export", "acme", "annotations", "--round", "all", "-o", str(path)) == 0
    assert scored("import_annotations", "acme", str(path), "--round", "copy") == 0
    before, after = (scored.json("agreement", "acme", "--round", name)["alpha"] for name in ("all", "copy"))
    assert before == after


def test_test_gold_stays_out_of_an_export_unless_asked_for(scored):
    scored("export", "acme", "golden", "--golden", "g@1")
    rows = [json.loads(line) for line in scored.out.getvalue().splitlines()]
    assert len(rows) == GoldEntry.objects.filter(release=Release.objects.get()).count()
    assert all(("labels" in row) == (row["split"] != "test") for row in rows)


def test_a_formula_in_an_export_is_text(acme):
    lines = "item,rater,labels,comment\nc0,ann,pay,=1+1\nc0,ben,pay,\n"
    acme("import_annotations", "acme", acme.file("r.csv", lines), "--round", "x")
    acme("export", "acme", "annotations", "--round", "x", "--format", "csv")
    assert "'=1+1" in acme.out.getvalue()


def test_the_unexpected_is_not_a_failed_gate(acme, monkeypatch):
    def broken(**options):
        raise RuntimeError("boom")

    monkeypatch.setattr("evaluation.management.commands.agreement.measure_agreement", broken)
    acme("import_annotations", "acme", acme.file("ratings.csv", ratings()), "--round", "all")
    assert acme("agreement", "acme") == 4
    assert "boom" in acme.err.getvalue()


def test_trainings_checks_and_what_a_round_may_ask_for(acme):
    gold = "item,labels\n" + "".join(f"c{n},pay\n" for n in range(10))
    assert acme("import_golden", "acme", acme.file("gold.csv", gold), "--name", "known") == 0

    more = ["--quick-labels", "pay;crm", "--distinct-groups", "--check-bar", ".7", "--due", "2026-03-01"]
    assert acme("sample_round", "acme", "--name", "R", "--size", "5", "--seed", "1", *more) == 0
    made = Round.objects.get(name="R")
    assert (made.quick_labels, made.distinct_groups, made.check_bar) == (["pay", "crm"], True, 0.7)
    known = ["--golden", "known@1", "--seed", "2"]
    assert acme("add_checks", "acme", "--round", "R", "--number", "2", *known) == 0
    assert made.tasks.filter(gold__isnull=False).count() == 2
    assert acme("make_training", "acme", "--name", "T", "--size", "3", "--bar", ".9", *known) == 0
    assert Round.objects.get(name="T").training_bar == 0.9

    assert acme("add_checks", "acme", "--round", "R", "--number", "99", *known) == 2
    assert acme("make_training", "acme", "--name", "U", "--size", "99", *known) == 2
    assert acme("sample_round", "acme", "--name", "V", "--size", "5", "--seed", "1", "--quick-labels", "nothing") == 2
    assert Round.objects.count() == 2
