"""The enums and records are what programs of the predecessor expect."""

from __future__ import annotations

import copy
import enum
import pickle
from collections import Counter
from typing import Any

import pytest

from hrflow_connectors_rs.v2.core.run import (
    ActionInitError,
    Event,
    FailedItem,
    Reason,
    RunResult,
    Status,
)


@pytest.mark.parametrize("word", [*Event, *Reason, *Status])
def test_a_word_is_equal_hashable_and_picklable(word: Event | Reason | Status) -> None:
    assert word == type(word)(word.value)
    assert word == word.value
    assert hash(word) == hash(word.value)
    assert {word: 1}[type(word)(word.value)] == 1
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(word, protocol)) is word
    assert copy.deepcopy(word) is word
    assert str(word) == f"{word}" == f"{type(word).__name__}.{word.name}"


def test_the_words_of_the_predecessor_are_there() -> None:
    assert [event.value for event in Event] == [
        "read_success",
        "read_failure",
        "format_failure",
        "logics_discard",
        "logics_failure",
        "write_failure",
        "callback_failure",
        "callback_executed",
        "getting_incremental_token_failure",
    ]
    assert [status.name for status in Status] == ["success", "success_with_failures", "fatal"]
    assert Reason.none.value == "none"
    assert set(Event.empty_counter().values()) == {0}


def test_a_result_is_equal_and_picklable() -> None:
    result = RunResult(
        incremental=False,
        status=Status.success_with_failures,
        events=Counter({Event.read_success: 3}),
        items=[FailedItem("1", "write", "because", True)],
    )
    assert result.reason is Reason.none
    assert result.events[Event.read_success] == 3
    assert result.events[Event.read_failure] == 0
    assert pickle.loads(pickle.dumps(result)) == result
    assert copy.deepcopy(result) == result
    assert result != RunResult(incremental=False, status=Status.success)
    assert "status=<Status.success_with_failures" in repr(result)
    with pytest.raises(TypeError):
        hash(result)


def test_an_init_error_holds_its_data() -> None:
    error = ActionInitError(data={"a": 1}, reason=Reason.event_parsing_failure)
    assert error == ActionInitError({"a": 1}, Reason.event_parsing_failure)
    assert error.data == {"a": 1}


class _Theirs:
    """Enums with the names of hrflow-connectors 4."""

    class Status(enum.Enum):
        success = "success"
        fatal = "fatal"

    class Reason(enum.Enum):
        success = "success"


def test_a_word_equals_the_same_word_of_the_predecessor() -> None:
    ours: Any = Status.success
    theirs: Any = _Theirs.Status.success
    assert ours == theirs and theirs == ours and not ours != theirs
    assert hash(ours) == hash(theirs)
    assert {ours: 1}[theirs] == {theirs: 1}[ours] == 1
    assert ours != _Theirs.Status.fatal
    assert ours != _Theirs.Reason.success
