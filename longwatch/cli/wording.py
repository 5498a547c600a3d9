"""How are refused settings, and rows of a table, told to a person?"""

from collections.abc import Sequence

from pydantic import ValidationError


def settings_message(error: ValidationError) -> str:
    """Return which settings cannot be used, and why; never their values."""
    problems = (f"  {'.'.join(map(str, problem['loc'])) or 'settings'}: {problem['msg']}" for problem in error.errors())
    return "The settings (LONGWATCH_…) cannot be used:\n" + "\n".join(problems)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return lines with *head* over *rows*, each column as wide as its widest cell."""
    lines = [head, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)
