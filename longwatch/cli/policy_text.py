"""A learned policy for a terminal: sentences, and a plot in bars."""

from collections.abc import Iterator

from longwatch.cli.policy_view import PolicyView, Step

_BAR = 24
_EIGHTHS = " ▏▎▍▌▋▊▉"


def told(seen: PolicyView) -> str:
    """Return *seen* as the text of `policy show`."""
    return "\n".join((*_sentences(seen), "", *_plot(seen.steps), "", *_budgets(seen)))


def _sentences(seen: PolicyView) -> Iterator[str]:
    yield f"{seen.agent}: learned from {seen.ends:,} ends, {span(seen.ago.total_seconds())} ago"
    if not seen.in_use:
        yield "Not in use: LONGWATCH_POLL_POLICY=exponential."
    yield f"Half of its runs end within {span(seen.half)}, 19 of 20 within {span(seen.most)}."
    yield f"Expected of it: {_comes_to(seen.learned.reads, seen.learned.lag)}."
    yield f"The exponential policy: {_comes_to(seen.plain.reads, seen.plain.lag)}."


def _comes_to(reads: float, lag: float) -> str:
    return f"{reads:.1f} reads a run, an end is seen {span(lag)} late in the mean"


def _plot(steps: tuple[Step, ...]) -> Iterator[str]:
    most_ending = max(step.ending for step in steps) or 1.0
    longest = max(step.wait for step in steps)
    yield f"{'age':>9}  {'ended':>5}  {'end from here on':<{_BAR}}  next read after"
    for step in steps:
        ending, wait = bar(step.ending / most_ending), bar(step.wait / longest)
        yield f"{span(step.age):>9}  {step.ended:>5.0%}  {ending:<{_BAR}}  {wait} {span(step.wait)}"


def _budgets(seen: PolicyView) -> Iterator[str]:
    yield "LONGWATCH_POLLS_PER_JOB   lag in the mean"
    for reads, come_to in seen.budgets:
        yield f"{reads:>23g}   {span(come_to.lag)}"


def bar(share: float) -> str:
    """Return a bar as long as *share* (0 to 1) of the column, to an eighth of a character."""
    eighths = round(share * _BAR * 8)
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def span(seconds: float) -> str:
    """Return a time as people say it: `8.5 s`, `48 s`, `6 min`, `1 h 30 min`."""
    if seconds < 10:
        return f"{seconds:.2g} s"
    if round(seconds) < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 10 and rest:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{minutes} min" if not hours else f"{hours} h" + (f" {minutes} min" if minutes else "")
