"""The connectors. Each has its actions as functions."""

from hrflow_connectors_rs.v2.connectors.francetravail import FranceTravail
from hrflow_connectors_rs.v2.core.connector import hrflow_connectors_manifest

__all__ = ["FranceTravail", "__CONNECTORS__", "hrflow_connectors_manifest"]

#: Every connector.
__CONNECTORS__ = [FranceTravail]
