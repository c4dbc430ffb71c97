"""The files a gate writes: valid, and names from outside stay names."""

from io import StringIO

import pytest
from lxml import etree

from evaluation.gates.junit import junit
from evaluation.gates.markdown import code, markdown, prose
from evaluation.gates.report import Check, GateReport, Outcome, falls_of

EVIL = '<script>"x"</script> | `rm` @everyone https://evil.example \x00\u202e#1'
# The parts of the usual JUnit schema (Jenkins, GitLab) that are written here, order included.
SCHEMA = """
<grammar xmlns="http://relaxng.org/ns/structure/1.0" datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes">
  <start><element name="testsuites"><ref name="counts"/><element name="testsuite"><ref name="counts"/>
    <attribute name="skipped"><data type="nonNegativeInteger"/></attribute>
    <element name="properties"><zeroOrMore><element name="property">
      <attribute name="name"/><attribute name="value"/></element></zeroOrMore></element>
    <zeroOrMore><element name="testcase">
      <attribute name="name"/><attribute name="classname"/><attribute name="time"><data type="decimal"/></attribute>
      <optional><choice>
        <element name="failure"><attribute name="message"/><attribute name="type"/><text/></element>
        <element name="error"><attribute name="message"/><attribute name="type"/><text/></element>
      </choice></optional></element></zeroOrMore></element></element></start>
  <define name="counts"><attribute name="name"/><attribute name="tests"><data type="nonNegativeInteger"/></attribute>
    <attribute name="failures"><data type="nonNegativeInteger"/></attribute>
    <attribute name="errors"><data type="nonNegativeInteger"/></attribute>
    <attribute name="time"><data type="decimal"/></attribute></define>
</grammar>"""


def change(value, high, p):
    return {
        "value": value, "low": value - 0.1, "high": high, "n": 40, "a": 0.9, "b": 0.9 + value,
        "support": 9, "p_adjusted": p, "broke": 6, "fixed": 0,
    }  # fmt: skip


@pytest.fixture
def report():
    labels = {
        "few": change(-0.9, -0.4, 0.4), "crm": change(-0.1, 0.02, 0.2), "erp": change(-0.5, -0.3, 0.01),
        "hr": change(0.2, 0.4, 0.01),
    }  # fmt: skip
    checks = [
        Check("objective", f"{EVIL}: Precision", Outcome.PASSED, f"{EVIL} is met."),
        Check("baseline", "Not worse", Outcome.FAILED, f"Worse than {EVIL}."),
        Check("bank", "Edge-case bank", Outcome.UNSURE, "Not every edge case was asked."),
    ]
    return GateReport(
        "acme", "run", "tag@2", "g@1", "dev", 40, is_simulated=False, checks=checks, baseline="main",
        figures={"micro F1": {"value": 0.8, "low": 0.7, "high": 0.9, "n": 40}},
        baseline_figures={"micro F1": {"value": 0.9}}, falls=falls_of(labels, {"erp": EVIL}), lost_cases=[EVIL],
        lost_cases_unnamed=2,
    )  # fmt: skip


def test_the_outcome_is_the_worst_and_falls_beyond_chance_come_first(report):
    assert report.outcome == Outcome.FAILED
    assert [(one.code, one.is_sure) for one in report.falls] == [("erp", True), ("few", False), ("crm", False)]
    assert GateReport("p", "r", "", "g", "dev", 1, is_simulated=False, checks=[]).outcome == Outcome.UNSURE


def test_the_junit_file_is_valid_and_escapes(report):
    tree = etree.fromstring(junit(report).encode())
    etree.RelaxNG(etree.parse(StringIO(SCHEMA))).assertValid(tree)
    suite = tree.find("testsuite")
    assert [suite.get(name) for name in ("tests", "failures", "errors")] == ["3", "1", "1"]
    failure = suite.find("testcase/failure")
    assert failure.get("message") == f"Worse than {EVIL}.".replace("\x00", "\ufffd")
    assert "erp: F1 0.900 before, 0.400 now, change -0.500 [-0.600, -0.300], in 9 of 40 items" in failure.text
    assert not tree.xpath("//script")


def test_the_summary_keeps_names_apart_from_markup(report):
    text = markdown(report)
    assert text.startswith("## ❌ Failed: `tag@2` on `g@1:dev`\n")
    assert "| `crm` | 0.900 | 0.800 | −0.100 | −0.200 to 0.020 | 9 | may be chance |" in text
    assert "- 2 more, whose items are not open to all roles" in text
    assert "### What cannot be told\n\n- Not every edge case was asked." in text
    assert code(EVIL) == '``<script>"x"</script> \\| `rm` @everyone https://evil.example #1``'.replace(
        "``<", "`` <"
    ).replace("#1``", "#1 ``")
    said = prose(EVIL)
    for live in ("<script", "| `", "@e", "://", " #1"):
        assert live not in said.replace("\\<", "&lt;")
    assert code(" \n ") == "`(blank)`"
