"""The types of what a user puts between origin and target."""

from hrflow_connectors_rs.v2.core.types import *
from hrflow_connectors_rs.v2.core.types import __all__ as __all__
