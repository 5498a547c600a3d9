"""Whether programs get their indentation back, and the guide its samples."""

import ast
from collections import Counter

import pytest

from tests.contract.support.guide import Sample, samples
from tests.contract.support.indentation import restored

POLLING = """
import time
# wait
while True:
    tide = read(
        station,
    )
    if tide.state == "high":
        print("high")
        break
    elif tide.state in ["broken", "gone"]:
        print("no tide")
        break
    time.sleep(10)
print("done")
"""
CONDITIONAL_WAIT = """
with open("log.txt", "wb") as f:
    f.write(b"x")
sent = send(path="log.txt")
while state(sent) != "DONE":
    time.sleep(2)
answer = ask(
    sent,
)
for line in answer:
    if line.good:
        print(line.text)
"""
SUBJECTS = """
for event in events:
    if event.kind == "delta":
        if event.part.kind == "word":
            print(event.part.word)
        elif event.part.kind == "sign":
            print(event.part.sign)
    elif event.kind == "end":
        print("end")
        print(event.total)
"""
CLASSES = """
class Gull(BaseModel):
    name: str = Field(description="what it is called")
    kind: Literal["herring", "laughing"]
class Answer(BaseModel):
    decision: Union[Gull, None]
reply = create(
    schema=Answer.model_json_schema(),
)
print(reply)
"""
TOOL_LOOP = '''
def depth(harbour: str):
    """Tell the depth."""
    return f"{harbour} is deep."
tool = {
    "name": "depth",
}
for step in reply.steps:
    if step.type == "call":
        # run it
        result = depth(**step.arguments)
        reply = create(
            result=result,
        )
        print(reply.text)
    else:
        print(step)
'''
ERRORS = """
try:
    send()
    receive()
except OSError as error:
    print(error)
finally:
    close()
"""


@pytest.mark.parametrize("program", [POLLING, CONDITIONAL_WAIT, SUBJECTS, CLASSES, TOOL_LOOP, ERRORS])
def test_a_program_without_its_indentation_gets_it_back(program: str) -> None:
    flat = "\n".join(line.strip() for line in program.splitlines()) + "\n"
    assert ast.dump(ast.parse(restored(flat))) == ast.dump(ast.parse(program))


def test_a_string_over_several_lines_keeps_its_lines() -> None:
    assert restored('if a:\nb = """x\n  y\n"""\n') == 'if a:\n    b = """x\n  y\n"""\n'


def test_apostrophes_in_a_quoted_body_are_escaped_and_shell_insertions_are_not() -> None:
    code = """curl -X POST "u" \\\n-d '{\n"said": "it's 'so'",\n"data": "'"$(base64 a)"'"\n}'\n"""
    (command,) = Sample(1, "REST", code).commands
    assert """it'\\''s '\\''so'\\''""" in command
    assert """ "'"$(base64 a)"'"\n}'""" in command


def test_commands_that_stand_as_comments_are_commands_too() -> None:
    code = "# 1. First\ncurl -X POST a \\\n-d 1\n# 2. Second (with the id)\n# curl -X GET b \\\n# -H c\n"
    assert Sample(1, "REST", code).commands == ["curl -X POST a \\\n-d 1", "curl -X GET b \\\n-H c"]


def test_a_sample_that_goes_on_from_another_gets_its_client() -> None:
    assert Sample(1, "Python", "print(client.interactions.get('x'))\n").program.startswith("from google import genai")


@pytest.mark.skipif(not samples(), reason="the guide lies beside the project, and is absent here")
def test_every_sample_of_the_guide_is_found_and_can_be_read() -> None:
    found = samples()
    assert Counter(sample.language for sample in found) == {"Python": 23, "JavaScript": 23, "REST": 22}
    for sample in found:
        if sample.language == "Python":
            ast.parse(sample.program)
        assert sample.language != "REST" or sample.commands
