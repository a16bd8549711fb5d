"""What a connector says of itself.

These describe connectors; no new one is written with them: `Warehouse`, `Aisle` and their like of
hrflow-connectors 4 are absent on purpose.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Optional

from hrflow_connectors_rs.v2.core.common import Direction, Entity, Mode

__all__ = ["Connector", "ConnectorType", "Flow", "hrflow_connectors_manifest"]

_JSON_TYPES = ("string", "integer", "number", "boolean", "array")


class ConnectorType(Enum):
    """What the other service is."""

    ATS = "ATS"
    CRM = "CRM"
    HCM = "HCM"
    Automation = "Automation"
    JobBoard = "Job Board"
    Classifieds = "Classified Ads"
    Other = "Other"


@dataclass(frozen=True)
class Flow:
    """One action: what is moved, where, and what is done there."""

    mode: Mode
    entity: Entity
    direction: Direction

    def name(self, connector_subtype: str) -> str:
        """The action's name."""
        target = "hrflow" if self.direction is Direction.inbound else connector_subtype
        return f"{self.mode.value}_{self.entity.value}s_in_{target}"


class Connector:
    """A connector, with its actions as functions.

    Attributes:
        name: What people call it.
        type: What the other service is.
        subtype: Its name in the names of actions.
        description: What the other service is, in a sentence.
        url: Its address.
        flows: Its actions.
    """

    name: str
    type: ConnectorType
    subtype: str
    description: str
    url: str
    flows: tuple[Flow, ...]

    @property
    def actions(self) -> tuple[str, ...]:
        """The names of its actions, each of which is a function of that name."""
        return tuple(flow.name(self.subtype) for flow in self.flows)

    def json_schema(self, action: str) -> dict[str, Any]:
        """The JSON Schema of what an action takes, functions aside.

        Args:
            action: The action's name, such as `archive_jobs_in_hrflow`.

        Raises:
            KeyError: The connector has no such action.
        """
        description = self._describe(action)
        groups = ("connector_auth", "hrflow_auth", "pull_parameters", "push_parameters")
        schema = _schema(description["other_parameters"])
        schema["properties"].update({group: _schema(description[group]) for group in groups})
        schema["required"] += groups
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": description["action"],
            "description": description["description"],
            **schema,
        }

    def manifest(self, connectors_directory: Optional[object] = None) -> dict[str, Any]:
        """The connector in the form in which HrFlow lists connectors.

        The templates of HrFlow's workflows, its maps and its logos are no part of this package.

        Args:
            connectors_directory: Taken as by hrflow-connectors 4, and not used.
        """
        return {
            "name": self.name,
            "type": self.type.value.upper().replace(" ", ""),
            "subtype": self.subtype,
            "actions": [self._action_manifest(flow) for flow in self.flows],
        }

    def _action_manifest(self, flow: Flow) -> dict[str, Any]:
        name = flow.name(self.subtype)
        properties = self.json_schema(name)["properties"]
        return {
            "name": name,
            "data_type": flow.entity.value,
            "direction": flow.direction.value,
            "mode": flow.mode.value,
            "connector_auth_parameters": properties["connector_auth"],
            "hrflow_auth_parameters": properties["hrflow_auth"],
            "origin": self.name,
            "supports_incremental": True,
            "pull_parameters": properties["pull_parameters"],
            "target": "HrFlow",
            "push_parameters": properties["push_parameters"],
        }

    def _describe(self, action: str) -> dict[str, Any]:
        from hrflow_connectors_rs import _engine

        return _engine.describe(f"{self.subtype}.{action}")

    def __repr__(self) -> str:
        return f"<Connector {self.name}>"


def hrflow_connectors_manifest(
    connectors: Iterable[Connector], directory_path: str = "."
) -> None:
    """Writes the manifests of connectors to `manifest.json` in a folder."""
    manifests = [connector.manifest() for connector in connectors]
    manifest = {"name": "HrFlow.ai Connectors", "connectors": manifests}
    with open(f"{directory_path}/manifest.json", "w", encoding="utf-8") as file:
        json.dump(manifest, file, indent=2, ensure_ascii=False)


def _schema(fields: Iterable[dict[str, Any]]) -> dict[str, Any]:
    fields = [field for field in fields if field["type"] in _JSON_TYPES]
    return {
        "type": "object",
        "properties": {field["name"]: _property(field) for field in fields},
        "required": [
            field["name"] for field in fields if field["required"] and not field["nullable"]
        ],
        "additionalProperties": False,
    }


def _property(field: dict[str, Any]) -> dict[str, Any]:
    accepted, is_nullable = field["accepted"], field["nullable"]
    schema: dict[str, Any] = {"description": field["description"]}
    schema["type"] = [field["type"], "null"] if is_nullable else field["type"]
    if accepted is not None:
        schema["enum"] = [*accepted, None] if is_nullable else accepted
    if field["default"] is not None:
        schema["default"] = field["default"]
    return schema
