import json
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from longwatch.demo.sse import END, Event, EventReader

KEEP_ALIVE = b": still here\n\n"
CLOSING = b"event: end\ndata: {}\n\n"


def written(sequence: int, said: str) -> bytes:
    body = json.dumps({"sequence": sequence, "data": {"text": said}}, ensure_ascii=False)
    return f"id: {sequence}\nevent: job.progress\ndata: {body}\n\n".encode()


def read(stream: bytes, *, cuts: list[int]) -> list[Event]:
    reader, edges = EventReader(), sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts)})
    pieces = [stream[start:end] for start, end in pairwise(edges)]
    return [event for piece in pieces for event in reader.feed(piece)]


@given(st.lists(st.text(st.characters(codec="utf-8"))), st.lists(st.integers(min_value=0)))
def test_events_come_whole_however_the_stream_is_cut(thoughts: list[str], cuts: list[int]) -> None:
    stream = KEEP_ALIVE.join(written(number, said) for number, said in enumerate(thoughts, start=1)) + CLOSING
    *events, last = read(stream, cuts=cuts)
    assert [event.data["text"] for event in events] == thoughts
    assert [event.sequence for event in events] == list(range(1, len(thoughts) + 1))
    assert last.type == END


def test_what_is_not_finished_is_kept_for_later() -> None:
    reader = EventReader()
    whole = written(1, "half a thought")
    assert list(reader.feed(whole[:-1])) == []
    assert [event.data for event in reader.feed(whole[-1:])] == [{"text": "half a thought"}]


def test_the_closing_event_has_no_number_and_no_data() -> None:
    (closing,) = read(CLOSING, cuts=[])
    assert (closing.sequence, closing.data) == (0, {})
