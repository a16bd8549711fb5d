"""The embedded sandbox: both services simulated on this machine."""

from __future__ import annotations

import os
import threading
from types import TracebackType
from typing import TYPE_CHECKING, Optional, Union

from hrflow_connectors_rs.v2.parameters import ConnectorAuth, HrflowAuth

if TYPE_CHECKING:
    from hrflow_connectors_rs._engine import Sandbox as Served

#: The sandboxes that run, the newest last.
_RUNNING: list[Sandbox] = []
#: What the variables were that lead to them, before the first of these began.
_OUTSIDE: dict[str, Optional[str]] = {}
_LOCK = threading.Lock()

#: A board that every sandbox has.
BOARD_KEY = "5a4db0c5a4db0c5a4db0c5a4db0c5a4db0c5a4db"


class Sandbox:
    """A sandbox, to be entered with `with`. Made by `hrflow_connectors_rs.sandbox`."""

    #: What the sandbox takes as France Travail's credentials: any that are not empty.
    connector_auth: ConnectorAuth = {"client_id": "sandbox", "client_secret": "sandbox"}
    #: What it takes as HrFlow's credentials: any that are not empty.
    hrflow_auth: HrflowAuth = {"api_secret": "ask_sandbox", "api_user": "sandbox@example.org"}
    #: A board that it has.
    board_key = BOARD_KEY

    def __init__(self, **chosen: object) -> None:
        self._chosen = chosen
        self._served: Optional[Served] = None

    @property
    def url(self) -> str:
        """Where it is, such as `http://127.0.0.1:8080`."""
        return self._running().url()

    def archived(self, board_key: str = BOARD_KEY) -> dict[str, int]:
        """A board's archived jobs: by reference, how often each was archived."""
        return self._running().archived(board_key)

    def offer_ids(self) -> list[str]:
        """The ids of the offers that France Travail lists."""
        return self._running().offer_ids()

    def start(self) -> Sandbox:
        """Starts it and turns this process to it; `with` does the same."""
        if self._served is not None:
            raise RuntimeError("the sandbox is running already")
        from hrflow_connectors_rs._engine import Sandbox as Served

        self._served = Served.start(self._chosen)
        with _LOCK:
            for name, address in self._served.variables().items():
                if not _RUNNING:
                    _OUTSIDE[name] = os.environ.get(name)
                os.environ[name] = address
            _RUNNING.append(self)
        return self

    def stop(self) -> None:
        """Ends it and restores the environment; `with` does the same."""
        served, self._served = self._served, None
        if served is None:
            return
        with _LOCK:
            _RUNNING.remove(self)
            for name, address in served.variables().items():
                if os.environ.get(name) == address:
                    _lead(name)
        served.stop()

    def __enter__(self) -> Sandbox:
        return self.start()

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.stop()

    def _running(self) -> Served:
        if self._served is None:
            raise RuntimeError("the sandbox is not running: enter it with `with`")
        return self._served


def _lead(name: str) -> None:
    """Turns a variable to the newest sandbox that runs, or to what it was before them all."""
    newest = _RUNNING[-1]._served if _RUNNING else None
    address = newest.variables()[name] if newest is not None else _OUTSIDE[name]
    if address is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = address


def sandbox(
    *,
    offers: int = 3000,
    seed: int = 1,
    board_holds: float = 1.0,
    faults: float = 0.0,
    offers_file: Optional[Union[str, os.PathLike[str]]] = None,
    port: int = 0,
    francetravail_rate: Optional[float] = 10.0,
    francetravail_latency: float = 0.0,
    hrflow_rate: Optional[float] = None,
    hrflow_latency: float = 0.0,
) -> Sandbox:
    """Both services simulated on this machine, so that everything can be tried with no account.

    While it is entered, `FRANCETRAVAIL_API_URL`, `FRANCETRAVAIL_TOKEN_URL` and `HRFLOW_API_URL`
    in `os.environ` lead every run of this process to it; then they are what they were.

    >>> with sandbox(offers=200) as box:
    ...     len(box.offer_ids())
    200

    Args:
        offers: How many offers it makes up.
        seed: The number from which offers and faults are drawn.
        board_holds: How many of the offers each board holds as jobs, from 0 to 1.
        faults: How many of the calls go wrong, from 0 to 1.
        offers_file: A file of recorded offers in place of made-up ones.
        port: The port on the loopback interface; 0 for any that is free.
        francetravail_rate: Searches a second that are allowed; `None` for as many as come.
        francetravail_latency: How long an answer of France Travail takes, in seconds.
        hrflow_rate: Calls a second that HrFlow allows; `None` for as many as come.
        hrflow_latency: How long an answer of HrFlow takes, in seconds.
    """
    return Sandbox(
        offers=offers,
        seed=seed,
        board_holds=board_holds,
        faults=faults,
        offers_file=offers_file,
        port=port,
        francetravail_rate=francetravail_rate,
        francetravail_latency=francetravail_latency,
        hrflow_rate=hrflow_rate,
        hrflow_latency=hrflow_latency,
    )
