"""What does a simulated run find out about a prompt?"""

import hashlib
import random
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from simulator.chinese import CHINESE
from simulator.english import ENGLISH
from simulator.wording import Wording
from simulator.words import is_chinese, key_phrases

_LONGEST_TITLE = 90


@dataclass(frozen=True, slots=True)
class Topic:
    """What a text is written about: the prompt's phrases, its language and a seed."""

    prompt: str
    seed: str

    def rng(self, purpose: str) -> random.Random:
        """Return a generator that gives the same numbers for the same prompt, seed and purpose."""
        key = f"{self.seed}\0{purpose}\0{self.prompt}".encode()
        return random.Random(hashlib.sha256(key).digest())

    @property
    def wording(self) -> Wording:
        """Return the sentences of the prompt's language."""
        return CHINESE if is_chinese(self.prompt) else ENGLISH


@dataclass(frozen=True, slots=True)
class Citation:
    """A source of the bytes [start, end) of a text."""

    start: int
    end: int
    url: str
    title: str


@dataclass(slots=True)
class TextRun:
    """A stretch of text with citations counted in UTF-8 bytes."""

    text: str = ""
    citations: list[Citation] = field(default_factory=list)

    def write(self, text: str) -> None:
        """Add text."""
        self.text += text

    def cite(self, sentence: str, *, url: str, title: str) -> None:
        """Add a sentence that has a source."""
        start = len(self.text.encode())
        self.write(sentence)
        self.citations.append(Citation(start, start + len(sentence.encode()), url, title))


class Author:
    """Fills sentences with a topic's phrases and seeded figures."""

    def __init__(self, topic: Topic, *, purpose: str) -> None:
        self.wording = topic.wording
        self.rng = topic.rng(purpose)
        self.phrases = key_phrases(topic.prompt)
        self._decks: dict[tuple[str, ...], list[str]] = {}

    def facts(self, position: int) -> dict[str, Any]:
        """Return values for one sentence whose subject is the phrase at *position*."""
        year = self.rng.randint(1995, 2022)
        others = [p for p in self.phrases if p != self.subject(position)] or list(self.phrases)
        return {
            "a": self.subject(position),
            "b": self.rng.choice(others),
            "n": self.rng.randint(12, 480),
            "p": self.rng.randint(3, 78),
            "y": year,
            "z": self.rng.randint(year + 1, 2026),
        }

    def subject(self, position: int) -> str:
        """Return the phrase at *position*, going round."""
        return self.phrases[position % len(self.phrases)]

    def sentence(self, templates: tuple[str, ...], position: int) -> str:
        """Return one filled template; none comes again before all have been used."""
        deck = self._decks.setdefault(templates, [])
        if not deck:
            deck += self.rng.sample(templates, len(templates))
        return deck.pop().format(**self.facts(position))


@lru_cache(maxsize=256)
def research_report(topic: Topic) -> tuple[TextRun, ...]:
    """Return a long Markdown report as several runs; joined with nothing between them they are the whole text."""
    author = Author(topic, purpose="report")
    count = min(8, max(6, len(author.phrases)))
    sections = [_section(author, position) for position in range(count)]
    runs = [_opening(author, topic.prompt), *_merged(sections, parts=3)]
    runs[-1].write(author.wording.about)
    return tuple(runs)


def short_answer(topic: Topic) -> str:
    """Return a few sentences about the prompt's words, as a plain model would."""
    author = Author(topic, purpose="answer")
    return author.wording.gap.join(
        template.format(**author.facts(position)) for position, template in enumerate(author.wording.short_answer)
    )


def closing_sentence(topic: Topic) -> str:
    """Return the sentence that says what a plain model's answer is."""
    author = Author(topic, purpose="answer")
    return author.wording.short_answer[-1].format(**author.facts(0))


def research_plan(topic: Topic) -> TextRun:
    """Return what a research would do, as a numbered list, for a person to approve."""
    author = Author(topic, purpose="plan")
    count = min(6, max(4, len(author.phrases)))
    run = TextRun(f"## {author.wording.plan_heading}\n\n")
    for number in range(count):
        run.write(f"{number + 1}. {author.wording.headings[number].format(**author.facts(number))}\n")
    run.write(f"\n{author.wording.plan_question}")
    return run


@lru_cache(maxsize=1024)
def thought_summaries(topic: Topic, *, count: int) -> tuple[str, ...]:
    """Return *count* thoughts, each about the prompt's own words."""
    author = Author(topic, purpose="thoughts")
    templates = author.wording.thoughts
    return tuple(templates[i % len(templates)].format(**author.facts(i)) for i in range(count))


def _opening(author: Author, prompt: str) -> TextRun:
    run = TextRun()
    run.write(f"# {' '.join(prompt.split())[:_LONGEST_TITLE] or author.subject(0)}\n\n")
    run.write(f"## {author.wording.summary_heading}\n\n")
    run.write(author.wording.summary.format(**author.facts(0)) + author.wording.gap)
    _cited(author, run, 1)
    run.write("\n\n")
    return run


def _section(author: Author, position: int) -> TextRun:
    run = TextRun()
    headings = author.wording.headings
    run.write(f"## {headings[position % len(headings)].format(**author.facts(position))}\n\n")
    for _ in range(3):
        _paragraph(author, run, position)
    if position % 3 == 1:
        run.write(author.wording.table.format(**author.facts(position)) + "\n\n")
    for template in author.wording.points:
        run.write(f"- {template.format(**author.facts(position))}\n")
    run.write("\n")
    return run


def _paragraph(author: Author, run: TextRun, position: int) -> None:
    for number in range(2):
        run.write(author.wording.gap if number else "")
        _cited(author, run, position)
        run.write(author.wording.gap + author.sentence(author.wording.links, position))
    run.write("\n\n")


def _cited(author: Author, run: TextRun, position: int) -> None:
    phrase, number = author.subject(position), author.rng.randint(1, 40)
    title = author.wording.source_title.format(a=phrase, n=number)
    url = f"https://www.example.org/{quote(phrase.replace(' ', '-').lower())}/{number}"
    run.cite(author.sentence(author.wording.claims, position), url=url, title=title)


def _merged(sections: list[TextRun], *, parts: int) -> list[TextRun]:
    size = -(-len(sections) // parts)
    return [_joined(sections[i : i + size]) for i in range(0, len(sections), size)]


def _joined(sections: list[TextRun]) -> TextRun:
    whole = TextRun()
    for section in sections:
        shift = len(whole.text.encode())
        whole.write(section.text)
        whole.citations += [Citation(c.start + shift, c.end + shift, c.url, c.title) for c in section.citations]
    return whole
