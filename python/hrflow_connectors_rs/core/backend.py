"""The names of hrflow-connectors 4 for where state is kept.

A program that calls `configure_store` runs as before: each call of an action finds its store by
itself, by the same variables.
"""

__all__ = ["configure_store", "store"]

#: There is no such object here: an action opens its store when it is called.
store = None


def configure_store() -> None:
    """Does nothing: an action finds its store when it is called."""
