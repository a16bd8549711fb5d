"""What a connector says of itself."""

from hrflow_connectors_rs.v2.core.connector import *
from hrflow_connectors_rs.v2.core.connector import __all__ as __all__
