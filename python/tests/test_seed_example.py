"""The example at the end of the action's page, with its dots filled in."""

import logging
from hrflow_connectors_rs._sandbox import Sandbox
from hrflow_connectors_rs.v2 import FranceTravail
from hrflow_connectors_rs.v2.core.run import Event, Reason, Status


logging.basicConfig(level=logging.INFO)


def test_the_example_runs_as_it_stands(box: Sandbox) -> None:
    seen = []
    result = FranceTravail.archive_jobs_in_hrflow(
        workflow_id="example",
        logics=[lambda offer: offer],
        connector_auth=dict(
            client_id="an id",
            client_secret="a secret",
        ),
        hrflow_auth=dict(
            api_secret="ask_example",
            api_user="someone@example.org",
        ),
        pull_parameters=dict(
            range=None,
            sort=None,
            domaine=None,
            codeROME=None,
            theme=None,
            appellation=None,
            codeNAF=None,
            secteurActivite=None,
            experience=None,
            experienceExigence=None,
            typeContrat=None,
            natureContrat=None,
            origineOffre=None,
            qualification=None,
            tempsPlein=None,
            commune=None,
            distance=None,
            departement="75,92",
            inclureLimitrophes=None,
            region=None,
            paysContinent=None,
            niveauFormation=None,
            permis=None,
            motsCles=None,
            salaireMin=None,
            periodeSalaire=None,
            accesTravailleurHandicape=None,
            offresMRS=None,
            grandDomaine=None,
            experienceExige=None,
            publieeDepuis=None,
            minCreationDate=None,
            maxCreationDate=None,
            partenaires=None,
            modeSelectionPartenaires=None,
            dureeHebdo=None,
            dureeHebdoMin=None,
            dureeHebdoMax=None,
            dureeContratMin=None,
            dureeContratMax=None,
            offresManqueCandidats=None,
            entreprisesAdaptees=None,
        ),
        push_parameters=dict(
            board_key=box.board_key,
        ),
        format=lambda offer: dict(reference=offer["id"]),
        callback=lambda origin, target, events, items: seen.append(len(items)),
        persist=True,
        incremental=False
    )
    assert (result.status, result.reason) == (Status.success, Reason.none), result
    assert result.events[Event.read_success] > 0
    assert seen == [result.events[Event.read_success]]
    assert len(box.archived()) == seen[0]
    assert result.outcomes == {"archived": seen[0], "missing": 0, "failed": 0}
    assert result.complete
    assert result.items == []
    assert result.incremental is False
    assert result.incremental_token is None
    assert result.message is None
