"""How is an examination told: to a person at a terminal, and to a program?"""

import json
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.text import Text

from longwatch.doctor.finding import Finding, Verdict

_MARKS = {Verdict.OK: ("ok", "green"), Verdict.WARNING: ("look", "yellow"), Verdict.WRONG: ("WRONG", "bold red")}


def all_well(findings: Sequence[Finding]) -> bool:
    """Say whether nothing is wrong; what is merely strange does not count."""
    return all(finding.verdict is not Verdict.WRONG for finding in findings)


def as_json(findings: Sequence[Finding]) -> str:
    """Return the findings for a program."""
    return json.dumps({"ok": all_well(findings), "findings": [asdict(finding) for finding in findings]}, indent=2)


def show(findings: Sequence[Finding], console: Console) -> None:
    """Print the findings for a person, each with what to do about it, and a last line that sums up."""
    width = max(len(finding.check) for finding in findings)
    for finding in findings:
        mark, colour = _MARKS[finding.verdict]
        line = Text.assemble((f"{mark:5}", colour), f"  {finding.check:{width}}  {finding.found}")
        console.print(line, soft_wrap=True)
        if finding.remedy is not None:
            console.print(Text(f"{'':5}  {'':{width}}  -> {finding.remedy}"), soft_wrap=True)
    console.print(_summary(findings), soft_wrap=True)


def _summary(findings: Sequence[Finding]) -> str:
    bad = sum(finding.verdict is Verdict.WRONG for finding in findings)
    odd = sum(finding.verdict is Verdict.WARNING for finding in findings)
    told = [f"{bad} wrong" if bad else "nothing is wrong", *([f"{odd} to look at"] if odd else [])]
    return ", ".join(told)
