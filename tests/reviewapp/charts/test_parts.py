from xml.etree import ElementTree

from reviewapp.common.charts import Bar, Part, Step, funnel, part_bars


def test_bars_of_parts_link_to_what_they_count():
    bars = [
        Bar("All", (Part("left out", 30, "k-left-out", "?kind=omission"), Part("made up", 0, "k-made-up", "?x"))),
        Bar("HR & more", (Part("left out", 3, "k-left-out"), Part("made up", 7, "k-made-up"))),
    ]

    chart = part_bars(bars, title="Errors")

    root = ElementTree.fromstring(chart.svg)
    assert [link.get("href") for link in root.iter("a")] == ["?kind=omission"]
    assert len(root.findall(".//rect")) == 3
    assert chart.table == [
        ["", "left out", "made up", "All"],
        ["All", "30", "0", "30"],
        ["HR & more", "3", "7", "10"],
    ]


def test_no_bars():
    assert ElementTree.fromstring(part_bars([], title="Errors").svg) is not None


def test_a_funnel_shows_what_is_left_and_lost_with_its_interval():
    steps = [
        Step("In gold", 200, 1.0, 1.0, 1.0),
        Step("Retrieved", 150, 0.75, 0.7, 0.8, lost=50, href="?stage=retrieval"),
        Step("Right", 0, None, None, None, lost=150),
    ]

    chart = funnel(steps, title="Loss", measure="share left")

    root = ElementTree.fromstring(chart.svg)
    assert len(root.findall(".//line[@class='whisker']")) == 1
    assert "Retrieved: 150, 75.0%, 95% from 70.0% to 80.0%, 50 lost here" in chart.svg
    assert chart.table[2] == ["Retrieved", "150", "75.0%", "70.0%", "80.0%", "50"]
    assert chart.table[3] == ["Right", "0", "–", "–", "–", "150"]


def test_a_funnel_of_nothing():
    steps = [Step("In gold", 0, None, None, None)]

    assert ElementTree.fromstring(funnel(steps, title="Loss", measure="share left").svg) is not None
