"""What does an earlier part of a conversation say about a question?"""

import re
from collections.abc import Iterator

from simulator.conversation import Conversation, text_of
from simulator.words import STOP_WORDS

_ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"]
_ORDINAL = re.compile(
    rf"\b(?:the |number )?({'|'.join(_ORDINALS)}|last|\d+(?:st|nd|rd|th))(?: one| item| of them| in)?\b", re.IGNORECASE
)
_INTRODUCED = re.compile(
    r"\b(?i:my name is|i am called|i'm called|call me|i'm|i am) ([A-Z][\w'\u2019-]*(?: [A-Z][\w'\u2019-]*)*)"
)
_MINE = re.compile(r"\bmy ([\w' -]{2,40}?) (?:is|are|was|will be) ([^.!?\n]+)", re.IGNORECASE)
_ASKED_MINE = re.compile(r"\bmy ([\w' -]{2,40}?)[?.!]*$", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?。！？])\s*|\n+")  # noqa: RUF001 - Chinese punctuation is meant
_LIST = re.compile(r"[^.!?:\n]*?((?:[^,.!?:\n]+, )+(?:and |or )?[^,.!?:\n]+|[^,.!?:\n]+ and [^,.!?:\n]+)")
_BULLET = re.compile(r"^\s*(?:[-*]|\d+[.)])\s+(.+)$", re.MULTILINE)
_RECAP = re.compile(
    r"\b(summar\w+|sum (?:\w+ ){0,3}up|recap\w*|takeaways?|(?:key|main|bullet) points?|gist|findings|conclu\w+|"
    r"repeat|shorten|condense|boil \w+ down|in (?:short|brief|a nutshell)|translate|rewrite|rephrase|elaborate|explain|"
    r"what (?:did|have) you (?:found|find|learn\w*|discover\w*|say|said|tell|told|write|written))\b",
    re.IGNORECASE,
)
_BACK = re.compile(
    r"\b(it|that|this|above|previous|earlier|before|report|answer|plan|they|them|again|you|said|told)\b", re.IGNORECASE
)
_LONGEST_QUOTE = 300


def recalled(talk: Conversation) -> list[str]:
    """Return sentences that answer from what was said before; none if nothing there bears on the question."""
    if not talk.before:
        return []
    question = talk.question
    found = _own_fact(talk, question) or _listed(talk, question) or _summary(talk, question) or _nearest(talk, question)
    return [found] if found else []


def listed_items(text: str) -> list[str]:
    """Return the members of the longest enumeration in *text*, bulleted or in a sentence."""
    bullets = _BULLET.findall(text)
    if len(bullets) > 1:
        return [_plain(bullet) for bullet in bullets]
    lists = [re.split(r", (?:and |or )?| and ", match.group(1)) for match in _LIST.finditer(text)]
    return _trimmed([_plain(member) for member in max(lists, key=len, default=[])])


def _own_fact(talk: Conversation, question: str) -> str | None:
    asked = _ASKED_MINE.search(question.strip())
    if asked is None:
        return None
    wanted = asked.group(1).lower().strip()
    for text in reversed(list(_user_texts(talk))):
        if "name" in wanted and (introduced := _INTRODUCED.search(text)):
            return f"Your {wanted} is {introduced.group(1)}, as you told me."
        for name, value in reversed(_MINE.findall(text)):
            if wanted in name.lower() or name.lower() in wanted:
                return f"Your {wanted} is {value.strip()}, as you told me."
    return None


def _listed(talk: Conversation, question: str) -> str | None:
    ordinal = _ORDINAL.search(question)
    if ordinal is None:
        return None
    place = _place(ordinal.group(1).lower())
    for step in reversed(talk.before):
        items = listed_items(text_of(step)) if step["type"] == "model_output" else []
        if len(items) > 1 and place < len(items):
            return f"The {ordinal.group(1).lower()} one is {items[place]}; your question is about {items[place]}."
    return None


def _place(ordinal: str) -> int:
    if ordinal == "last":
        return -1
    return _ORDINALS.index(ordinal) if ordinal in _ORDINALS else int(ordinal[:-2]) - 1


def _summary(talk: Conversation, question: str) -> str | None:
    if not (_RECAP.search(question) and _BACK.search(question)):
        return None
    outputs = [text_of(step) for step in talk.before if step["type"] == "model_output"]
    sentences = [part for text in outputs for part in _sentences(text) if not part.startswith("#")]
    return f"From what was said before: {' '.join(sentences[:2])[:_LONGEST_QUOTE]}" if sentences else None


def _nearest(talk: Conversation, question: str) -> str | None:
    wanted = _content_words(question)
    said = [sentence for text in _user_texts(talk) for sentence in _sentences(text)]
    best = max(said, key=lambda sentence: len(wanted & _content_words(sentence)), default="")
    return f"You told me before: “{best[:_LONGEST_QUOTE]}”" if wanted & _content_words(best) else None


def _user_texts(talk: Conversation) -> Iterator[str]:
    return (text_of(step) for step in talk.before if step["type"] == "user_input")


def _sentences(text: str) -> list[str]:
    return [part.strip() for part in _SENTENCE.split(text) if part.strip()]


def _content_words(text: str) -> set[str]:
    return {word for word in re.findall(r"\w+", text.lower()) if len(word) > 2 and word not in STOP_WORDS}


def _plain(item: str) -> str:
    return re.sub(r"[*_`]", "", item).split(":")[0].strip(" .;")


def _trimmed(members: list[str]) -> list[str]:
    """Cut the words that lead up to the first member of a list, if all members are names."""
    if members and all(member[:1].isupper() for member in members[1:]):
        lead = re.search(r"((?:[A-Z][\w'\u2019-]*)(?: [A-Z][\w'\u2019-]*)*)$", members[0])
        return [lead.group(1) if lead else members[0], *members[1:]]
    return members
