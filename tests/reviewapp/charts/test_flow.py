import re
from xml.etree import ElementTree

from reviewapp.common.charts import Ribbon, flow_chart

RIBBONS = [
    Ribbon("Payroll", "HR", 6, "k-vague", said="too vague", share="60%", href="?gold=pay"),
    Ribbon("Payroll", "(left out)", 3, "k-left-out", said="left out"),
    Ribbon("(made up)", "Tax <b>", 1, "k-made-up", said="made up"),
]


def drawn(ribbons=RIBBONS):
    return flow_chart(ribbons, title="Flow", columns=("Gold", "Run"), last=("(made up)", "(left out)"))


def test_each_flow_is_a_ribbon_and_a_row():
    chart = drawn()
    root = ElementTree.fromstring(chart.svg)

    assert len(root.findall(".//path")) == 3
    assert [link.get("href") for link in root.iter("a")] == ["?gold=pay"]
    assert chart.table == [
        ["Gold", "Run", "How", "Errors", "Share"],
        ["Payroll", "HR", "too vague", "6", "60%"],
        ["Payroll", "(left out)", "left out", "3", ""],
        ["(made up)", "Tax <b>", "made up", "1", ""],
    ]
    assert "Payroll to HR: 6, too vague 60%" in chart.svg
    assert "<b>" not in chart.svg


def test_ribbons_start_where_the_one_before_ends_and_are_as_wide_as_their_counts():
    paths = re.findall(r' d="M258\.0,([\d.]+) .*? L([\d.]+),([\d.]+) .*? 258\.0,([\d.]+) Z', drawn().svg)
    (first, _, _, end), (second, _, _, _) = paths[:2]

    assert float(end) == float(second)
    assert round(float(end) - float(first), 1) == 252.0  # 6 of 10, of a height of 420


def test_what_is_nothing_stands_last():
    texts = [text.text for text in ElementTree.fromstring(drawn().svg).iter("text")]

    assert texts == ["Gold", "Run", "Payroll 9", "(made up) 1", "6 HR", "1 Tax <b>", "3 (left out)"]


def test_nothing_to_draw():
    chart = drawn([])

    assert ElementTree.fromstring(chart.svg) is not None
    assert len(chart.table) == 1


def test_the_same_flows_give_the_same_picture():
    assert drawn().svg == drawn().svg
