"""What a run returns, and the words in which it says so."""

from __future__ import annotations

from collections import Counter
from enum import Enum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Optional

__all__ = ["ActionInitError", "Event", "FailedItem", "Reason", "RunResult", "Status"]


class _Word(str, Enum):
    """A word of the engine. It equals its own text and the same word of hrflow-connectors 4, and
    prints as an enum's member does."""

    def __new__(cls, value: str) -> _Word:
        word = str.__new__(cls, value)
        word._value_ = value
        return word

    __str__ = Enum.__str__
    # The members of another enum are hashed by their names, which are these texts.
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Enum) and not isinstance(other, str):
            return type(other).__name__ == type(self).__name__ and other.value == self._value_
        return str.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        # That of `str` would not ask.
        return not self == other

    def __format__(self, specification: str) -> str:
        return format(str(self), specification)


class Event(_Word):
    """What a run counts."""

    #: Items that were read.
    read_success = "read_success"
    #: Readings that broke off.
    read_failure = "read_failure"
    #: Items that the format failed on.
    format_failure = "format_failure"
    #: Items that a logic discarded.
    logics_discard = "logics_discard"
    #: Items that a logic failed on.
    logics_failure = "logics_failure"
    #: Items that the target did not take.
    write_failure = "write_failure"
    #: Callbacks that failed: 0 or 1.
    callback_failure = "callback_failure"
    #: Callbacks that returned: 0 or 1.
    callback_executed = "callback_executed"
    #: Failures to keep what the next incremental run goes on from.
    getting_incremental_token_failure = "getting_incremental_token_failure"

    @classmethod
    def empty_counter(cls) -> Counter[Event]:
        """Every counter, at zero."""
        return Counter({event: 0 for event in cls})


class Reason(_Word):
    """Why a run was fatal; `none` where it was not."""

    #: It was not fatal.
    none = "none"
    #: The parameters or the authentication of the origin do not parse.
    bad_origin_parameters = "bad_origin_parameters"
    #: The parameters or the authentication of the target do not parse.
    bad_target_parameters = "bad_target_parameters"
    #: Another argument does not parse.
    bad_workflow = "bad_workflow"
    #: Nothing could be read.
    read_failure = "read_failure"
    #: A logic failed on every item.
    logics_failure = "logics_failure"
    #: The format failed on every item that the logics kept.
    format_failure = "format_failure"
    #: Every write failed.
    write_failure = "write_failure"
    #: Another run of the same workflow is under way.
    workflow_busy = "workflow_busy"
    #: What an incremental workflow reads, or where it writes, is not what it was.
    filter_changed = "filter_changed"
    #: The store could not be opened.
    store_failure = "store_failure"
    #: A saved plan no longer fits the world.
    plan_outdated = "plan_outdated"
    #: No workflow has that id. For `ActionInitError`.
    workflow_id_not_found = "workflow_id_not_found"
    #: An event could not be parsed. For `ActionInitError`.
    event_parsing_failure = "event_parsing_failure"
    #: Kept for programs that name it; no run ends so.
    origin_is_not_readable = "origin_is_not_readable"
    #: Kept for programs that name it; no run ends so.
    target_is_not_writable = "target_is_not_writable"
    #: Kept for programs that name it; no run ends so.
    origin_does_not_support_incremental = "origin_does_not_support_incremental"
    #: Kept for programs that name it; no run ends so.
    backend_not_configured = "backend_not_configured"
    #: Kept for programs that name it; no run ends so.
    getting_incremental_token_failure = "getting_incremental_token_failure"
    #: Kept for programs that name it; no run ends so.
    mode_not_supported_by_origin = "mode_not_supported_by_origin"
    #: Kept for programs that name it; no run ends so.
    mode_not_supported_by_target = "mode_not_supported_by_target"


class Status(_Word):
    """How a run ended."""

    #: Nothing failed.
    success = "success"
    #: Something failed, not all.
    success_with_failures = "success_with_failures"
    #: Nothing could be done, or nothing came of it.
    fatal = "fatal"


class _Record:
    """Named values that compare, print and pickle as one would expect."""

    __slots__: tuple[str, ...] = ()
    __hash__ = None  # type: ignore[assignment]  # It holds what can change.

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.__slots__)

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"{type(self).__name__}({values})"


class ActionInitError(_Record):
    """Says that what should have begun a run failed. The run is then fatal, for its reason."""

    __slots__ = ("data", "reason")

    def __init__(self, data: dict[str, Any], reason: Reason) -> None:
        #: What was at hand when it failed.
        self.data = data
        #: Why.
        self.reason = reason


class FailedItem(_Record):
    """An item that failed, alone."""

    __slots__ = ("reference", "stage", "why", "can_be_retried")

    def __init__(
        self,
        reference: Optional[str],
        stage: str,
        why: str,
        can_be_retried: bool = False,
    ) -> None:
        #: The reference at the target, or the id at the origin where it failed before.
        self.reference = reference
        #: Where: `logic 1`, `format` or `write`.
        self.stage = stage
        #: Why; for an exception its traceback.
        self.why = why
        #: Whether trying again can help.
        self.can_be_retried = can_be_retried


class RunResult(_Record):
    """The result of a run."""

    __slots__ = (
        "incremental",
        "status",
        "reason",
        "events",
        "incremental_token",
        "outcomes",
        "items",
        "complete",
        "message",
        "workflow_id",
        "action",
        "run_id",
        "started_at",
        "duration_ms",
    )

    def __init__(
        self,
        incremental: bool,
        status: Status,
        reason: Reason = Reason.none,
        events: Optional[Mapping[Event, int]] = None,
        incremental_token: Optional[str] = None,
        outcomes: Optional[dict[str, int]] = None,
        items: Optional[list[FailedItem]] = None,
        complete: bool = False,
        message: Optional[str] = None,
        workflow_id: str = "",
        action: str = "",
        run_id: str = "",
        started_at: str = "",
        duration_ms: int = 0,
    ) -> None:
        #: Whether only what had not been delivered was asked for.
        self.incremental = incremental
        #: How it ended.
        self.status = status
        #: Why, where it was fatal.
        self.reason = reason
        #: What happened on the way: `events[Event.read_success]`.
        self.events: Counter[Event] = Event.empty_counter()
        self.events.update(events or {})
        #: Where the next incremental run goes on.
        self.incremental_token = incremental_token
        #: How many items ended in each way at the target: `archived`, `missing`, `failed`.
        self.outcomes: dict[str, int] = {} if outcomes is None else outcomes
        #: The items that failed, in a logic, in the format or at the target.
        self.items: list[FailedItem] = [] if items is None else items
        #: Whether every item that the origin lists for the parameters was read.
        self.complete = complete
        #: What a person should know: each problem of the arguments, or why a run ended early.
        self.message = message
        #: The workflow's name.
        self.workflow_id = workflow_id
        #: The action's name.
        self.action = action
        #: This run.
        self.run_id = run_id
        #: When it began, as RFC 3339 writes it.
        self.started_at = started_at
        #: How long it took, in milliseconds.
        self.duration_ms = duration_ms
