"""The names of hrflow-connectors 4, for the France Travail connector of hrflow-connectors-rs."""

from hrflow_connectors_rs import sandbox

__all__ = ["sandbox"]
