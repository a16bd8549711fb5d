"""Carries out an action: begins a run in the engine, waits for it, and gives its result."""

from __future__ import annotations

import atexit
import logging
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from time import monotonic
from typing import Any, Optional, Union

from hrflow_connectors_rs import _engine
from hrflow_connectors_rs._store import with_store
from hrflow_connectors_rs._versions import version
from hrflow_connectors_rs._worker import worker
from hrflow_connectors_rs.v2.core.run import (
    ActionInitError,
    AsyncFormatT,
    AsyncLogicT,
    CallbackT,
    Event,
    Reason,
    RunResult,
    Status,
)

_LOGGER = logging.getLogger("hrflow_connectors")
_LOGGER.addHandler(logging.NullHandler())
#: The engine's levels as Python counts them, from the most talkative.
_LEVELS = (5, 10, 20, 30, 40)
#: How often log records are passed on and signals noticed, in seconds.
_TURN = 0.1
#: How long the runs of daemon threads are waited for when Python ends, in seconds.
_AT_EXIT = 5.0
#: The runs that somebody waits for.
_RUNNING: set[_engine.Run] = set()


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
        format: Optional[Union[AsyncFormatT, str]] = None,
        logics: Optional[Iterable[Union[AsyncLogicT, str]]] = None,
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

    def begin(self) -> Running:
        """Begins the run."""
        given, format, callback = self.functions
        logics = list(given or ())
        functions: list[Any] = [*logics, format]
        variables = with_store(dict(os.environ))
        _choose_records(variables.get("HRFLOW_CONNECTORS_LOG"))
        begun = _engine.Run.begin(
            self.arguments,
            logics,
            format,
            callback,
            [version(function) for function in functions],
            variables,
            worker(),
            self.task,
        )
        return Running(begun, [*functions, self._counted(callback)])

    def _counted(self, callback: Any) -> Any:
        def call(
            origin: dict[str, Any], target: dict[str, Any], events: Any, items: Any
        ) -> object:
            description = _engine.describe(self.arguments["action"])
            return callback(
                Parameters.of(description["pull_parameters"], origin),
                Parameters.of(description["push_parameters"], target),
                Counter({Event(name): count for name, count in events.items()}),
                items,
            )

        return call


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


class Running:
    """A run that has begun, and the functions that are called for it where it is waited for."""

    def __init__(self, run: _engine.Run, functions: list[Any]) -> None:
        self.run = run
        self._functions = functions

    def serve(self, call: _engine.Call) -> None:
        """Carries out a call. What is no `Exception` ends the run and reaches its caller."""
        try:
            output = self._functions[call.function](*call.arguments())
        except Exception as error:
            call.fail(_printed(error))
            return
        if hasattr(output, "__await__"):
            if hasattr(output, "close"):
                output.close()
            call.fail("only the action's `_async` twin awaits an `async def` function")
        else:
            call.answer(output)

    async def serve_async(self, call: _engine.Call) -> None:
        """The same, where what is to be awaited is awaited."""
        try:
            output = self._functions[call.function](*call.arguments())
            if hasattr(output, "__await__"):
                output = await output
        except Exception as error:
            call.fail(_printed(error))
        else:
            call.answer(output)


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
    _RUNNING.add(running.run)
    try:
        _wait(running)
    except BaseException:
        running.run.stop("interrupted")
        try:
            _wait(running)
        except BaseException:
            running.run.abort()
            raise
        raise
    finally:
        _RUNNING.discard(running.run)
    return running.run.result()


async def report_async(request: Request) -> dict[str, Any]:
    """The same without holding up the event loop."""
    refusal = request.refusal()
    if refusal is not None:
        return refusal.to_dict()
    running = request.begin()
    _RUNNING.add(running.run)
    try:
        await _wait_async(running)
    finally:
        _RUNNING.discard(running.run)
    return running.run.result()


def _wait(running: Running) -> None:
    # Between two turns Python looks after its signals.
    has_ended = False
    while not has_ended:
        has_ended, call = running.run.turn(_TURN)
        _pass_records_on(running.run)
        if call is not None:
            running.serve(call)


async def _wait_async(running: Running) -> None:
    import asyncio
    from threading import Thread

    turns: asyncio.Queue[_engine._Turn] = asyncio.Queue()
    watching = (running.run, asyncio.get_running_loop(), turns)
    Thread(target=_watch, args=watching, name="hrflow-connectors-watch", daemon=True).start()

    async def wait() -> None:
        has_ended = False
        while not has_ended:
            has_ended, call = await turns.get()
            _pass_records_on(running.run)
            if call is not None:
                await running.serve_async(call)

    try:
        await wait()
    except GeneratorExit:
        # Nothing can be awaited any more.
        running.run.stop("cancelled")
        raise
    except BaseException:
        running.run.stop("cancelled")
        try:
            await wait()
        except BaseException:
            running.run.abort()
            raise
        raise


def _watch(run: _engine.Run, loop: Any, turns: Any) -> None:
    """Tells the loop what happens, from a thread that may wait."""
    has_ended = False
    while not has_ended:
        turn = run.turn(_TURN)
        has_ended = turn[0]
        try:
            loop.call_soon_threadsafe(turns.put_nowait, turn)
        except RuntimeError:
            # The loop has been closed: nobody waits any more.
            run.stop("cancelled")
            return


def _end_all() -> None:
    """Ends the runs of daemon threads: nothing may return into an interpreter that ends."""
    runs, until = list(_RUNNING), monotonic() + _AT_EXIT
    for run in runs:
        run.stop("the program has ended")
    for run in runs:
        run.ended(max(0.0, until - monotonic()))
    _engine.interpreter_ends()


atexit.register(_end_all)
if hasattr(os, "register_at_fork"):
    # A forked process has none of its parent's threads, so none of its runs.
    os.register_at_fork(after_in_child=_RUNNING.clear)


def _plain(values: Mapping[str, Any]) -> Any:
    # What is no mapping goes on as it is, for the engine to refuse.
    return dict(values) if hasattr(values, "keys") else values


def _printed(error: Exception) -> str:
    """An exception as Python prints it, from the function's own frame on."""
    from traceback import format_exception

    traceback = error.__traceback__
    own = None if traceback is None else traceback.tb_next
    return "".join(format_exception(type(error), error, own or traceback)).rstrip()


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
