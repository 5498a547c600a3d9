"""Are ids opaque, sortable, legal as labels, and read back exactly?"""

import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longwatch.domain.ids import INTERACTION, JOB, MESSAGE, MalformedIdError, decode, encode, new

LABEL = re.compile(r"[a-z0-9_-]{1,63}")
UUIDS = st.uuids()
PREFIXES = st.sampled_from([JOB, INTERACTION, MESSAGE])


@given(PREFIXES, UUIDS)
def test_an_id_is_read_back_exactly(prefix: str, value: uuid.UUID) -> None:
    assert decode(prefix, encode(prefix, value)) == value


@given(PREFIXES, UUIDS)
def test_an_id_is_a_prefix_and_26_characters_that_a_label_may_hold(prefix: str, value: uuid.UUID) -> None:
    written = encode(prefix, value)
    assert LABEL.fullmatch(written)
    assert len(written) == len(prefix) + 27


@given(UUIDS, UUIDS)
def test_ids_sort_as_their_uuids_do(first: uuid.UUID, second: uuid.UUID) -> None:
    assert (encode(JOB, first) < encode(JOB, second)) == (first < second)


def test_new_ids_grow_with_time() -> None:
    made = [new() for _ in range(200)]
    assert made == sorted(made)
    assert {value.version for value in made} == {7}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "job_",
        "job",
        "int_" + "0" * 26,
        "job_" + "0" * 25,
        "job_" + "0" * 27,
        "job_" + "0" * 25 + "u",
        "job_" + "0" * 25 + "A",
        "job_" + "z" * 26,
        "job_" + "0" * 25 + "\x00",
        "job_" + "\N{ARABIC-INDIC DIGIT ZERO}" * 26,
        "JOB_" + "0" * 26,
    ],
)
def test_anything_else_is_malformed(text: str) -> None:
    with pytest.raises(MalformedIdError):
        decode(JOB, text)


@given(st.text(max_size=40))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        value = decode(JOB, text)
    except MalformedIdError:
        return
    assert encode(JOB, value) == text
