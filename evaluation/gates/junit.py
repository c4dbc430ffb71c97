"""A gate as JUnit XML: one test case a thing that was asked, as continuous integration reads it.

What failed is a failure; what cannot be told is an error, since it stops the gate too. All texts come from outside.
"""

import re
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from evaluation.gates.report import GateReport, Outcome

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
ELEMENT = {Outcome.FAILED: "failure", Outcome.UNSURE: "error"}


def junit(report: GateReport) -> str:
    """The file; each character that XML cannot hold becomes U+FFFD."""
    number = {outcome: str(len(report.with_outcome(outcome))) for outcome in Outcome}
    name = f"assay gate: {report.project}"
    counts = {
        "tests": str(len(report.checks)), "failures": number[Outcome.FAILED], "errors": number[Outcome.UNSURE],
        "time": f"{report.seconds:.3f}",
    }  # fmt: skip
    suites = Element("testsuites", _safe({"name": name} | counts))
    suite = SubElement(suites, "testsuite", _safe({"name": name, "skipped": "0"} | counts))
    properties = SubElement(suite, "properties")
    for key, value in (
        ("run", report.run), ("prompt", report.prompt), ("on", f"{report.golden}:{report.split}"),
        ("items", str(report.items)), ("baseline", report.baseline), ("simulated", str(report.is_simulated).lower()),
    ):  # fmt: skip
        SubElement(properties, "property", _safe({"name": key, "value": value}))
    for check in report.checks:
        case = SubElement(suite, "testcase", _safe({"classname": f"gate.{check.group}", "name": check.name}))
        case.set("time", "0")
        if element := ELEMENT.get(check.outcome):
            told = SubElement(case, element, _safe({"message": check.sentence, "type": str(check.outcome)}))
            told.text = _clean("\n".join([check.sentence, *_more(report, check.group)]))
    indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(suites, encoding="unicode") + "\n"


def _more(report: GateReport, group: str) -> list[str]:
    if group == "baseline":
        return [
            f"{one.code}: F1 {_figure(one.before)} before, {_figure(one.after)} now, change "
            f"{_figure(one.change['value'])} [{_figure(one.change['low'])}, {_figure(one.change['high'])}], "
            f"in {one.support} of {one.change['n']} items"
            for one in report.falls
        ]
    return [f"lost: {one}" for one in report.lost_cases] if group == "bank" else []


def _figure(value: float | None) -> str:
    return "not known" if value is None else f"{value:.3f}"


def _safe(attributes: dict[str, str]) -> dict[str, str]:
    return {name: _clean(value) for name, value in attributes.items()}


def _clean(text: str) -> str:
    return NOT_XML.sub("\ufffd", text)
