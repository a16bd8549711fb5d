"""Moves job offers from their origin to HrFlow boards, and loses none.

>>> from hrflow_connectors.v2 import FranceTravail

`help(FranceTravail.archive_jobs_in_hrflow)` tells what the action takes. With
`hrflow_connectors.sandbox()` everything can be tried without an account.
"""

from hrflow_connectors._sandbox import sandbox

__all__ = ["sandbox"]
