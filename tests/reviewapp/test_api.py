"""How the API's schema is put in order."""

from reviewapp.api import by_subject, server_error


def test_operations_are_grouped_by_what_they_are_about():
    addresses = ("me/", "projects/", "projects/{project}/", "projects/{project}/edge-cases/{case_id}/")
    schema = {"paths": {f"/api/v1/{one}": {"get": {"tags": ["projects"]}} for one in addresses}}
    tags = [one["get"]["tags"] for one in by_subject(schema, None, None, public=True)["paths"].values()]
    assert tags == [["me"], ["projects"], ["projects"], ["edge cases"]]


def test_an_address_that_leads_nowhere_is_a_problem_to_programs_and_a_page_to_people(client):
    answer = client.get("/api/v1/nothing/")
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")
    assert answer.json()["request_id"]
    assert client.get("/nothing/").headers["Content-Type"].startswith("text/html")


def test_a_mistake_of_ours_is_a_problem_to_programs(rf):
    answer = server_error(rf.get("/api/v1/me/"))
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, "application/problem+json")
    assert server_error(rf.get("/")).headers["Content-Type"].startswith("text/html")
