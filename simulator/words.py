"""Which words of a prompt carry its subject?"""

# ruff: noqa: RUF001 - Chinese punctuation is meant

import itertools
import re
from collections.abc import Iterator
from typing import Any

HAN = "\u3400-\u9fff\uf900-\ufaff"
_CLAUSE = re.compile(r"[,;:!?()\[\]{}<>\"“”«»，。；：！？（）、《》【】「」\n\r\t/|*#`~]+|\.(?=\s|$)")
_RUN = re.compile(rf"[{HAN}]+|[^{HAN}]+")
_WORD = re.compile(rf"[^\W_{HAN}]+(?:['’.+\-][^\W_{HAN}]+)*")
_HAN_FUNCTION_WORDS = re.compile(
    "的|和|与|及|或|在|是|了|对|从|到|将|把|被|等|请|帮|我|你|给|并|且|其|这|那|哪|个|"
    "目前|分析|研究|整理|收集|什么|如何|以及|通过|"
    "进行|一下|关于|需要|包括|可以|能够|应该|怎么|为什么|有没有|"
    "特别|得出|些|我们|他们|帮助|提供|给出|撰写"
)
_STOP_WORDS_TEXT = (
    "a about across after all also among an and any are as at be been between both but by can conduct could "
    "describe discuss do does each especially examine explain focus focusing for from give had has have help how i if "
    "in include including into is it its kind let list make may me more most much my need of on or our over "
    "please provide report research s should so some such summarize tell than that the their them there these they "
    "this those through to trace under up us use using various was we well were what when where which while who "
    "why will with within would write you your analysis based along aimed required many various "
    "analyze analyse compare investigate explore study"
)
STOP_WORDS = frozenset(_STOP_WORDS_TEXT.split())
_LONGEST_WORD = 40
_READ = 20_000
_NOTHING = ("an empty request",)


def prompt_text(given: Any, *, keep_turns: bool = False) -> str:
    """Return the text of an interaction's input; turns are dropped unless *keep_turns*, as the live service does."""
    text = "\n".join(_texts(given, keep_turns=keep_turns))
    return text.encode("utf-8", "replace").decode()


def _texts(given: Any, *, keep_turns: bool) -> Iterator[str]:
    match given:
        case str():
            yield given
        case list():
            for item in given:
                yield from _texts(item, keep_turns=keep_turns) if isinstance(item, dict) else ()
        case {"type": "text", "text": str(text)}:
            yield text
        case {"type": "user_input", "content": content}:
            yield from _texts(content, keep_turns=keep_turns)
        case {"role": "user", "content": content} if keep_turns:
            yield from _texts(content, keep_turns=keep_turns)


def key_phrases(prompt: str, *, limit: int = 12) -> tuple[str, ...]:
    """Return up to *limit* short phrases of content words from the prompt's beginning, the telling ones first."""
    found = dict.fromkeys(phrase for clause in _CLAUSE.split(prompt[:_READ]) for phrase in _clause_phrases(clause))
    return tuple(sorted(found, key=_vagueness)[:limit]) or _NOTHING


def is_chinese(prompt: str) -> bool:
    """Return whether the prompt is written with Han characters for a good part."""
    read = prompt[:_READ].strip()
    return len(re.findall(f"[{HAN}]", read)) * 5 >= len(read) > 0


def _vagueness(phrase: str) -> int:
    if phrase.isnumeric():
        return 2
    return int(len(phrase) == 2 or (phrase.islower() and " " not in phrase))


def _clause_phrases(clause: str) -> Iterator[str]:
    for run in _RUN.findall(clause):
        yield from _han_phrases(run) if re.match(f"[{HAN}]", run) else _spaced_phrases(run)


def _han_phrases(run: str) -> Iterator[str]:
    for piece in _HAN_FUNCTION_WORDS.split(run):
        yield from (piece[i : i + 8] for i in range(0, len(piece), 8) if len(piece[i : i + 8]) > 1)


def _spaced_phrases(run: str) -> Iterator[str]:
    words = [word[:_LONGEST_WORD] for word in _WORD.findall(run)]
    for stop, group in itertools.groupby(words, key=lambda word: word.lower() in STOP_WORDS):
        content = list(group)
        if not stop:
            yield from (" ".join(content[i : i + 3]) for i in range(0, len(content), 3))
