"""France Travail."""

from hrflow_connectors_rs.v2.connectors.francetravail import *
from hrflow_connectors_rs.v2.connectors.francetravail import __all__ as __all__
