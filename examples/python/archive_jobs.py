"""The example of the action's page, with its dots filled in from the environment.

    export FRANCETRAVAIL_CLIENT_ID=… FRANCETRAVAIL_CLIENT_SECRET=…
    export HRFLOW_API_SECRET=… HRFLOW_API_USER=… BOARD_KEY=…
    python archive_jobs.py
"""

import logging
import os
import sys

from hrflow_connectors_rs.v2 import FranceTravail
from hrflow_connectors_rs.v2.core.run import Event, Status

logging.basicConfig(level=logging.INFO)


def main() -> int:
    """Archives the jobs of the managers' offers in Paris."""
    result = FranceTravail.archive_jobs_in_hrflow(
        workflow_id="paris",
        logics=[lambda offer: offer if offer.get("entreprise") else None],
        # What is not given here is read from the environment.
        connector_auth=dict(client_id=None, client_secret=None),
        hrflow_auth=dict(api_secret=None, api_user=None),
        pull_parameters=dict(departement="75", qualification="9"),
        push_parameters=dict(board_key=os.environ.get("BOARD_KEY")),
        format=lambda offer: dict(reference=offer["id"]),
    )
    if result.status is Status.fatal:
        print(result.message or result.reason, file=sys.stderr)
        return 1
    print(f"{result.events[Event.read_success]} read, {result.outcomes['archived']} archived")
    for item in result.items:
        print(f"{item.reference}: {item.why}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
