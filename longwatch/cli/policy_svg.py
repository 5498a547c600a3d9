"""A learned policy as a drawing: the share of runs that have ended, and how long until the next read."""

from collections.abc import Callable, Iterator
from xml.sax.saxutils import escape

from longwatch.cli.policy_text import span
from longwatch.cli.policy_view import PolicyView, Step

WIDTH, HEIGHT = 760, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 690, 60, 360
_ENDED, _WAIT = "#7a8aa0", "#c0392b"


def drawn(seen: PolicyView) -> str:
    """Return *seen* as an SVG document."""
    parts = (*_frame(seen), *_curves(seen.steps), *_ticks(seen.steps))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">'
    return "\n".join((head, f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>', *parts, "</svg>\n"))


def _frame(seen: PolicyView) -> Iterator[str]:
    come_to = f"{seen.learned.reads:.1f} reads a run, seen {span(seen.learned.lag)} late in the mean"
    yield _text(_LEFT, 24, f"{seen.agent}: {seen.ends:,} ends", size=16)
    yield _text(_LEFT, 44, f"{come_to}; exponential {seen.plain.reads:.1f} reads, {span(seen.plain.lag)}", size=12)
    yield f'<path d="M{_LEFT},{_TOP}V{_BOTTOM}H{_RIGHT}V{_TOP}" fill="none" stroke="#444"/>'
    yield _text(
        _LEFT, HEIGHT - 12, "seconds until the next read (left), share of runs that have ended (right)", size=12
    )


def _curves(steps: tuple[Step, ...]) -> Iterator[str]:
    longest = max(step.wait for step in steps)
    yield _line(steps, lambda step: step.ended, _ENDED)
    yield _line(steps, lambda step: step.wait / longest, _WAIT)


def _line(steps: tuple[Step, ...], height: Callable[[Step], float], colour: str) -> str:
    points = " ".join(f"{_x(steps, step.age):.1f},{_y(height(step)):.1f}" for step in steps)
    return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2.5"/>'


def _ticks(steps: tuple[Step, ...]) -> Iterator[str]:
    longest = max(step.wait for step in steps)
    for step in steps[:: max(1, len(steps) // 6)]:
        yield _text(_x(steps, step.age), _BOTTOM + 18, span(step.age), size=11, anchor="middle")
    for share in (0.0, 0.5, 1.0):
        yield _text(_LEFT - 6, _y(share) + 4, f"{share * longest:.0f} s", size=11, anchor="end", colour=_WAIT)
        yield _text(_RIGHT + 6, _y(share) + 4, f"{share:.0%}", size=11, colour=_ENDED)


def _x(steps: tuple[Step, ...], age: float) -> float:
    return _LEFT + (_RIGHT - _LEFT) * age / (steps[-1].age or 1.0)


def _y(share: float) -> float:
    return _BOTTOM - (_BOTTOM - _TOP) * share


def _text(x: float, y: float, words: str, *, size: int, anchor: str = "start", colour: str = "#222") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{colour}"'
    return f"<text {place}>{escape(words)}</text>"
