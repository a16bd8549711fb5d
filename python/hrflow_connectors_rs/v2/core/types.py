"""The types of what a user puts between origin and target."""

from collections import Counter
from typing import Any, Callable, Optional

from hrflow_connectors_rs.v2.core.run import Event

__all__ = ["CallbackT", "FormatT", "LogicT"]

#: Looks at an item and returns it, changed or not, or `None` to discard it.
LogicT = Callable[[dict[str, Any]], Optional[dict[str, Any]]]
#: Makes of an item what is written to the target.
FormatT = Callable[[dict[str, Any]], dict[str, Any]]
#: Is called once, after the writes, with the parsed origin parameters, the parsed target
#: parameters, the events and the formatted items.
CallbackT = Callable[[Any, Any, Counter[Event], list[dict[str, Any]]], object]
