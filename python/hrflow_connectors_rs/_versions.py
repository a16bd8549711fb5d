"""Tells functions apart by what they do, so that a run goes on only with those it began with."""

from __future__ import annotations

import sys
from functools import partial
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional

_PLAIN = (type(None), bool, int, float, complex, str, bytes, type(...))
#: Modules that change with Python only; none are known before 3.10.
_STANDARD = frozenset(getattr(sys, "stdlib_module_names", ()))


class _Unknown(Exception):
    """Nobody can tell what a function does."""


def version(function: Any) -> Optional[str]:
    """A text that changes when the function's code does, or `None` where nobody can tell.

    What counts is its code, its defaults, and the values and functions that it names. Whatever may
    change without a trace, such as an object, a list or a module of the user, is unknown.
    """
    if not callable(function):
        return None
    try:
        told = _told(function, ())
    except (_Unknown, RecursionError):
        return None
    from hashlib import sha256

    return sha256(f"{sys.version}\n{told}".encode("utf-8", "backslashreplace")).hexdigest()


def _told(value: Any, within: tuple[Any, ...]) -> str:
    if type(value) in _PLAIN:
        return f"{type(value).__name__} {value!r}"
    if type(value) in (tuple, frozenset):
        parts = [_told(part, within) for part in value]
        # The order of a set is another in each process.
        return f"{type(value).__name__} {parts if type(value) is tuple else sorted(parts)}"
    if isinstance(value, CodeType):
        return _code(value, within)
    if isinstance(value, FunctionType):
        return _function(value, within)
    if type(value) is partial:
        given: list[Any] = [value.func, value.args, tuple(sorted(value.keywords.items()))]
        return f"partial {[_told(part, within) for part in given]}"
    return _standard(value)


def _standard(value: Any) -> str:
    if isinstance(value, ModuleType):
        module, name = value.__name__, ""
    elif isinstance(value, (type, BuiltinFunctionType)):
        # A method of an object is no function of a module: the object may change.
        owner = getattr(value, "__self__", None)
        if owner is not None and not isinstance(owner, ModuleType):
            raise _Unknown
        module, name = value.__module__ or "", value.__qualname__
    else:
        raise _Unknown
    if module.partition(".")[0] not in _STANDARD or module == "__main__":
        raise _Unknown
    return f"standard {module} {name}"


def _function(function: FunctionType, within: tuple[Any, ...]) -> str:
    if function in within:
        return f"again {within.index(function)}"
    within = (*within, function)
    defaults = tuple(sorted((function.__kwdefaults__ or {}).items()))
    try:
        cells = tuple(cell.cell_contents for cell in function.__closure__ or ())
    except ValueError:
        raise _Unknown from None
    parts = [function.__defaults__, defaults, cells, *_named(function)]
    return _code(function.__code__, within) + repr([_told(part, within) for part in parts])


def _named(function: FunctionType) -> list[Any]:
    """The global names that a function uses, with their values."""
    found: list[Any] = []
    for code in _codes(function.__code__):
        for name in code.co_names:
            if name in function.__globals__:
                found += (name, function.__globals__[name])
    return found


def _codes(code: CodeType) -> list[CodeType]:
    inner = [part for part in code.co_consts if isinstance(part, CodeType)]
    return [code, *(deeper for part in inner for deeper in _codes(part))]


def _code(code: CodeType, within: tuple[Any, ...]) -> str:
    from dis import get_instructions

    for step in get_instructions(code):
        root = str(step.argval).partition(".")[0]
        if step.opname == "IMPORT_NAME" and root not in _STANDARD:
            raise _Unknown
    names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    counts = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags)
    caught = getattr(code, "co_exceptiontable", b"")
    constants = [_told(constant, within) for constant in code.co_consts]
    return repr((code.co_code, names, counts, caught, constants))
