"""Draws one bar chart a case, in an environment of its own: `python -m benchmarks.picture RESULTS FOLDER`."""

import json
import sys
from pathlib import Path
from statistics import median
from typing import Any

from matplotlib import pyplot as plt

_OURS, _THEIRS = "#1a73e8", "#9aa0a6"


def draw(case: dict[str, Any], file: Path) -> None:
    """Draw the case's plotted figure: a bar for the median, a line from the least to the most."""
    key, label = case["plotted"], case["columns"][case["plotted"]]
    bars = [(row["runner"], [figures[key] for figures in row["rounds"] if key in figures]) for row in case["rows"]]
    taken = [(name, values) for name, values in reversed(bars) if values]
    middles = [median(values) for _, values in taken]
    errors = [
        [middle - min(values) for middle, (_, values) in zip(middles, taken, strict=True)],
        [max(values) - middle for middle, (_, values) in zip(middles, taken, strict=True)],
    ]
    figure, axes = plt.subplots(figsize=(8, 0.5 * len(taken) + 1.2), layout="constrained")
    colors = [_OURS if name.startswith("Longwatch") else _THEIRS for name, _ in taken]
    axes.barh([name for name, _ in taken], middles, xerr=errors, color=colors, capsize=3)
    axes.set_xlabel(label)
    axes.set_title(case["title"])
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(file, dpi=110)
    plt.close(figure)


def main(results: Path, folder: Path) -> None:
    """Draw every case of *results* that has something to draw."""
    for case in json.loads(results.read_text())["cases"]:
        if any(case["plotted"] in figures for row in case["rows"] for figures in row["rounds"]):
            draw(case, folder / f"{case['name']}.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
