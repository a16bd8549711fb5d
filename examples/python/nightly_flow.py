"""A Prefect flow that archives each night. `prefect` is not needed by the package itself.

    pip install prefect
    python nightly_flow.py
"""

import os

from prefect import flow, get_run_logger, task

from hrflow_connectors_rs.v2 import FranceTravail
from hrflow_connectors_rs.v2.core.run import Status


@task(retries=2, retry_delay_seconds=60)
def archive(departement: str) -> dict[str, int]:
    """Archives the jobs of a département's offers; fails where nothing came of it."""
    result = FranceTravail.archive_jobs_in_hrflow(
        workflow_id=f"nightly-{departement}",
        connector_auth={},
        hrflow_auth={},
        pull_parameters={"departement": departement},
        push_parameters={"board_key": os.environ["BOARD_KEY"]},
    )
    if result.status is Status.fatal:
        raise RuntimeError(result.message or result.reason.value)
    get_run_logger().info("%s: %s", departement, result.outcomes)
    return result.outcomes


@flow
def nightly(departements: list[str]) -> list[dict[str, int]]:
    """Archives for each département in turn."""
    return [archive(departement) for departement in departements]


if __name__ == "__main__":
    nightly(["75", "92"])
