"""What is said to a job that waits for somebody: the results of its calls, or a word on its plan."""

import hashlib
import json
import uuid
from collections.abc import Iterator
from typing import Literal

from fastapi import APIRouter
from pydantic import ConfigDict, Field, StrictBool, model_validator

from api.auth import GuardedRoute, Project
from api.context import Here
from api.errors_documented import guarded
from api.fields import Input, Name, Text, Value, refusal
from api.job_view import JobView, shown
from api.paths import JobId
from longwatch.domain.actions import Asked, CallResult, result_problems, word_problems
from longwatch.domain.errors import FieldProblem, InvalidRequestError
from longwatch.store import actions, reading
from longwatch.store.actions import Question
from longwatch.store.engine import Tx
from longwatch.upstream.turns import Turn, approval_turn, edit_turn, results_turn

router = APIRouter(prefix="/v1/jobs/{job_id}", tags=["actions"], route_class=GuardedRoute)
_MOST_RESULTS = 1000


class Result(Input):
    """What one call came to."""

    call_id: Name
    name: Name | None = Field(None, description="of the function; checked if given")
    result: Value = Field(description="text, an object, or contents (`[{type, …}]`); anything else is sent as JSON")
    is_error: StrictBool = Field(False, description="the function failed, and `result` says how")  # noqa: FBT003


class Answer(Input):
    """Exactly one of: the results of all open calls; a word on the plan."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"results": [{"call_id": "call_1", "result": {"temperature": 7}}]}},
    )

    results: list[Result] | None = Field(None, min_length=1, max_length=_MOST_RESULTS)
    approve: Literal[True] | None = Field(None, description="carry the plan out")
    edit: Text | None = Field(None, min_length=1, description="what to change: another plan follows")
    reject: Literal[True] | None = Field(None, description="cancel the job")

    @model_validator(mode="after")
    def _says_one_thing(self) -> "Answer":
        if len(self.model_fields_set) != 1 or getattr(self, self.word) is None:
            raise refusal("value", "An answer says exactly one thing.", "Send one of results, approve, edit, reject.")
        return self

    @property
    def word(self) -> str:
        """Return which of the four it is."""
        return next(iter(self.model_fields_set), "results")

    @property
    def digest(self) -> bytes:
        """Return what tells it from other answers."""
        said = self.model_dump(mode="json", exclude_unset=True)
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).digest()

    def call_results(self) -> list[CallResult]:
        """Return its results as the domain has them."""
        return [CallResult(**result.model_dump()) for result in self.results or ()]


@router.post(
    "/actions",
    status_code=202,
    summary="Answer what a job asks for",
    responses=guarded(400, 404, 409, 410, 413, 422),
)
async def answer_job(here: Here, project: Project, job_id: JobId, answer: Answer) -> JobView:
    """Go on with another interaction of the same job; sent again, the same answer changes nothing."""
    async with here.engine.begin() as tx:
        await _answer(tx, project, job_id, answer)
        job = await reading.job(tx, project, job_id, limits=here.settings.limits)
    return shown(job)


async def _answer(tx: Tx, project: str, job_id: uuid.UUID, answer: Answer) -> None:
    question = await actions.question(tx, project, job_id, answer_hash=answer.digest)
    if question is None:
        return
    if problems := list(_problems(question.asked, answer)):
        raise InvalidRequestError(problems)
    if answer.reject:
        await actions.reject(tx, question, answer_hash=answer.digest)
    else:
        await actions.answer(tx, question, turn=_turn(question, answer), answer_hash=answer.digest)


def _problems(asked: Asked, answer: Answer) -> Iterator[FieldProblem]:
    if answer.results is None:
        yield from word_problems(asked, answer.word)
    else:
        yield from result_problems(asked, answer.call_results())


def _turn(question: Question, answer: Answer) -> Turn:
    if answer.results is not None:
        return results_turn(question.asked["calls"], answer.call_results())
    return approval_turn() if answer.edit is None else edit_turn(answer.edit)
