"""Words for what a connector moves, and how."""

from hrflow_connectors_rs.v2.core.common import *
from hrflow_connectors_rs.v2.core.common import __all__ as __all__
