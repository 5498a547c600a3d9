"""Where does each line of a Python program without indentation belong? By how its blocks read."""

import io
import re
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

_CONTINUES = {"elif": {"if", "elif"}, "else": {"if", "elif", "for", "while", "try", "except"}}
_CONTINUES |= {"except": {"try", "except"}, "finally": {"try", "except", "else"}}
_LEAVES = ("return", "break", "continue", "raise")
_FIELD = re.compile(r"\w+\s*:|def |@|[\"']")
_BOUND = re.compile(r"^(\w+)\s*=[^=]")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Statement:
    """One logical line, with the comments above it."""

    lines: tuple[str, ...]
    text: str

    @property
    def keyword(self) -> str:
        found = _WORD.match(self.text)
        return found[0] if found else ""

    @property
    def opens(self) -> bool:
        return self.text.endswith(":")

    def mentions(self, name: str) -> bool:
        return re.search(rf"\b{name}\b", self.text) is not None


@dataclass(slots=True)
class Block:
    """An open block: its header, and what is directly in it so far."""

    header: Statement
    last: str = ""
    bound: set[str] = field(default_factory=set)

    @property
    def target(self) -> str:
        """The name that the header binds: `for x in`, `with … as x`."""
        pattern = {"for": r"^for (\w+) in", "with": r" as (\w+):$"}.get(self.header.keyword, r"(?!)")
        found = re.search(pattern, self.header.text)
        return found[1] if found else ""

    def is_over(self, following: Sequence[Statement]) -> bool:
        """Return whether the next statement, the first of *following*, stands after this block."""
        if not self.last or self.last.startswith(_LEAVES):
            return bool(self.last)
        match self.header.keyword:
            case "class":
                return not _FIELD.match(following[0].text)
            case "with":
                return not following[0].mentions(self.target)
            case "while":
                return "sleep(" in self.last
            case "for":
                names = {self.target, *self.bound}
                return not any(statement.mentions(name) for statement in following for name in names)
            case _:
                return False


def restored(flat: str) -> str:
    """Return the program with every statement indented as its blocks ask."""
    statements = list(_statements(flat))
    blocks: list[Block] = []
    out: list[str] = []
    for number, statement in enumerate(statements):
        blocks = _enclosing(blocks, statements[number:])
        out += _indented(statement, len(blocks))
        _take(blocks, statement)
        if statement.opens:
            blocks.append(Block(statement))
    return "\n".join(out) + "\n"


def _indented(statement: Statement, depth: int) -> list[str]:
    """Return the lines; those inside a bracket or a string stay as they are."""
    comments = sum(1 for line in statement.lines if line.startswith("#"))
    own, rest = statement.lines[: comments + 1], statement.lines[comments + 1 :]
    return ["    " * depth + line for line in own] + list(rest)


def _take(blocks: list[Block], statement: Statement) -> None:
    """Note the statement where it stands directly, and the name it binds in every block around it."""
    if blocks:
        blocks[-1].last = statement.text
    if found := _BOUND.match(statement.text):
        for block in blocks:
            block.bound.add(found[1])


def _enclosing(blocks: list[Block], following: Sequence[Statement]) -> list[Block]:
    statement = following[0]
    if statement.keyword in _CONTINUES and statement.opens:
        return blocks[: _continued(blocks, statement)]
    over = (depth for depth, block in enumerate(blocks) if block.is_over(following))
    return blocks[: next(over, None)]


def _continued(blocks: list[Block], statement: Statement) -> int:
    """Return the depth of the block that an `elif`, `else`, `except` or `finally` goes on with."""
    fitting = [depth for depth, block in enumerate(blocks) if block.header.keyword in _CONTINUES[statement.keyword]]
    alike = [depth for depth in fitting if _subject(blocks[depth].header) == _subject(statement)]
    return (alike if statement.keyword == "elif" and alike else fitting)[-1]


def _subject(header: Statement) -> str:
    """Return what a condition asks about: the left side of its comparison."""
    condition = header.text.partition(" ")[2]
    return re.split(r"\s(?:==|!=|in|is|not|<|>)\s", condition)[0]


def _statements(flat: str) -> Iterator[Statement]:
    lines = flat.splitlines()
    first, text = 0, ""
    for token in tokenize.generate_tokens(io.StringIO(flat).readline):
        if token.type == tokenize.NEWLINE:
            yield Statement(tuple(filter(str.strip, lines[first : token.end[0]])), text)
            first, text = token.end[0], ""
        elif token.type not in {tokenize.COMMENT, tokenize.NL}:
            text = _joined(text, token)


def _joined(text: str, token: tokenize.TokenInfo) -> str:
    start = token.start[1]
    gap = " " if text and token.line[start - 1 : start] == " " else ""
    return text + gap + token.string
