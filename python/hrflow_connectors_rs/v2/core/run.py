"""What a run returns, and the words in which it says so."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field, fields
from enum import Enum
from html import escape
from typing import Any, Callable, Optional, Union

__all__ = [
    "ActionInitError",
    "AsyncFormatT",
    "AsyncLogicT",
    "CallbackT",
    "Event",
    "FailedItem",
    "FormatT",
    "LogicT",
    "LogicsT",
    "Reason",
    "RunFailed",
    "RunResult",
    "Status",
]


#: So many failed items are shown in a notebook.
_SHOWN = 20


class _Word(str, Enum):
    """A word of the engine. It equals its own text and the same word of hrflow-connectors 4, and
    prints as an enum's member does."""

    _value_: str

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

    read_success = "read_success"
    """Items that were read."""
    read_failure = "read_failure"
    """Items that could not be read."""
    format_failure = "format_failure"
    """Items that the format failed on."""
    logics_discard = "logics_discard"
    """Items that a logic discarded."""
    logics_failure = "logics_failure"
    """Items that a logic failed on."""
    write_failure = "write_failure"
    """Items that the target did not take."""
    callback_failure = "callback_failure"
    """Callbacks that failed: 0 or 1."""
    callback_executed = "callback_executed"
    """Callbacks that returned: 0 or 1."""
    getting_incremental_token_failure = "getting_incremental_token_failure"
    """Failures to save where the next incremental run starts."""

    @classmethod
    def empty_counter(cls) -> Counter[Event]:
        """Every counter, at zero."""
        return Counter({event: 0 for event in cls})


class Reason(_Word):
    """Why a run was fatal; `none` where it was not."""

    none = "none"
    """It was not fatal."""
    bad_origin_parameters = "bad_origin_parameters"
    """The parameters or the authentication of the origin do not parse."""
    bad_target_parameters = "bad_target_parameters"
    """The parameters or the authentication of the target do not parse."""
    bad_workflow = "bad_workflow"
    """Another argument does not parse."""
    read_failure = "read_failure"
    """Nothing could be read."""
    logics_failure = "logics_failure"
    """A logic failed on every item."""
    format_failure = "format_failure"
    """The format failed on every item that the logics kept."""
    write_failure = "write_failure"
    """Every write failed."""
    workflow_busy = "workflow_busy"
    """Another run of the same workflow is in progress."""
    filter_changed = "filter_changed"
    """The filter or the board of the workflow has changed since its last run."""
    store_failure = "store_failure"
    """The store could not be opened."""
    plan_outdated = "plan_outdated"
    """A saved plan is out of date."""
    workflow_id_not_found = "workflow_id_not_found"
    """No workflow has that id. For `ActionInitError`."""
    event_parsing_failure = "event_parsing_failure"
    """An event could not be parsed. For `ActionInitError`."""
    origin_is_not_readable = "origin_is_not_readable"
    """Kept for programs that name it; no run ends so."""
    target_is_not_writable = "target_is_not_writable"
    """Kept for programs that name it; no run ends so."""
    origin_does_not_support_incremental = "origin_does_not_support_incremental"
    """Kept for programs that name it; no run ends so."""
    backend_not_configured = "backend_not_configured"
    """Kept for programs that name it; no run ends so."""
    getting_incremental_token_failure = "getting_incremental_token_failure"
    """Kept for programs that name it; no run ends so."""
    mode_not_supported_by_origin = "mode_not_supported_by_origin"
    """Kept for programs that name it; no run ends so."""
    mode_not_supported_by_target = "mode_not_supported_by_target"
    """Kept for programs that name it; no run ends so."""


class Status(_Word):
    """How a run ended."""

    success = "success"
    """Nothing failed."""
    success_with_failures = "success_with_failures"
    """Something failed, not all."""
    fatal = "fatal"
    """Nothing was done: `RunResult.reason` says why."""


#: Looks at an item and returns it, changed or not, or `None` to discard it.
LogicT = Callable[[dict[str, Any]], Optional[dict[str, Any]]]
#: Several, each of which may be a jq program.
LogicsT = list[Union[LogicT, str]]
#: Makes of an item what is written to the target.
FormatT = Callable[[dict[str, Any]], dict[str, Any]]
#: Is called once, after the writes, with the parsed origin parameters, the parsed target
#: parameters, the events and the formatted items.
CallbackT = Callable[[Any, Any, Counter[Event], list[dict[str, Any]]], object]
#: The same for the actions that are awaited, which await what such a function returns.
AsyncLogicT = Callable[
    [dict[str, Any]],
    Union[Optional[dict[str, Any]], Awaitable[Optional[dict[str, Any]]]],
]
AsyncFormatT = Callable[[dict[str, Any]], Union[dict[str, Any], Awaitable[dict[str, Any]]]]


@dataclass
class ActionInitError:
    """Says that what should have begun a run failed. The run is then fatal, for its reason.

    Attributes:
        data: What was at hand when it failed.
        reason: Why.
    """

    data: dict[str, Any]
    reason: Reason


@dataclass
class FailedItem:
    """An item that failed, alone.

    Attributes:
        reference: The reference at the target, or the id at the origin where it failed before.
        stage: Where: `logic 1`, `format` or `write`.
        why: Why; for an exception its traceback.
        can_be_retried: Whether trying again can help.
    """

    reference: Optional[str]
    stage: str
    why: str
    can_be_retried: bool = False


@dataclass
class RunResult:
    """The result of a run.

    Attributes:
        incremental: Whether only what had not been delivered was asked for.
        status: How it ended.
        reason: Why, where it was fatal.
        events: What happened on the way: `events[Event.read_success]`.
        incremental_token: Where the next incremental run starts.
        outcomes: Number of items for each way to end at the target, such as `archived`, `failed`.
        items: The items that failed, in a logic, in the format or at the target.
        complete: Whether every item that the origin lists for the parameters was read.
        message: Details for a person: each problem of the arguments, or why a run ended early.
        hints: What to do about it.
        workflow_id: The workflow's name.
        action: The action's name.
        run_id: This run.
        started_at: When it began, as RFC 3339 writes it.
        duration_ms: How long it took, in milliseconds.
        resumed: Whether it resumed a run that was interrupted.
        interrupted: Whether it was interrupted itself.
        unsent: Items that were read and not sent, because the run was stopped.
        pending: Items that a mirror misses, and not for long enough to archive them.
        spent: Where the time went: `calls` and `waits` of each service, `functions_ms`.
    """

    incremental: bool
    status: Status
    reason: Reason = Reason.none
    events: Counter[Event] = field(default_factory=Event.empty_counter)
    incremental_token: Optional[str] = None
    outcomes: dict[str, int] = field(default_factory=dict)
    items: list[FailedItem] = field(default_factory=list)
    complete: bool = False
    message: Optional[str] = None
    workflow_id: str = ""
    action: str = ""
    run_id: str = ""
    started_at: str = ""
    duration_ms: int = 0
    resumed: bool = False
    interrupted: bool = False
    unsent: int = 0
    pending: int = 0
    hints: list[str] = field(default_factory=list)
    spent: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Every counter is there, whatever was given.
        self.events = _counted(self.events)

    @classmethod
    def of_report(cls, report: Mapping[str, Any]) -> RunResult:
        """The result that `to_dict` or the command line's `--output json` has written."""
        known = {each.name for each in fields(cls)}
        values = {name: value for name, value in report.items() if name in known}
        events = {Event(name): count for name, count in report.get("events", {}).items()}
        message, callback_failure = report.get("message"), report.get("callback_failure")
        if callback_failure is not None and message is None:
            message = f"the callback failed: {callback_failure}"
        return cls(
            **{
                **values,
                "status": Status(report["status"]),
                "reason": Reason(report["reason"]),
                "events": Counter(events),
                "items": [FailedItem(**item) for item in report.get("items", [])],
                "message": message,
                "hints": [_in_words(hint) for hint in report.get("hints", [])],
            }
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values: what `json.dumps` takes."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        values["status"], values["reason"] = self.status.value, self.reason.value
        values["events"] = {event.value: count for event, count in self.events.items()}
        values["items"] = [dict(vars(item)) for item in self.items]
        values["outcomes"], values["hints"] = dict(self.outcomes), list(self.hints)
        return values

    def to_json(self) -> str:
        """The same as JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False)

    def _repr_html_(self) -> str:
        """How notebooks show it: what became of the items, and what failed."""
        read = self.events[Event.read_success]
        counts = [("read", read), *((name, count) for name, count in self.outcomes.items() if count)]
        for event in (Event.logics_discard, Event.logics_failure, Event.format_failure):
            if self.events[event]:
                counts.append((event.value.replace("_", " "), self.events[event]))
        cells = (f"<tr><th>{escape(name)}</th><td>{count:,}</td></tr>" for name, count in counts)
        state = self.status.value
        if self.reason != Reason.none:
            state = f"{state}: {self.reason.value}"
        parts = [f"<p><b>{escape(self.workflow_id)}</b> {escape(state)}</p>"]
        parts.append("<table>" + "".join(cells) + "</table>")
        lines = [*(self.message or "").splitlines(), *self.hints]
        parts += [f"<p>{escape(line)}</p>" for line in lines]
        if self.items:
            told = (f"{item.reference}, {item.stage}: {item.why}" for item in self.items[:_SHOWN])
            parts.append("<ul>" + "".join(f"<li>{escape(text)}</li>" for text in told) + "</ul>")
        return "".join(parts)

    def raise_for_status(self, *, allow_failures: bool = True) -> RunResult:
        """Returns the result itself.

        Args:
            allow_failures: If `False`, `success_with_failures` raises as well.

        Raises:
            RunFailed: The run was fatal.
        """
        is_bad = self.status == Status.fatal or (
            not allow_failures and self.status == Status.success_with_failures
        )
        if is_bad:
            raise RunFailed(self)
        return self


class RunFailed(RuntimeError):
    """A run failed, and somebody asked for an exception. `result` is its result."""

    def __init__(self, result: RunResult) -> None:
        super().__init__(result)
        self.result = result

    def __str__(self) -> str:
        result = self.result
        failed = result.reason.value if result.status == Status.fatal else result.status.value
        named = f"{result.action} ({result.workflow_id}): {failed}"
        return f"{named}: {result.message}" if result.message else named


def _counted(events: Mapping[Event, int]) -> Counter[Event]:
    counter = Event.empty_counter()
    counter.update(events)
    return counter


#: What to do next, in Python's words.
_HINTS = {
    "allow_mass_archive": "if they are really gone, run again with `allow_mass_archive=True`",
    "make_new_plan": "make a new plan",
    "skip_changed": "make a new plan, or apply the rest of this one with `skip_changed=True`",
    "wait_for_other_run": "wait for it to end, or run with `wait=600`, which does",
}


def _in_words(hint: Any) -> str:
    """A hint of the engine; one that is in words already stays as it is."""
    if isinstance(hint, str):
        return _HINTS.get(hint, hint)
    ((name, value),) = hint.items()
    if name == "text":
        return str(value)
    if name == "resume":
        return f"run the same again: it continues run {value}"
    anew = 'give the workflow another `workflow_id`, or run once with `begin_anew="keep"`'
    if value["is_mirror"]:
        anew += '; with `begin_anew="archive"`, jobs that are no longer listed are archived'
    return anew
