"""France Travail."""

from hrflow_connectors_rs.v2.connectors.francetravail.connector import FranceTravail

__all__ = ["FranceTravail"]
