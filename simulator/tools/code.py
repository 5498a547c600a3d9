"""What does code that answers the question look like, and what does it print?"""

import random
from typing import Any

from simulator.tools.computation import computed
from simulator.tools.use import Note, Use, call_and_result


def code_execution(_: dict[str, Any], question: str, __: random.Random, number: int) -> Use:
    """Compute what the question asks for; if it asks for nothing computable, count its words."""
    found = computed(question)
    code, printed, sentence = found or _word_count(question)
    call = {"arguments": {"language": "python", "code": code}}
    result = {"result": f"{printed}\n", "is_error": False}
    return Use(call_and_result("code_execution", number, call=call, result=result), (Note(sentence),))


def _word_count(question: str) -> tuple[str, str, str]:
    count = str(len(question.split()))
    return f"print(len({question!r}.split()))", count, f"The code counted {count} words in your request."
