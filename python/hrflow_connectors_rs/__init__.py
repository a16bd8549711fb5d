"""Syncs job offers from France Travail to HrFlow boards without losing any.

>>> from hrflow_connectors_rs.v2 import FranceTravail

`help(FranceTravail.archive_jobs_in_hrflow)` documents what the action takes. With
`hrflow_connectors_rs.sandbox()` everything can be tried without an account. A program that imports
from hrflow-connectors 4 gets these actions after `hrflow_connectors_rs.install()`.
"""

from hrflow_connectors_rs._sandbox import sandbox
from hrflow_connectors_rs._tasks import (
    Check,
    Plan,
    Service,
    check,
    check_async,
    items,
    items_async,
    plan,
    plan_async,
    referential,
    referential_async,
    retry,
    retry_async,
    runs,
    runs_async,
)

__all__ = [
    "Check",
    "Plan",
    "Service",
    "__version__",
    "check",
    "check_async",
    "install",
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
    "sandbox",
]

#: The version of the package.
__version__: str


def __getattr__(name: str) -> str:
    # The metadata is looked up by those only who ask for it.
    if name == "__version__":
        from importlib.metadata import version

        return version("hrflow-connectors-rs")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def install() -> None:
    """Makes `from hrflow_connectors.v2 import FranceTravail` run this package's actions.

    It is for a program in which hrflow-connectors 4 is installed as well: every other connector
    stays as it is there. The object stays the one of hrflow-connectors 4 and gets the actions of
    this package, so it does not matter who has imported it before. Results are in the words of
    `hrflow_connectors.v2.core.run`, as far as those have them.

    With `HRFLOW_CONNECTORS_RS_INSTALL=1` in the environment, Python does the same when it starts.

    Raises:
        ImportError: There is no package `hrflow_connectors`.
    """
    from hrflow_connectors_rs import _install

    _install.install()
