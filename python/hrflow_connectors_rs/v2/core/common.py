"""Words for what a connector moves, and how."""

from enum import Enum

__all__ = ["Direction", "Entity", "Mode"]


class Entity(Enum):
    """What is moved."""

    job = "job"
    profile = "profile"
    application = "application"


class Mode(Enum):
    """What is done at the target."""

    create = "create"
    update = "update"
    archive = "archive"
    sync = "sync"


class Direction(Enum):
    """Whether HrFlow is written to or read."""

    inbound = "inbound"
    outbound = "outbound"
