"""The engine that the Python package is written over. Private: its names may change."""

from collections.abc import Callable, Sequence
from typing import Any, Optional, Union, final

__all__ = [
    "Call",
    "Run",
    "Sandbox",
    "actions",
    "check",
    "choose_records",
    "code_list",
    "command_line",
    "describe",
    "format_job",
    "interpreter_ends",
    "items",
    "jq_worker",
    "runs",
]

#: How a process is started that evaluates jq programs: the program, its arguments, its variables.
_Worker = tuple[str, list[str], dict[str, str]]

#: Whether the run has ended, and a call to be carried out.
_Turn = tuple[bool, Optional[Call]]

@final
class Call:
    """A call that a run asks for, to be carried out by whoever waits for it."""

    @property
    def function(self) -> int:
        """Which function: its place among the logics, the format and the callback."""

    def arguments(self) -> tuple[Any, ...]:
        """What it is called with; to be taken once."""

    def answer(self, output: object) -> None:
        """Gives the run what the function has given."""

    def fail(self, why: str) -> None:
        """Tells the run that the function has failed."""

@final
class Run:
    """A run that has begun."""

    @staticmethod
    def begin(
        arguments: dict[str, Any],
        logics: Sequence[Union[Callable[[Any], Any], str]],
        format: Optional[Union[Callable[[Any], Any], str]],
        callback: Optional[Callable[[Any, Any, Any, Any], object]],
        versions: Sequence[Optional[str]],
        variables: dict[str, str],
        worker: _Worker,
        task: Optional[tuple[str, ...]] = None,
    ) -> Run:
        """Checks the arguments and begins. What is wrong with them is told by the result."""

    def turn(self, seconds: float) -> _Turn:
        """Waits for something to happen, at most so many seconds."""

    def ended(self, seconds: float) -> bool:
        """Waits for the end, at most so many seconds, and says whether it has come."""

    def take_records(self) -> list[tuple[int, str, str, dict[str, str]]]:
        """Takes the log records that wait, each as its level, its source, its text, and what tells
        the run."""

    def stop(self, why: str) -> None:
        """Ends the run early and well: what is in flight finishes."""

    def abort(self) -> None:
        """Ends the run at once."""

    def result(self) -> dict[str, Any]:
        """The result as a `dict`, once the run has ended."""

@final
class Sandbox:
    """Both services, simulated on one port of this machine."""

    @staticmethod
    def start(chosen: dict[str, Any]) -> Sandbox:
        """Starts it; it takes calls when this returns."""

    def url(self) -> str:
        """Where it is."""

    def variables(self) -> dict[str, str]:
        """The variables that turn a run to it."""

    def archived(self, board_key: str) -> dict[str, int]:
        """A board's archived jobs: by reference, how often each was archived."""

    def offer_ids(self) -> list[str]:
        """The ids of the offers that are listed."""

    def stop(self) -> None:
        """Ends it; a second time changes nothing."""

def interpreter_ends() -> None:
    """Says that the calling thread ends the interpreter: no other returns into it from here on."""

def actions() -> list[str]:
    """The names of all actions."""

def describe(action: str) -> dict[str, Any]:
    """What an action takes, as `describe` prints it."""

def command_line(arguments: list[str], worker: _Worker) -> int:
    """Does what the command line's arguments say, the program's name first."""

def jq_worker() -> int:
    """Evaluates jq programs for the process that has started this one."""

def choose_records(filter: Optional[str], level: int) -> None:
    """Sets what the engine logs."""

def runs(
    workflow_id: Optional[str], store: Optional[str], variables: dict[str, str]
) -> list[dict[str, Any]]:
    """What the store remembers of runs, the newest first."""

def items(
    run_id: str, outcome: Optional[str], store: Optional[str], variables: dict[str, str]
) -> list[dict[str, Any]]:
    """How each item of a run ended."""

def code_list(
    name: Optional[str],
    credentials: tuple[str, str],
    store: Optional[str],
    variables: dict[str, str],
) -> list[Any]:
    """A list of codes by its name; without a name, the lists that there are."""

def check(
    arguments: dict[str, Any], variables: dict[str, str], worker: _Worker
) -> dict[str, Any]:
    """Asks both services whether they would answer. Changes nothing."""

def format_job(
    offer: object, terms: tuple[bool, bool, str, Optional[str]]
) -> dict[str, Any]:
    """The job that the actions write of an offer where nobody gives a format."""
