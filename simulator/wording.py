"""In which sentences is a simulated report written?"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """Sentences of one language; {a} and {b} are phrases of the prompt, the rest are invented figures."""

    headings: tuple[str, ...]
    claims: tuple[str, ...]
    links: tuple[str, ...]
    points: tuple[str, ...]
    thoughts: tuple[str, ...]
    summary_heading: str
    summary: str
    table: str
    about: str
    short_answer: tuple[str, ...]
    plan_heading: str
    plan_question: str
    source_title: str
    gap: str
