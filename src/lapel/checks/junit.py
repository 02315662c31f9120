"""Checks as a JUnit report: a test case each, whose properties are its figures."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from lapel.records import Checked
from lapel.records.checked import written

_NONE = re.compile("[^\t\n -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(checked: Checked) -> bytes:
    """The XML file, as CIs read it (testsuites, testsuite, testcase)."""
    failed = sum(bool(c.broken) for c in checked.checks)
    errors = sum(c.error is not None for c in checked.checks)
    counts = {"tests": str(len(checked.checks)), "failures": str(failed), "errors": str(errors)}
    root = ElementTree.Element("testsuites", {"name": "lapel check", **counts})
    total = f"{sum(c.seconds for c in checked.checks):.3f}"
    suite = ElementTree.SubElement(root, "testsuite", {"name": _clean(checked.budgets), **counts, "time": total})
    for check in checked.checks:
        about = {"classname": _clean(f"{check.model} on {check.target}"), "name": _clean(check.name)}
        case = ElementTree.SubElement(suite, "testcase", {**about, "time": f"{check.seconds:.3f}"})
        properties = ElementTree.SubElement(case, "properties")
        for name, value in check.figures.items():
            ElementTree.SubElement(properties, "property", {"name": name, "value": str(value)})
        if check.error is not None:
            kind = {"message": _clean(check.error), "type": check.error_type or ""}
            ElementTree.SubElement(case, "error", kind).text = _clean(check.error)
        elif check.broken:
            lines = "\n".join(map(str, check.broken))
            kinds = ", ".join(f"{b.figure} {written(b.limit)}" for b in check.broken)
            ElementTree.SubElement(case, "failure", {"message": f"broken: {kinds}", "type": "budget"}).text = lines
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def _clean(text: str) -> str:
    """Without what XML 1.0 has no character for."""
    return _NONE.sub("?", text)
