"""How the API's schema is put in order."""

from reviewapp.api import by_subject


def test_operations_are_grouped_by_what_they_are_about():
    addresses = ("me/", "projects/", "projects/{project}/", "projects/{project}/edge-cases/{case_id}/")
    schema = {"paths": {f"/api/v1/{one}": {"get": {"tags": ["projects"]}} for one in addresses}}
    tags = [one["get"]["tags"] for one in by_subject(schema, None, None, public=True)["paths"].values()]
    assert tags == [["me"], ["projects"], ["projects"], ["edge cases"]]
