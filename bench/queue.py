"""queue: claim and submit, 8 clients, 50,000 tasks, against the same rows written in raw SQL with SKIP LOCKED; and
the same for somebody who has done all but the last items while the other seat of each is open."""

import multiprocessing
import time
from statistics import median
from uuid import uuid4

from django.db import connection

from labeling.actions.annotations import Answer, hand_out, submit_annotation
from labeling.actions.rounds import add_tasks
from labeling.actions.seats import claim_seat
from labeling.actions.tables import analyze
from labeling.enums import Role
from labeling.models import Cursor, Item, Label, Membership, Project, Round, Seat, Task, TaxonomyVersion, User

CLIENTS = 8


def run(quick=False):
    tasks, cycles, repeats = (2_000, 20, 1) if quick else (50_000, 100, 3)
    ours, peer, fresh, worst = [], [], [], []
    raw = _round(tasks)
    for _ in range(repeats):  # in turn, so that a busy moment hits both
        made = _round(tasks)
        ours.append(_cycles(made, _people(made.project, CLIENTS), cycles, _ours))
        peer.append(_cycles(raw, _people(raw.project, CLIENTS), cycles, _raw))
        fresh.append(_cycles(made, _people(made.project, 1), cycles, _ours))
        worst.append(_cycles(made, [_finished(made, cycles)], cycles, _ours))
    return [
        {
            "name": "queue",
            "ours": median(ours),
            "peer": median(peer),
            "ratio": median(ours) / median(peer),
            "unit": "cycles/s",
            "n": tasks,
            "note": f"raw SQL: FOR UPDATE SKIP LOCKED and inserts, {CLIENTS} clients",
        },
        {
            "name": "queue, worst case",
            "ours": median(worst),
            "peer": median(fresh),
            "ratio": median(fresh) / median(worst),
            "unit": "cycles/s",
            "n": tasks,
            "note": "one client: done all but the last items, against a fresh one; ratio is times slower",
        },
    ]


def _round(tasks):
    name = uuid4().hex[:8]
    project = Project.objects.create(slug=f"queue-{name}", name="Queue")
    version = TaxonomyVersion.objects.create(project=project, number=1)
    Label.objects.create(version=version, code="a", name="A", position=0)
    new = (
        Item(project=project, external_id=f"i{n}", name=f"Item {n}", digest="0" * 64, text_digest=f"{n:064}")
        for n in range(tasks)
    )
    items = Item.objects.bulk_create(new, batch_size=2000)
    made = Round.objects.create(project=project, name=name, taxonomy_version=version)
    add_tasks(in_round=made, tasks=[Task(round=made, item=item, item_revision=1) for item in items])
    analyze(Item)
    return made


def _people(project, number):
    people = [User.objects.create(email=f"{uuid4().hex}@bench.example") for _ in range(number)]
    Membership.objects.bulk_create(Membership(project=project, user=user, role=Role.ANNOTATOR) for user in people)
    return people


def _cycles(made, people, cycles, cycle):
    """Cycles a second of all people together, each a process of its own."""
    label = made.taxonomy_version.labels.get().pk
    connection.close()
    ready, go = multiprocessing.Barrier(len(people) + 1), multiprocessing.Barrier(len(people) + 1)
    clients = [
        multiprocessing.Process(target=_client, args=(cycle, made.pk, user.pk, label, cycles, ready, go))
        for user in people
    ]
    for client in clients:
        client.start()
    ready.wait(60)
    began = time.perf_counter()
    go.wait(60)
    for client in clients:
        client.join()
    taken = time.perf_counter() - began
    assert not any(client.exitcode for client in clients)
    return len(people) * cycles / taken


def _client(cycle, round_id, user_id, label_id, cycles, ready, go):
    made = Round.objects.select_related("project").get(pk=round_id)
    user, label = User.objects.get(pk=user_id), Label.objects.get(pk=label_id)
    cycle(made, user, label)  # warms up
    ready.wait(60)
    go.wait(60)
    for _ in range(cycles):
        cycle(made, user, label)


def _ours(made, user, label):
    seat = claim_seat(in_round=made, by=user)
    assert seat is not None
    submit_annotation(seat=seat, receipt=hand_out(seat, user), answer=Answer(labels=[label]), by=user)


CLAIM = """update labeling_seat set state = 'leased', rater_id = %s, leased_until = now() + interval '30 minutes'
where id = (select s.id from labeling_seat s where s.round_id = %s and s.state = 'open'
  and not exists (select 1 from labeling_seat o where o.task_id = s.task_id and o.rater_id = %s)
  order by s.place, s.number limit 1 for update of s skip locked) returning id, task_id"""


def _raw(made, user, label):
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [user.pk, made.pk, user.pk])
        seat, task = cursor.fetchone()
        cursor.execute("begin")
        cursor.execute(
            "insert into labeling_annotation "
            "(public_id, task_id, rater_id, seat_id, is_counted, revision, submitted_at) "
            "values (gen_random_uuid(), %s, %s, %s, true, 1, now()) returning id, public_id",
            [task, user.pk, seat],
        )
        annotation, public_id = cursor.fetchone()
        cursor.execute(
            "insert into labeling_revision (annotation_id, number, certainty, comment, values, is_flagged, summary, "
            "created_at) values (%s, 1, 'sure', '', '[]', false, '', now()) returning id",
            [annotation],
        )
        revision = cursor.fetchone()[0]
        cursor.execute(
            "insert into labeling_revisionlabel (revision_id, label_id, evidence) values (%s, %s, '[]')",
            [revision, label.pk],
        )
        cursor.execute("update labeling_seat set state = 'submitted', leased_until = null where id = %s", [seat])
        cursor.execute(
            "insert into labeling_auditevent (at, kind, project_id, by_id, operator, target, before, after) "
            "values (now(), 'annotation.submitted', %s, %s, '', %s, '{}', '{\"revision\": 1}')",
            [made.project_id, user.pk, f"annotation:{public_id}"],
        )
        cursor.execute("commit")


def _finished(made, left):
    """Somebody who has done every task but the last few, while the other seat of each is open."""
    finished = _people(made.project, 1)[0]
    places = list(made.seats.filter(number=1).order_by("-place").values_list("place", flat=True)[: 2 * left])
    with connection.cursor() as cursor:
        cursor.execute(
            "update labeling_seat set state = 'submitted', rater_id = %s, leased_until = null "
            "where round_id = %s and number = 2 and state = 'open' and place < %s",
            [finished.pk, made.pk, places[-1]],
        )
    Cursor.objects.create(round=made, rater=finished, place=places[-1] - 1)
    analyze(Seat)
    return finished
