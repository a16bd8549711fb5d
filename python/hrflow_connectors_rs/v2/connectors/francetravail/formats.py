"""What the actions make of an offer where nobody gives a format, to begin one's own with."""

from __future__ import annotations

from typing import Any, Literal, Optional

__all__ = [
    "format_archive",
    "format_job",
    "get_job_location",
    "get_requirements",
    "get_sections",
    "get_tags",
]


def format_job(
    offer: dict[str, Any],
    *,
    content: Literal["mapped", "full"] = "full",
    contact: Literal["keep", "drop"] = "keep",
    licence_language: Literal["fr", "en", "both"] = "both",
    method_url: Optional[str] = None,
) -> dict[str, Any]:
    """The job that `create_jobs_in_hrflow`, `update_jobs_in_hrflow` and `sync_jobs_in_hrflow` write
    of an offer.

    Args:
        offer: An offer of France Travail.
        content: As for the actions.
        contact: As for the actions.
        licence_language: As for the actions.
        method_url: As for the actions.

    Raises:
        ValueError: No job can be made of the offer.
    """
    from hrflow_connectors_rs import _engine

    terms = (content == "mapped", contact == "drop", licence_language, method_url)
    return _engine.format_job(offer, terms)


def format_archive(offer: dict[str, Any]) -> dict[str, Any]:
    """What `archive_jobs_in_hrflow` needs of an offer."""
    return {"reference": offer.get("id")}


def get_tags(offer: dict[str, Any]) -> list[dict[str, Any]]:
    """The tags of the job of an offer."""
    tags: list[dict[str, Any]] = format_job(offer)["tags"]
    return tags


def get_sections(offer: dict[str, Any]) -> list[dict[str, Any]]:
    """The sections of the job of an offer."""
    sections: list[dict[str, Any]] = format_job(offer).get("sections", [])
    return sections


def get_requirements(formations: list[dict[str, Any]]) -> Optional[str]:
    """The requirements of the job of an offer with these trainings."""
    requirements: Optional[str] = format_job({"id": "0", "formations": formations}).get(
        "requirements"
    )
    return requirements


def get_job_location(place: Optional[dict[str, Any]]) -> dict[str, Any]:
    """The location of the job of an offer at this place."""
    location: dict[str, Any] = format_job({"id": "0", "lieuTravail": place}).get("location", {})
    return location
