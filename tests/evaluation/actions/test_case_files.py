import json

import pytest
from django.core.management import call_command

from evaluation.actions.case_files import import_cases
from evaluation.models import EdgeCase
from reviewapp.common.errors import Refused
from tests.factories import make_items, make_project, make_taxonomy

pytestmark = pytest.mark.django_db


def test_a_file_is_taken_whole_or_not_at_all(tmp_path, capsys):
    project = make_project()
    make_taxonomy(project)
    one, other = (item.external_id for item in make_items(project, 2))
    path = tmp_path / "cases.csv"
    path.write_text(f"item,reason,labels,note\n{one},dual,crm;erp,both\n{other},silly,crm,\n", encoding="utf-8")
    with pytest.raises(Refused, match="silly"):
        import_cases(project=project, path=path, by=None)
    assert not EdgeCase.objects.exists()
    path.write_text(f"item,reason,labels,note\n{one},dual,crm;erp,both\n{other},language,,\n", encoding="utf-8")
    call_command("bank", project.slug, "import", str(path))
    capsys.readouterr()
    call_command("bank", project.slug, "retire", other, "--note", "gone")
    call_command("bank", project.slug, "labels", one, "--labels", "erp", "--note", "only that")
    capsys.readouterr()
    call_command("bank", project.slug, "list", "--json", "-")
    assert json.loads(capsys.readouterr().out) == {"cases": [{"item": one, "reason": "dual", "labels": ["erp"]}]}
