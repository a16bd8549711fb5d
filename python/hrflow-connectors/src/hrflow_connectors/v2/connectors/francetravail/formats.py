"""What the actions make of an offer where nobody gives a format."""

from hrflow_connectors_rs.v2.connectors.francetravail.formats import *
from hrflow_connectors_rs.v2.connectors.francetravail.formats import __all__ as __all__
