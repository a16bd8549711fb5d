"""The connectors. Each has its actions as functions."""

from hrflow_connectors_rs.v2.connectors.francetravail import FranceTravail

__all__ = ["FranceTravail"]
