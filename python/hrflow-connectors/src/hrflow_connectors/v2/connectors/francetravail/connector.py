"""France Travail, as Python calls it."""

from hrflow_connectors_rs.v2.connectors.francetravail.connector import *
from hrflow_connectors_rs.v2.connectors.francetravail.connector import __all__ as __all__
