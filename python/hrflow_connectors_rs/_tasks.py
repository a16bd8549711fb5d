"""What can be done beside running an action: plan, apply, check, retry, and look at the store."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Callable, Optional, TypeVar

from hrflow_connectors_rs.v2.core.run import RunFailed, RunResult

if sys.version_info >= (3, 10):
    from typing import ParamSpec
elif TYPE_CHECKING:
    from typing_extensions import ParamSpec

__all__ = [
    "Check",
    "Plan",
    "Service",
    "check",
    "check_async",
    "items",
    "items_async",
    "plan",
    "plan_async",
    "referential",
    "referential_async",
    "retry",
    "retry_async",
    "runs",
    "runs_async",
]

if TYPE_CHECKING or sys.version_info >= (3, 10):
    _Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


@dataclass
class Plan:
    """What a run would do, found out without changing anything.

    Attributes:
        result: How the run would end: its counters are those that it would have.
        steps: What would be done, a dict for each job: `outcome` (`created`, `updated` or
            `archived`), `reference`, `name`, `item`, `changes` and more.
    """

    result: RunResult
    steps: list[dict[str, Any]]
    _saved: dict[str, Any] = field(repr=False)
    _request: Any = field(repr=False, compare=False)

    def to_json(self) -> str:
        """The plan as text, which `hrflow-connectors apply` takes too if it needs no functions."""
        return json.dumps(self._saved, ensure_ascii=False)

    def apply(self, *, skip_changed: bool = False) -> RunResult:
        """Does what the plan says, with the same arguments and functions.

        Args:
            skip_changed: Skip steps that no longer hold, instead of refusing the plan.
        """
        from hrflow_connectors_rs._run import run

        return run(self._applied(skip_changed))

    async def apply_async(self, *, skip_changed: bool = False) -> RunResult:
        """The same as `apply`, to be awaited."""
        from hrflow_connectors_rs._run import run_async

        return await run_async(self._applied(skip_changed))

    def _applied(self, skip_changed: bool) -> Any:
        task = "apply_what_holds" if skip_changed else "apply"
        return self._request.for_task(task, self.to_json())


def plan(
    action: Callable[_Arguments, RunResult],
    *arguments: _Arguments.args,
    **named: _Arguments.kwargs,
) -> Plan:
    """Finds out what a run of an action would do. Changes neither the board nor the store.

    >>> plan(FranceTravail.sync_jobs_in_hrflow, workflow_id="paris", ...).apply()

    Args:
        action: An action, such as `FranceTravail.sync_jobs_in_hrflow`.
        arguments: None; they are all named.
        named: The action's own arguments.

    Raises:
        RunFailed: Nothing could be planned; `result` says why.
    """
    from hrflow_connectors_rs._run import report

    request = _request(action, named).for_task("plan")
    return _planned(request, report(request))


async def plan_async(
    action: Callable[_Arguments, RunResult],
    *arguments: _Arguments.args,
    **named: _Arguments.kwargs,
) -> Plan:
    """The same as `plan`, to be awaited."""
    from hrflow_connectors_rs._run import report_async

    request = _request(action, named).for_task("plan")
    return _planned(request, await report_async(request))


def _planned(request: Any, report: dict[str, Any]) -> Plan:
    result, saved = RunResult.of_report(report), report.get("plan")
    if saved is None:
        raise RunFailed(result)
    return Plan(result, saved["steps"], saved, request)


def retry(
    run_id: str,
    action: Callable[_Arguments, RunResult],
    *arguments: _Arguments.args,
    **named: _Arguments.kwargs,
) -> RunResult:
    """Sends again what failed in a run.

    Args:
        run_id: The run, or the part of its id that no other has.
        action: Its action, such as `FranceTravail.sync_jobs_in_hrflow`.
        arguments: None; they are all named.
        named: The action's own arguments: those of the run.

    Raises:
        LookupError: The store has no such run.
        ValueError: The run has not ended.
    """
    from hrflow_connectors_rs._run import run

    return run(_request(action, named).for_task("retry", run_id))


async def retry_async(
    run_id: str,
    action: Callable[_Arguments, RunResult],
    *arguments: _Arguments.args,
    **named: _Arguments.kwargs,
) -> RunResult:
    """The same as `retry`, to be awaited."""
    from hrflow_connectors_rs._run import run_async

    return await run_async(_request(action, named).for_task("retry", run_id))


@dataclass
class Service:
    """What one of the two services answered, or another thing that was checked.

    Attributes:
        service: Which.
        ok: Whether a run can rely on it.
        message: What it said.
        hint: What to do about it.
    """

    service: str
    ok: bool
    message: str
    hint: Optional[str] = None


@dataclass
class Check:
    """What `check` has found.

    Attributes:
        problems: What is wrong with the arguments, one problem a line; then nothing was asked.
        services: What both services answered.
        warnings: What a person should know before the run: `place`, `message` and `hint`.
        duties: What the licence of the offers asks for: `article`, `state` and `message`.
    """

    problems: Optional[str] = None
    services: list[Service] = field(default_factory=list)
    warnings: list[dict[str, Any]] = field(default_factory=list)
    duties: list[dict[str, Any]] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether a run could begin."""
        return self.problems is None and all(service.ok for service in self.services)


def check(
    action: Callable[_Arguments, RunResult],
    *arguments: _Arguments.args,
    **named: _Arguments.kwargs,
) -> Check:
    """Checks an action's arguments, and asks both services. Moves nothing; calls no function.

    Args:
        action: An action, such as `FranceTravail.sync_jobs_in_hrflow`.
        arguments: None; they are all named.
        named: The action's own arguments.
    """
    from hrflow_connectors_rs import _engine
    from hrflow_connectors_rs._worker import worker

    found = _engine.check(_request(action, named).arguments, _variables(), worker())
    found["services"] = [Service(**service) for service in found.get("services", [])]
    return Check(**found)


async def check_async(
    action: Callable[_Arguments, RunResult],
    *arguments: _Arguments.args,
    **named: _Arguments.kwargs,
) -> Check:
    """The same as `check`, to be awaited."""
    return await _in_thread(partial(check, action, *arguments, **named))


def runs(
    workflow_id: Optional[str] = None, *, store: Optional[str] = None
) -> list[dict[str, Any]]:
    """What the store remembers of runs, the newest first.

    Args:
        workflow_id: Only those of this workflow.
        store: Where state is kept, as for the actions.
    """
    from hrflow_connectors_rs import _engine

    return _engine.runs(workflow_id, store, _variables())


async def runs_async(
    workflow_id: Optional[str] = None, *, store: Optional[str] = None
) -> list[dict[str, Any]]:
    """The same as `runs`, to be awaited."""
    return await _in_thread(partial(runs, workflow_id, store=store))


def items(
    run_id: str, *, outcome: Optional[str] = None, store: Optional[str] = None
) -> list[dict[str, Any]]:
    """How each item of a run ended: `reference`, `outcome`, and for failures `stage` and `why`.

    Args:
        run_id: The run, or the part of its id that no other has.
        outcome: Only those that ended so, such as `failed`.
        store: Where state is kept, as for the actions.

    Raises:
        LookupError: The store has no such run.
    """
    from hrflow_connectors_rs import _engine

    return _engine.items(run_id, outcome, store, _variables())


async def items_async(
    run_id: str, *, outcome: Optional[str] = None, store: Optional[str] = None
) -> list[dict[str, Any]]:
    """The same as `items`, to be awaited."""
    return await _in_thread(partial(items, run_id, outcome=outcome, store=store))


def referential(
    name: str,
    *,
    client_id: Optional[str] = None,
    client_secret: Optional[str] = None,
    store: Optional[str] = None,
) -> list[dict[str, Any]]:
    """A list of the codes that a parameter takes: `code` and `libelle` of each.

    It is kept in the store for a day.

    Args:
        name: The list, such as `communes` or `metiers`.
        client_id: Without it, the variable `FRANCETRAVAIL_CLIENT_ID` is used.
        client_secret: Without it, the variable `FRANCETRAVAIL_CLIENT_SECRET` is used.
        store: Where state is kept, as for the actions.

    Raises:
        LookupError: There is no such list.
    """
    from hrflow_connectors_rs import _engine

    variables = _variables()
    credentials = (
        client_id or variables.get("FRANCETRAVAIL_CLIENT_ID", ""),
        client_secret or variables.get("FRANCETRAVAIL_CLIENT_SECRET", ""),
    )
    if not all(credentials):
        raise ValueError("France Travail's credentials are missing: `client_id`, `client_secret`")
    return _engine.code_list(name, credentials, store, variables)


async def referential_async(
    name: str,
    *,
    client_id: Optional[str] = None,
    client_secret: Optional[str] = None,
    store: Optional[str] = None,
) -> list[dict[str, Any]]:
    """The same as `referential`, to be awaited."""
    fetch = partial(
        referential, name, client_id=client_id, client_secret=client_secret, store=store
    )
    return await _in_thread(fetch)


def _request(action: Callable[..., RunResult], named: dict[str, Any]) -> Any:
    from hrflow_connectors_rs import _engine
    from hrflow_connectors_rs._run import Request

    name = getattr(action, "__name__", "")
    name = name[: -len("_async")] if name.endswith("_async") else name
    full = next((full for full in _engine.actions() if full.split(".")[1] == name), None)
    if full is None:
        known = ", ".join(full.split(".")[1] for full in _engine.actions())
        raise TypeError(f"expects an action, such as one of {known}, and is {action!r}")
    return Request(full, **named)


def _variables() -> dict[str, str]:
    from hrflow_connectors_rs._store import with_store

    return with_store(dict(os.environ))


async def _in_thread(call: Callable[[], _Result]) -> _Result:
    import asyncio

    return await asyncio.get_running_loop().run_in_executor(None, call)
