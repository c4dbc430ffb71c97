"""What the pages are looked at with, beyond the sample: items in other scripts, a finished round, ids of states.

Run on a server's own database: `manage.py shell -v 0 -c "from tests.browser.scenes import prepare; prepare()"`.
"""

import json
import tempfile
from pathlib import Path

from django.core.management import call_command

from evaluation.models import Evaluation
from labeling.actions.annotations import Answer, hand_out, submit_annotation
from labeling.actions.rounds import add_tasks, create_round
from labeling.actions.seats import claim_seat
from labeling.enums import DecisionKind, TaskState
from labeling.models import Decision, Item, Label, Project, Round, Task, User

SCRIPTS = {
    "Arabic": (
        "شركة الميزان للبرمجيات",
        "تأسست الشركة في عمّان عام 1998. نقدّم برامج المحاسبة للشركات المتوسطة، ومعها خدمة إعداد الرواتب"
        " الشهرية (payroll). يستخدم عملاؤنا أكثر من 40 نظامًا. هل لديكم سؤال؟ اتصلوا بنا على +962 6 555 0100.",
    ),
    "Japanese": (
        "株式会社ミナト物流システムズ",
        "当社は1974年に大阪で創業しました。倉庫管理ソフトウェア（WMS）を製造業のお客様に提供しています。"
        "また、昨年からは国際輸送の手配も行っています。お気軽にお問い合わせください。",
    ),
    "Long words": (
        "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft mbH & Co. KG",
        "We sell <b>software</b> & services at https://www.a-rather-long-address.example/with/a/path/that/never/ends/and/"
        "goes/on/without/any/space/at/all/until/the/end.html for everybody. 🚚 Emoji stay as they are.",
    ),
}


def prepare():
    """Make the scenes and print where they are, as one line of JSON."""
    project = Project.objects.get(slug="offerings")
    rows = [{"id": name, "name": title, "text": text, "sector": "Software"} for name, (title, text) in SCRIPTS.items()]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scripts.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        call_command("import_items", "offerings", str(path), verbosity=0)
    rounds = {name: _round(project, name) for name in [*SCRIPTS, "Nothing left"]}
    _answer_all(rounds["Nothing left"])
    found = {name: str(one.public_id) for name, one in rounds.items()}
    for name in ("Golden 1", "Golden 2", "Try it by hand", "Know the labels"):
        found[name] = str(Round.objects.get(name=name).public_id)
    judged = Decision.objects.filter(kind=DecisionKind.ADJUDICATED, task__rechecks=None).order_by("pk")
    found["settled"] = str(judged.filter(task__round__name="Golden 2").first().task.public_id)
    found["frozen"] = str(judged.filter(task__round__name="Golden 1").first().task.public_id)
    runs = Evaluation.objects.filter(run__project=project, split="dev", run__name__startswith="baseline-few")
    found["evaluation"] = str(runs.first().public_id)
    found["Ben"] = str(User.objects.get(name="Ben (simulated)").public_id)
    disputed = Task.objects.filter(round__name="Golden 2", state=TaskState.DISPUTED).order_by("pk")
    found["disputes"] = [str(one) for one in disputed.values_list("public_id", flat=True)]
    print(json.dumps(found))


def _round(project, name):
    made = create_round(project=project, name=name, by=None, raters=2, operator="scenes")
    item = Item.objects.get(project=project, external_id="Long words" if name == "Nothing left" else name)
    add_tasks(in_round=made, tasks=[Task(round=made, item=item, item_revision=item.revision)])
    return made


def _answer_all(in_round):
    labels = list(Label.objects.filter(version=in_round.taxonomy_version).order_by("position")[5:7])
    for email in ("annotator@demo.example", "annotator2@demo.example"):
        user = User.objects.get(email=email)
        seat = claim_seat(in_round=in_round, by=user)
        submit_annotation(seat=seat, receipt=hand_out(seat, user), answer=Answer(labels=labels, seconds=31), by=user)
