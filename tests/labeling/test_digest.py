from labeling.digest import item_digest, release_digest, text_digest


def test_an_items_digest_changes_with_anything_it_says():
    item = {"name": "Acme", "attributes": {"size": "1-10"}, "documents": [{"position": 0, "text": "We sell."}]}
    same = item_digest(**item)
    assert same == item_digest(**item)
    assert same != item_digest(**{**item, "name": "Acme Ltd"})
    assert same != item_digest(**{**item, "attributes": {}})


def test_the_order_of_attributes_does_not_matter():
    one = item_digest(name="A", attributes={"a": "1", "b": "2"}, documents=[])
    assert one == item_digest(name="A", attributes={"b": "2", "a": "1"}, documents=[])


def test_texts_that_differ_only_in_case_width_or_space_share_a_digest():
    assert text_digest(["We  sell\nＡ"]) == text_digest(["we sell a"])
    assert text_digest(["we sell a"]) != text_digest(["we sell", "a"])


def test_a_release_is_its_entries_taxonomy_and_guideline():
    entries = [{"external_id": "a", "labels": ["x"]}]
    whole = release_digest(entries=entries, taxonomy="t", guideline="g")
    assert whole != release_digest(entries=entries, taxonomy="t2", guideline="g")
    assert whole != release_digest(entries=[*entries, {"external_id": "b", "labels": []}], taxonomy="t", guideline="g")
