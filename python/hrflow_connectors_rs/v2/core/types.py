"""The types of what a user puts between origin and target."""

from hrflow_connectors_rs.v2.core.run import CallbackT, FormatT, LogicsT, LogicT

__all__ = ["CallbackT", "FormatT", "LogicT", "LogicsT"]
