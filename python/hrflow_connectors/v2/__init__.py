"""The connectors. Each has its actions as functions."""

from hrflow_connectors.v2.connectors.francetravail import FranceTravail

__all__ = ["FranceTravail"]
