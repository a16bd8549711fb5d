"""Cells for a notebook: everything with the embedded sandbox, so no account is needed."""

# %% Both services on this machine, with a board that lacks some of the offers
from typing import Any

import hrflow_connectors_rs
from hrflow_connectors_rs.v2 import FranceTravail

box = hrflow_connectors_rs.sandbox(offers=1000, board_holds=0.97).start()
common: dict[str, Any] = dict(
    workflow_id="notebook",
    connector_auth=box.connector_auth,
    hrflow_auth=box.hrflow_auth,
    push_parameters=dict(board_key=box.board_key),
)

# %% A dry run shows what would be written
offers: list[dict[str, Any]] = []


def look(offer: dict[str, Any]) -> dict[str, Any]:
    """Keeps each offer for a closer look, and lets it pass."""
    offers.append(offer)
    return offer


result = FranceTravail.archive_jobs_in_hrflow(
    **common,
    pull_parameters=dict(departement="75,92"),
    logics=[look],
    persist=False,
)
print(f"{len(offers)} offers, the first: {offers[0]['intitule']}")

# %% The run: a jq program and a callable, side by side
result = FranceTravail.archive_jobs_in_hrflow(
    **common,
    pull_parameters=dict(departement="75,92"),
    logics=['select(.typeContrat == "CDI")', lambda offer: offer],
)
print(result.status, result.outcomes)

# %% What the board says
print(f"{len(box.archived())} jobs are archived")

# %% The end
box.stop()
