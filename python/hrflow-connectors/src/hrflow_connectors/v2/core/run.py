"""What a run returns, and the words in which it says so."""

from hrflow_connectors_rs.v2.core.run import *
from hrflow_connectors_rs.v2.core.run import __all__ as __all__
