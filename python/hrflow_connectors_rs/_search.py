"""The offers that a search finds, one by one, without writing anything."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from queue import Full, Queue
from threading import Event, Thread
from typing import Any, Optional

from hrflow_connectors_rs.v2.core.run import RunFailed, RunResult, Status
from hrflow_connectors_rs.v2.parameters import ConnectorAuth, PullParameters

__all__ = ["Search"]

#: So many offers wait at most to be taken.
_AHEAD = 1000
#: A search takes the way of an action that is told to write nothing, so it names a board that
#: nobody asks for.
_NOWHERE = "0" * 40
_END = object()
#: How often a full queue is looked at, in seconds.
_TURN = 0.1


class Search:
    """An iterator, and an async iterator, of the offers that a search finds.

    It reads past the service's limit of 3,150 results, as the actions do. It can be iterated once.

    Attributes:
        result: How the reading ended, once every offer was taken; `None` before.
    """

    def __init__(self, connector_auth: ConnectorAuth, pull_parameters: PullParameters) -> None:
        self.result: Optional[RunResult] = None
        self._shared = _Shared(connector_auth, pull_parameters)
        self._reader: Optional[Thread] = None

    @property
    def complete(self) -> bool:
        """Whether every offer that the service lists for the parameters was read."""
        return self.result is not None and self.result.complete

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return self

    def __next__(self) -> dict[str, Any]:
        if self._reader is None:
            name = "hrflow-connectors-search"
            self._reader = Thread(target=self._shared.read, name=name, daemon=True)
            self._reader.start()
        offer: Any = self._shared.take()
        if offer is not _END:
            return offer  # type: ignore[no-any-return]  # What the reader has put there.
        self._reader.join()
        self.result, error = self._shared.result, self._shared.error
        self._shared.error = None
        if error is not None:
            raise error
        raise StopIteration

    def __aiter__(self) -> AsyncIterator[dict[str, Any]]:
        return self

    async def __anext__(self) -> dict[str, Any]:
        import asyncio

        loop = asyncio.get_running_loop()
        offer = await loop.run_in_executor(None, next, self, _END)
        if offer is _END:
            raise StopAsyncIteration
        return offer  # type: ignore[return-value]  # The end is told apart above.

    def close(self) -> None:
        """Ends the reading early."""
        self._shared.is_closed.set()

    def __enter__(self) -> Search:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def to_pandas(self) -> Any:
        """The offers as a `pandas.DataFrame`; pandas must be installed."""
        import pandas

        return pandas.DataFrame(list(self))

    def to_arrow(self) -> Any:
        """The offers as a `pyarrow.Table`; pyarrow must be installed."""
        import pyarrow

        return pyarrow.Table.from_pylist(list(self))


class _Closed(BaseException):
    """Nobody takes offers any more. It ends the run."""


class _Shared:
    """What a search and its reader share. A search that nobody holds any more ends its reader."""

    def __init__(self, connector_auth: ConnectorAuth, pull_parameters: PullParameters) -> None:
        self.result: Optional[RunResult] = None
        self.error: Optional[BaseException] = None
        self.is_closed = Event()
        self._parameters = (connector_auth, pull_parameters)
        self._offers: Queue[Any] = Queue(_AHEAD)

    def take(self) -> Any:
        """The next offer, or the end."""
        offer = _END if self.is_closed.is_set() else self._offers.get()
        if offer is _END:
            self.is_closed.set()
        return offer

    def read(self) -> None:
        """Reads everything."""
        try:
            self.result = self._run()
            if self.result.status is Status.fatal:
                self.error = RunFailed(self.result)
        except _Closed:
            pass
        except BaseException as error:
            self.error = error
        finally:
            self._put(_END)

    def _run(self) -> RunResult:
        from hrflow_connectors_rs._run import Request, run

        connector_auth, pull_parameters = self._parameters
        request = Request(
            "francetravail.archive_jobs_in_hrflow",
            workflow_id="search",
            connector_auth=connector_auth,
            hrflow_auth={"api_secret": "unused", "api_user": "unused"},
            pull_parameters=pull_parameters,
            push_parameters={"board_key": _NOWHERE},
            logics=[self._hand_over],
            persist=False,
        )
        return run(request)

    def _hand_over(self, offer: dict[str, Any]) -> None:
        # A logic that returns nothing discards its item.
        if not self._put(offer):
            raise _Closed

    def _put(self, offer: Any) -> bool:
        while not self.is_closed.is_set():
            try:
                self._offers.put(offer, timeout=_TURN)
                return True
            except Full:
                continue
        return False
