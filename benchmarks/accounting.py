"""What did a group of processes cost? CPU of the living and of the dead children that they waited for, and memory."""

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Stat:
    """A process's parent, and the seconds of CPU that it and its waited-for children have used."""

    parent: int
    cpu: float


def parse(line: str) -> Stat:
    """Return what a line of /proc/PID/stat says; the command in it may hold spaces and brackets."""
    words = line.rpartition(")")[2].split()
    return Stat(parent=int(words[1]), cpu=sum(map(int, words[11:15])) / _TICK)


def processes() -> dict[int, Stat]:
    """Return every process that is there now."""
    found = {}
    for entry in _PROC.iterdir():
        if entry.name.isdigit():
            try:
                found[int(entry.name)] = parse((entry / "stat").read_text())
            except (FileNotFoundError, ProcessLookupError):
                continue
    return found


def group(roots: Collection[int], among: Mapping[int, Stat]) -> set[int]:
    """Return *roots* and all that descends from them."""
    members = {root for root in roots if root in among}
    while more := {pid for pid, stat in among.items() if stat.parent in members} - members:
        members |= more
    return members


def cpu(groups: Mapping[str, Collection[int]]) -> dict[str, float]:
    """Return the seconds of CPU that each group has used since its processes began."""
    now = processes()
    return {name: sum(now[pid].cpu for pid in group(roots, now)) for name, roots in groups.items()}


def since(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """Return what each group used between two readings."""
    return {name: after[name] - before[name] for name in before}


def memory(roots: Collection[int]) -> tuple[int, int]:
    """Return the bytes that a group holds: its resident sum, and its proportional share (pages shared are split)."""
    members = group(roots, processes())
    sizes = [_sizes((_PROC / str(pid) / "smaps_rollup").read_text().splitlines()) for pid in members]
    return sum(size.get("Rss", 0) for size in sizes), sum(size.get("Pss", 0) for size in sizes)


def _sizes(lines: Iterable[str]) -> dict[str, int]:
    words = [line.split() for line in lines]
    return {word[0].rstrip(":"): int(word[1]) * 1024 for word in words if len(word) == 3 and word[2] == "kB"}
