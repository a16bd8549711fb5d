"""The connectors."""

from hrflow_connectors_rs.v2 import *
from hrflow_connectors_rs.v2 import __all__ as __all__
