"""The parameters as typed dicts."""

from hrflow_connectors_rs.v2.parameters import *
from hrflow_connectors_rs.v2.parameters import __all__ as __all__
