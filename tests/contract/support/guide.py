"""What does the guide show? Its samples, read where it lies, in the order they stand; nothing of it is kept here."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Literal, get_args

from tests.contract.support.indentation import restored

GUIDE = Path(__file__).parents[4] / "shared" / "interactions-guide.txt"
Language = Literal["Python", "JavaScript", "REST"]

_PROSE = re.compile("[\u0600-\u06ff]")
_COMMAND = re.compile(r"(?:# )?curl ")
_NO_CLIENT = {
    "Python": "from google import genai\nclient = genai.Client()\n",
    "JavaScript": "import { GoogleGenAI } from '@google/genai';\nconst client = new GoogleGenAI({});\n",
}
_CLIENT = {"Python": "client = ", "JavaScript": "const client = "}


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample: its *section* counts the guide's groups of samples from 1."""

    section: int
    language: Language
    code: str

    @property
    def program(self) -> str:
        """The whole program, indented again, with the client that its section had made before."""
        code = restored(self.code) if self.language == "Python" else self.code
        return code if _CLIENT[self.language] in code else _NO_CLIENT[self.language] + code

    @property
    def commands(self) -> list[str]:
        """The shell commands in turn, also those that stand as comments because they need an earlier answer."""
        lines = self.code.splitlines()
        starts = [number for number, line in enumerate(lines) if _COMMAND.match(line)]
        return [_requoted(_command(lines[start:])) for start in starts]


def samples(guide: Path = GUIDE) -> list[Sample]:
    """Return every sample of the guide; none where the guide is absent."""
    return list(_samples(guide.read_text())) if guide.exists() else []


def _samples(text: str) -> Iterator[Sample]:
    section, seen = 0, set[Language]()
    for language, code in _blocks(text.splitlines()):
        if language in seen or not seen:
            section, seen = section + 1, set()
        seen.add(language)
        yield Sample(section, language, code)


def _blocks(lines: list[str]) -> Iterator[tuple[Language, str]]:
    language: Language | None = None
    code: list[str] = []
    for line in [*lines, "Python"]:
        heading = next((name for name in get_args(Language) if name == line), None)
        if language and (heading or _PROSE.search(line)):
            yield language, "\n".join(code) + "\n"
            language, code = None, []
        if heading:
            language = heading
        elif language:
            code.append(line)


def _command(lines: list[str]) -> str:
    """Return the command that begins the *lines*: up to where its being a comment changes, or the next comment."""
    comment = lines[0].startswith("# ")
    return "\n".join(
        line.removeprefix("# ") for line in takewhile(lambda line: line.startswith("# ") == comment, lines)
    )


def _requoted(command: str) -> str:
    """Escape the apostrophes inside a quoted body, which as printed would end it."""
    opening, quote, body = command.partition("-d '")
    if not quote:
        return command
    inner, closing, rest = body.rpartition("'")
    kept = inner.replace("""'"$(""", "\0(").replace(""")"'""", ")\0")
    return (
        opening
        + quote
        + kept.replace("'", "'\\''").replace("\0(", """'"$(""").replace(")\0", """)"'""")
        + closing
        + rest
    )
