"""What does the person see while the demo runs? One line a step; a terminal also sees the step at work."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, Self

from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.live import Live
from rich.padding import Padding
from rich.spinner import Spinner
from rich.text import Text

from longwatch.demo.console import is_live
from longwatch.demo.wording import duration
from longwatch.domain.clock import Clock

_TITLE_WIDTH = 40
_SECONDS_WIDTH = 9
_THOUGHT_LINES = 2


@dataclass(frozen=True, slots=True)
class News:
    """How the job stands, and what the upstream said last."""

    status: str = ""
    thought: str = ""


class Screen(AbstractContextManager["Screen"], Protocol):
    """Where the demo tells what it does."""

    def begin(self, doing: str) -> None:
        """Show that a step has begun."""

    def news(self, news: News) -> None:
        """Show how the step under way goes."""

    def end(self, done: str, seconds: float) -> None:
        """Show that the step is done."""

    def say(self, line: str) -> None:
        """Show a line."""


class PlainScreen(Screen):
    """Lines for a file, a pipe or a terminal that cannot move its cursor."""

    def __init__(self, console: Console, clock: Clock) -> None:
        self._console = console
        self._clock = clock
        self._started = clock.monotonic()
        self._told = News()

    def __exit__(self, *_: object) -> None:
        """Leave everything where it is."""

    def begin(self, doing: str) -> None:
        """Print the step's name."""
        self.say(doing)

    def news(self, news: News) -> None:
        """Print what is new: a state, or a thought."""
        if news.status != self._told.status:
            self.say(f"  {news.status}")
        if news.thought != self._told.thought:
            self.say(f"  {news.status}: {news.thought}")
        self._told = news

    def end(self, done: str, seconds: float) -> None:
        """Print what is done and how long it took."""
        self.say(f"  {done} ({duration(seconds)})")

    def say(self, line: str) -> None:
        """Print a line behind the seconds since the beginning."""
        elapsed = self._clock.monotonic() - self._started
        self._console.print(f"[{elapsed:5.1f} s] {line}", soft_wrap=True)


class LiveScreen(Screen):
    """A terminal: finished steps stay, the one under way is redrawn below them."""

    def __init__(self, console: Console, clock: Clock) -> None:
        self._console = console
        self._clock = clock
        self._doing, self._news, self._since = "", News(), 0.0
        self._spinner = Spinner("dots" if console.encoding.startswith("utf") else "line")
        self._live = Live(self, console=console, transient=True, refresh_per_second=8)

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave what is finished, wipe away the rest, give the cursor back."""
        self._doing = ""
        self._live.stop()

    def begin(self, doing: str) -> None:
        """Draw the step under way."""
        self._since, self._news, self._doing = self._clock.monotonic(), News(), doing

    def news(self, news: News) -> None:
        """Draw the news below the step."""
        self._news = news

    def end(self, done: str, seconds: float) -> None:
        """Put the step among the finished ones."""
        self._doing = ""
        self._console.print(row("✓", done, seconds, width=self._console.width))

    def say(self, line: str) -> None:
        """Print a line above the step under way."""
        self._console.print(Text(f"    {line}", style="dim"), soft_wrap=True)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw the step under way."""
        if not self._doing:
            return
        elapsed = self._clock.monotonic() - self._since
        mark = self._spinner.render(console.get_time())
        line = row(str(mark), self._doing, elapsed, width=options.max_width)
        line.append(f"  {self._news.status}", style="cyan")
        line.truncate(options.max_width, overflow="ellipsis")
        thought = Text(self._news.thought, style="dim").wrap(console, max(options.max_width - 5, 10))[:_THOUGHT_LINES]
        yield Group(line, *(Padding(part, (0, 0, 0, 4)) for part in thought))


def row(mark: str, title: str, seconds: float, *, width: int) -> Text:
    """Return one step's line; a narrow terminal gets a shorter title."""
    room = max(min(_TITLE_WIDTH, width - _SECONDS_WIDTH - 4), 8)
    name = Text(title)
    name.truncate(room, overflow="ellipsis", pad=True)
    return Text.assemble(
        "  ", (mark, "green"), " ", name, (f"{duration(seconds):>{_SECONDS_WIDTH}}", "dim"), no_wrap=True
    )


def open_screen(console: Console, clock: Clock) -> Screen:
    """Return the screen that fits *console*."""
    return LiveScreen(console, clock) if is_live(console) else PlainScreen(console, clock)
