"""Carries out an action: begins a run in the engine, waits for it, and gives its result."""

from __future__ import annotations

import atexit
import logging
import os
from collections import Counter
from contextvars import copy_context
from functools import partial

from hrflow_connectors_rs import _engine
from hrflow_connectors_rs._store import with_store
from hrflow_connectors_rs._worker import worker
from hrflow_connectors_rs.v2.core.run import (
    ActionInitError,
    Event,
    Reason,
    RunResult,
    Status,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from contextvars import Context
    from typing import Any, Callable, Optional, Union

    from hrflow_connectors_rs.v2.core.types import CallbackT, FormatT, LogicT

_LOGGER = logging.getLogger("hrflow_connectors")
_LOGGER.addHandler(logging.NullHandler())
# Before Python ends, it lets the engine's threads leave the callables that they are in.
atexit.register(_engine.close_gate, 5.0)
#: The engine's levels as Python counts them, from the most talkative.
_LEVELS = (5, 10, 20, 30, 40)
#: How often log records are passed on and signals noticed, in seconds.
_TURN = 0.1


class Request:
    """One call of an action: its arguments as they were given."""

    def __init__(
        self,
        action: str,
        *,
        workflow_id: str,
        connector_auth: Mapping[str, Any],
        hrflow_auth: Mapping[str, Any],
        pull_parameters: Mapping[str, Any],
        push_parameters: Mapping[str, Any],
        init_error: Optional[ActionInitError] = None,
        format: Optional[Union[FormatT, str]] = None,
        logics: Optional[Iterable[Union[LogicT, str]]] = None,
        callback: Optional[CallbackT] = None,
        **settings: Any,
    ) -> None:
        self.init_error = init_error
        self.functions = (logics, format, callback)
        # A plan is applied with the same functions.
        self.task: Optional[tuple[str, ...]] = None
        self.arguments: dict[str, Any] = {
            "action": action,
            "settings": {"workflow_id": workflow_id, **settings},
            "connector_auth": _plain(connector_auth),
            "hrflow_auth": _plain(hrflow_auth),
            "pull_parameters": _plain(pull_parameters),
            "push_parameters": _plain(push_parameters),
        }

    @property
    def workflow_id(self) -> Any:
        """The name that was given."""
        return self.arguments["settings"]["workflow_id"]

    @property
    def is_incremental(self) -> bool:
        """Whether only what was not delivered is asked for."""
        return bool(self.arguments["settings"].get("incremental"))

    def for_task(self, *task: str) -> Request:
        """The same call, to do something else than to run."""
        from copy import copy

        request = copy(self)
        request.task = task
        return request

    def refusal(self) -> Optional[RunResult]:
        """The result where a run is not even to begin."""
        error = self.init_error
        if error is None:
            return self._of_logics()
        message = f"the run was not begun: {error.reason.value}"
        _LOGGER.error("%s (workflow %s)", message, self.workflow_id)
        return RunResult(
            incremental=self.is_incremental,
            status=Status.fatal,
            reason=error.reason,
            message=message,
            workflow_id=self.workflow_id,
            action=self.arguments["action"],
        )

    def _of_logics(self) -> Optional[RunResult]:
        logics: Any = self.functions[0]
        if logics is None or not (
            callable(logics) or isinstance(logics, (str, bytes)) or hasattr(logics, "keys")
        ):
            return None
        kind = "a function" if callable(logics) else f"a {type(logics).__name__}"
        return RunResult(
            incremental=self.is_incremental,
            status=Status.fatal,
            reason=Reason.bad_workflow,
            message=f"`logics`: expects a list of functions or jq programs, and is {kind}\n"
            "  hint: write `logics=[...]`, also where there is only one",
            workflow_id=self.workflow_id,
            action=self.arguments["action"],
        )

    def begin(self, when_ended: Optional[Callable[[], object]] = None) -> _engine.Run:
        """Begins the run."""
        logics, format, callback = self.functions
        variables = with_store(dict(os.environ))
        _choose_records(variables.get("HRFLOW_CONNECTORS_LOG"))
        # The engine calls from a thread of its own; there, too, the caller's context holds.
        context = copy_context()
        return _engine.Run.begin(
            self.arguments,
            [_within(context, logic) for logic in logics or ()],
            _within(context, format),
            None if callback is None else _within(context, self._counted(callback)),
            variables,
            worker(),
            when_ended,
            self.task,
        )

    def _counted(self, callback: CallbackT) -> CallbackT:
        def call(
            origin: dict[str, Any], target: dict[str, Any], events: Any, items: Any
        ) -> None:
            description = _engine.describe(self.arguments["action"])
            callback(
                Parameters.of(description["pull_parameters"], origin),
                Parameters.of(description["push_parameters"], target),
                Counter({Event(name): count for name, count in events.items()}),
                items,
            )

        return call if callable(callback) else callback


class Parameters(dict):  # type: ignore[type-arg]  # `dict[str, Any]` as a base costs at import.
    """The parsed parameters that a callback is given: `parameters["range"]`, or
    `parameters.range`. Those that are not set are `None`."""

    @classmethod
    def of(cls, fields: list[dict[str, Any]], values: dict[str, Any]) -> Parameters:
        """Every parameter of an action, with the values of those that are set."""
        parameters = cls((field["name"], None) for field in fields)
        parameters.update(values)
        return parameters

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def run(request: Request) -> RunResult:
    """Carries out an action, and returns when it has ended."""
    return RunResult.of_report(report(request))


async def run_async(request: Request) -> RunResult:
    """The same without holding up the event loop."""
    return RunResult.of_report(await report_async(request))


def report(request: Request) -> dict[str, Any]:
    """Carries out an action, and returns what the engine says of it."""
    refusal = request.refusal()
    if refusal is not None:
        return refusal.to_dict()
    running = request.begin()
    try:
        _wait(running)
    except BaseException:
        running.stop("interrupted")
        try:
            _wait(running)
        except BaseException:
            running.abort()
            raise
        raise
    return _ended(running)


async def report_async(request: Request) -> dict[str, Any]:
    """The same without holding up the event loop."""
    import asyncio

    refusal = request.refusal()
    if refusal is not None:
        return refusal.to_dict()
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    running = request.begin(partial(_wake, loop, ended))

    async def wait() -> None:
        while not running.wait(0):
            try:
                await asyncio.wait_for(ended.wait(), _TURN)
            except asyncio.TimeoutError:
                pass
            _pass_records_on(running)

    try:
        await wait()
    except BaseException:
        running.stop("cancelled")
        try:
            await wait()
        except BaseException:
            running.abort()
            raise
        raise
    return _ended(running)


def _wake(loop: Any, ended: Any) -> None:
    try:
        loop.call_soon_threadsafe(ended.set)
    except RuntimeError:
        # The loop has been closed: nobody waits any more.
        pass


def _wait(running: _engine.Run) -> None:
    # Between two waits Python looks after its signals.
    while not running.wait(_TURN):
        _pass_records_on(running)


def _ended(running: _engine.Run) -> dict[str, Any]:
    _pass_records_on(running)
    raised = running.raised()
    if raised is not None:
        # A callable has asked for the end of more than its item, such as by `sys.exit()`.
        raise raised
    return running.result()


def _plain(values: Mapping[str, Any]) -> Any:
    # What is no mapping goes on as it is, for the engine to refuse.
    return dict(values) if hasattr(values, "keys") else values


def _within(context: Context, function: Any) -> Any:
    return partial(context.run, function) if callable(function) else function


def _choose_records(filter: Optional[str]) -> None:
    level = next((level for level in _LEVELS if _LOGGER.isEnabledFor(level)), 60)
    try:
        _engine.choose_records(filter, level)
    except ValueError as error:
        _LOGGER.warning("%s", error)
        _engine.choose_records(None, level)


def _pass_records_on(running: _engine.Run) -> None:
    for level, source, text, run in running.take_records():
        name = source.replace("::", ".")
        if not name.startswith("hrflow_connectors"):
            name = f"hrflow_connectors.{name}"
        logging.getLogger(name).log(level, "%s", text, extra=run)
