"""Where state is kept."""

from hrflow_connectors_rs.core.backend import *
from hrflow_connectors_rs.core.backend import __all__ as __all__
