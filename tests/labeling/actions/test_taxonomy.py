import pytest
from django.db import IntegrityError, transaction

from labeling.actions.taxonomy import (
    TaxonomyRefused,
    digest_of_version,
    discard_draft,
    draft_taxonomy,
    publish_taxonomy,
    read_taxonomy,
)
from labeling.enums import Role, VersionStatus
from labeling.models import Label, TaxonomyVersion
from reviewapp.common.errors import NotAllowed, Refused
from tests.factories import make_member, make_project

pytestmark = pytest.mark.django_db
FILE = "code,name,definition,parent,examples\nhr,HR,People.,,\npay,Payroll,Wages.,hr,a | b\ntax,Tax,Dues.,pay,\n"


@pytest.fixture
def project():
    return make_project()


def read(tmp_path, content=FILE):
    path = tmp_path / "taxonomy.csv"
    path.write_text(content)
    return read_taxonomy(path)


def test_a_file_becomes_a_tree(project, tmp_path):
    version = draft_taxonomy(project=project, labels=read(tmp_path), by=None)
    assert (version.number, version.status) == (1, VersionStatus.DRAFT)
    rows = list(Label.objects.values_list("code", "parent__code", "examples"))
    assert rows == [("hr", None, []), ("pay", "hr", ["a", "b"]), ("tax", "pay", [])]


def test_what_is_wrong_is_said_line_by_line_and_nothing_is_written(tmp_path):
    with pytest.raises(TaxonomyRefused) as caught:
        read(tmp_path, FILE + "pay,Again,,,\nx,X,,nobody,\n")
    assert [problem.line for problem in caught.value.problems] == [5, 6]
    assert not TaxonomyVersion.objects.exists()


def test_a_new_draft_replaces_the_old_one(project, tmp_path):
    draft_taxonomy(project=project, labels=read(tmp_path), by=None)
    draft_taxonomy(project=project, labels=read(tmp_path, "code\na\n"), by=None)
    assert TaxonomyVersion.objects.get().labels.get().code == "a"


def test_a_published_version_never_changes(project, tmp_path):
    version = draft_taxonomy(project=project, labels=read(tmp_path), by=None)
    version = publish_taxonomy(version=version, by=None)
    assert version.digest == digest_of_version(version)
    changes = [
        lambda: Label.objects.update(name="x"),
        lambda: Label.objects.all().delete(),
        lambda: Label.objects.create(version=version, code="new", name="New", position=9),
        lambda: TaxonomyVersion.objects.update(digest="f" * 64),
    ]
    for change in changes:
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
    with pytest.raises(Refused):
        discard_draft(version=version, by=None)
    with pytest.raises(Refused):
        publish_taxonomy(version=version, by=None)


def test_the_next_version_is_numbered_on(project, tmp_path):
    publish_taxonomy(version=draft_taxonomy(project=project, labels=read(tmp_path), by=None), by=None)
    draft = draft_taxonomy(project=project, labels=read(tmp_path), by=None)
    assert draft.number == 2
    discard_draft(version=draft, by=None)
    assert TaxonomyVersion.objects.count() == 1


def test_only_managers(project, tmp_path):
    with pytest.raises(NotAllowed):
        draft_taxonomy(project=project, labels=read(tmp_path), by=make_member(project, Role.ANNOTATOR))
