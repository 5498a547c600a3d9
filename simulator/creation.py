"""How does a create body become an interaction?"""

import re
from collections.abc import Iterator
from typing import Any

from simulator.answers import ApiError
from simulator.composition import Ask, composed, tool_uses
from simulator.conversation import Conversation, conversation, steps_of, text_of
from simulator.evidence import Evidence
from simulator.ids import new_interaction_id
from simulator.interaction import Interaction, is_research, settled_life
from simulator.life import Life
from simulator.limits import LETTERS_PER_TOKEN, limits_in
from simulator.perception import Percept, perceived
from simulator.script import Subject
from simulator.timeline import said_in
from simulator.validation import validate
from simulator.words import prompt_text
from simulator.world import World

_APPROVAL = re.compile(
    r"\W*(?:(?:yes|ok|okay|approved?|go ahead|proceed|looks? good|great|perfect|start|please|the|plan|it|"
    r"carry out|execute|run|continue|research|with|this|that|i|sounds?|fine|and|do)\b\W*)+",
    re.IGNORECASE,
)


def created_subject(body: Any, *, keep_turns: bool) -> Subject:
    """Return what a create is about, for the script to match."""
    given = body if isinstance(body, dict) else {}
    labels = given.get("labels")
    prompt = prompt_text(given.get("input"), keep_turns=keep_turns)
    return Subject(op="create", labels=labels if isinstance(labels, dict) else {}, prompt=prompt)


def talk_in(world: World, request: dict[str, Any], *, keep_turns: bool) -> Conversation:
    """Return the conversation that a valid create body goes on with; ApiError if its predecessor cannot be followed."""
    earlier = [step for one in _chain(world, request) for step in said_in(one, now=world.clock.now())]
    return conversation(earlier, steps_of(request.get("input"), keep_turns=keep_turns))


def new_interaction(world: World, body: Any, *, keep_turns: bool, evidence: Evidence) -> Interaction:
    """Return the interaction that *body* asks for; ApiError if it is refused."""
    request = validate(body)
    talk = talk_in(world, request, keep_turns=keep_turns)
    life = world.script.life_for(created_subject(body, keep_turns=keep_turns)) or Life()
    interaction = Interaction(
        id=new_interaction_id(),
        request=request,
        prompt=prompt_text(request.get("input"), keep_turns=keep_turns),
        life=life,
        created_at=world.clock.now(),
        seed=world.config.seed,
        keep_turns=keep_turns,
        deleted=request.get("store") is False,
    )
    interaction.about = _about(world, request, talk)
    interaction.life = settled_life(life, request=request, topic=interaction.topic, speed=world.clock.speed)
    _compose(interaction, talk, evidence, world)
    return interaction


def _compose(interaction: Interaction, talk: Conversation, evidence: Evidence, world: World) -> None:
    percepts = tuple(perceived(item, evidence.pages, world.file_finding) for item in talk.media)
    interaction.tokens = _tokens(talk, percepts)
    life = interaction.life
    ask = Ask(
        request=interaction.request,
        talk=talk,
        topic=interaction.topic,
        evidence=evidence,
        percepts=percepts,
        limits=limits_in(
            interaction.config, halved=life.ending in {"incomplete", "budget_exceeded", "requires_continuation"}
        ),
    )
    if interaction.agent is not None:
        own = {"mcp_server", "file_search", "retrieval"}
        interaction.composed = [
            step for use in tool_uses(ask) for step in use.steps if step["type"].rsplit("_", 1)[0] in own
        ]
        return
    if life.report_text is not None:
        interaction.composed = [{"type": "model_output", "content": [{"type": "text", "text": life.report_text}]}]
        return
    made = composed(ask)
    interaction.composed = made.steps
    if life.ending == "completed":
        interaction.life = life.model_copy(update={"ending": made.ending})


def _about(world: World, request: dict[str, Any], talk: Conversation) -> str:
    own = talk.question
    if request.get("continuation_token"):
        return _continued(world, request["continuation_token"]).topic.prompt
    if not request.get("agent"):
        return own
    before = next((one for one in reversed(list(_chain(world, request)))), None)
    if before is None or not is_research(before.request):
        earlier = "\n".join(text_of(step) for step in talk.before if step["type"] == "user_input")
        return "\n".join(filter(None, (own, earlier)))
    return before.topic.prompt if _APPROVAL.fullmatch(own) else f"{before.topic.prompt}\n{own}"


def _chain(world: World, request: dict[str, Any]) -> Iterator[Interaction]:
    predecessor_id = request.get("previous_interaction_id")
    if predecessor_id is None:
        return
    found = _predecessor(world, predecessor_id)
    yield from _older(world, found)
    yield found


def _older(world: World, interaction: Interaction) -> Iterator[Interaction]:
    older = world.shelf.find(interaction.request.get("previous_interaction_id") or "")
    if older is not None:
        yield from _older(world, older)
        yield older


def _predecessor(world: World, predecessor_id: str) -> Interaction:
    predecessor = world.shelf.find(predecessor_id)
    if predecessor is None:
        raise ApiError(404, f"Interaction '{predecessor_id}' was not found.")
    now = world.clock.now()
    if predecessor.expired(now):
        raise ApiError(400, "The previous interaction has expired.", code="failed_precondition")
    if predecessor.state(now).ended_age is None:
        raise ApiError(400, "The previous interaction has not finished.", code="failed_precondition")
    return predecessor


def _continued(world: World, token: str) -> Interaction:
    found = world.find(token.removeprefix("ct_"))
    if found is None or found.state(world.clock.now()).status != "requires_continuation":
        raise ApiError(400, "Invalid value for 'continuation_token'.")
    return found


def _tokens(talk: Conversation, percepts: tuple[Percept, ...]) -> dict[str, int]:
    letters = sum(len(text_of(step)) for step in (*talk.before, *talk.now))
    tokens = {"text": letters // LETTERS_PER_TOKEN + 1}
    for percept in percepts:
        tokens[percept.kind] = tokens.get(percept.kind, 0) + percept.tokens
    return tokens
