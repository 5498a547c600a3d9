"""How is it told? One Markdown table a case, medians with the least and the most, and who is not compared."""

from collections.abc import Iterator, Mapping, Sequence

from benchmarks.rounds import MOST_MISSED, Measured, Row

_HEAD = """\
# What waiting costs, measured

Made by `make bench`. Figures are medians of the rounds, with the least and the most in brackets; the runners of a case
took turns in every round. On a machine that others use too, only ratios within one table mean anything. How to read
each figure: [benchmarks/README.md](../README.md).
"""


def markdown(machine: Mapping[str, str], cases: Sequence[Measured], *, pictures: Mapping[str, str]) -> str:
    """Return the report; *pictures* are file names by the case that they draw."""
    sections = [_section(case, pictures.get(case.name)) for case in cases]
    where = "\n".join(f"- {name}: {value}" for name, value in machine.items())
    return "\n".join([_HEAD, *sections, "## Where\n", where, ""])


def _section(case: Measured, picture: str | None) -> str:
    shown = [key for key in case.columns if any(row.spread(key) for row in case.rows)]
    heads = ["runner", *(case.columns[key] for key in shown)]
    lines = [_line(heads), _line(["---"] * len(heads)), *(_line(_cells(row, shown)) for row in case.rows)]
    drawn = [f"![{case.title}]({picture})", ""] if picture else []
    loads = f"Load of the machine (1, 5, 15 min), before: {case.load[0]}; after: {case.load[-1]}."
    return "\n".join([f"## {case.title}", "", case.question, "", *lines, "", *drawn, *_notes(case.rows), loads, ""])


def _cells(row: Row, shown: Sequence[str]) -> list[str]:
    if row.missed > MOST_MISSED:
        return [row.runner, f"not compared: missed {row.missed:.0f} % of its due polls", *[""] * (len(shown) - 1)]
    return [row.runner, *(str(row.spread(key) or "") for key in shown)]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _notes(rows: Sequence[Row]) -> Iterator[str]:
    for row in rows:
        if parts := _parts(row):
            yield f"- {row.runner}: {parts}"
        for failure in row.failures:
            yield f"- {row.runner}: a round failed: {failure}"
    yield ""


def _parts(row: Row) -> str:
    """Return where a runner's CPU went, in the unit of its table."""
    spreads = {key: row.spread(key) for figures in row.rounds[:1] for key in figures if key.startswith("cpu ")}
    return ", ".join(f"{key[4:]} {spread.middle:.2f}" for key, spread in spreads.items() if spread)
