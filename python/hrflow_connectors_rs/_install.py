"""Gives this package's connector to programs that import it from hrflow-connectors 4."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import Enum
from functools import wraps
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any, Callable, Optional

#: Where hrflow-connectors 4 makes its connector of France Travail.
_CONNECTOR = "hrflow_connectors.v2.connectors.francetravail.connector"
#: Where it keeps the words of its results.
_RUN = "hrflow_connectors.v2.core.run"
#: What its own object keeps: it describes the connector to the rest of that package.
_KEPT = ("name", "type", "subtype", "description", "url", "warehouse", "flows", "manifest")


def install() -> None:
    """Does what `hrflow_connectors_rs.install` says."""
    if find_spec("hrflow_connectors") is None:
        raise ImportError(
            "there is no package `hrflow_connectors` to install the actions into: "
            "import them from `hrflow_connectors_rs.v2`, or install hrflow-connectors",
            name="hrflow_connectors",
        )
    install_on_import()


def install_on_import() -> None:
    """The same, and no error where there is no such package."""
    imported = sys.modules.get(_CONNECTOR)
    if imported is not None:
        _replace_actions(imported)
    elif not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


class _Finder(MetaPathFinder):
    """Finds the module of the connector where it is, and has its actions replaced."""

    def find_spec(
        self,
        fullname: str,
        path: Optional[Sequence[str]],
        target: Optional[ModuleType] = None,
    ) -> Optional[ModuleSpec]:
        """Finds that module only."""
        if fullname != _CONNECTOR:
            return None
        others = (finder for finder in sys.meta_path if not isinstance(finder, _Finder))
        for finder in others:
            spec = finder.find_spec(fullname, path, target)
            if spec is not None and spec.loader is not None:
                spec.loader = _Loader(spec.loader)
                return spec
        return None


class _Loader(Loader):
    """Loads the module as another loader does."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def __getattr__(self, name: str) -> Any:
        # Its source, its resources.
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> Optional[ModuleType]:
        """As the other does."""
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """As the other does; then the actions are replaced."""
        self._loader.exec_module(module)
        _replace_actions(module)


def _replace_actions(module: ModuleType) -> None:
    from hrflow_connectors_rs.v2 import FranceTravail

    theirs = module.FranceTravail
    if theirs is FranceTravail:
        return
    for name in dir(FranceTravail):
        if name.startswith("_") or name in _KEPT:
            continue
        attribute = getattr(FranceTravail, name)
        if name.endswith("_in_hrflow"):
            attribute = _in_their_words(attribute)
        elif name.endswith("_in_hrflow_async"):
            attribute = _in_their_words_async(attribute)
        setattr(theirs, name, attribute)


def _in_their_words(action: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(action)
    def run(**arguments: Any) -> Any:
        return _translated(action(**arguments))

    return run


def _in_their_words_async(action: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(action)
    async def run(**arguments: Any) -> Any:
        return _translated(await action(**arguments))

    return run


def _translated(result: Any) -> Any:
    words = sys.modules.get(_RUN)
    if words is not None:
        result.status = _same_word(words.Status, result.status)
        result.reason = _same_word(words.Reason, result.reason)
        result.events = type(result.events)(
            {_same_word(words.Event, event): n for event, n in result.events.items()}
        )
    return result


def _same_word(words: type[Enum], word: Enum) -> Enum:
    try:
        return words(word.value)
    except ValueError:
        # A reason that hrflow-connectors 4 does not know.
        return word
