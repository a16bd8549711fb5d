"""Where state is kept, as the predecessor's variables say it."""

from __future__ import annotations

_URL = "HRFLOW_CONNECTORS_STORE_URL"
_ENABLED = "HRFLOW_CONNECTORS_STORE_ENABLED"
_KIND = "HRFLOW_CONNECTORS_STORE"
_FOLDER = "HRFLOW_CONNECTORS_LOCALJSON_DIR"
_BUCKET = "HRFLOW_CONNECTORS_S3_BUCKET"
_PREFIX = "HRFLOW_CONNECTORS_S3_PREFIX"
#: The predecessor's names for what `AWS_…` variables say as well.
_BUCKET_ACCESS = {
    "HRFLOW_CONNECTORS_S3_AWS_REGION": "AWS_REGION",
    "HRFLOW_CONNECTORS_S3_AWS_ACCESS_KEY_ID": "AWS_ACCESS_KEY_ID",
    "HRFLOW_CONNECTORS_S3_AWS_SECRET_ACCESS_KEY": "AWS_SECRET_ACCESS_KEY",
}


def with_store(variables: dict[str, str]) -> dict[str, str]:
    """The variables, with the predecessor's settings of a store in the words of the engine.

    `HRFLOW_CONNECTORS_STORE_URL` wins where it is set.
    """
    if variables.get(_URL) or variables.get(_ENABLED, "").lower() in ("", "0", "false"):
        return variables
    kind = variables.get(_KIND, "localjson")
    if kind == "localjson" and variables.get(_FOLDER):
        return {**variables, _URL: f"file:{variables[_FOLDER]}"}
    if kind == "s3" and variables.get(_BUCKET):
        prefix = variables.get(_PREFIX, "").strip("/")
        access = {
            theirs: variables[ours] for ours, theirs in _BUCKET_ACCESS.items() if ours in variables
        }
        return {**variables, **access, _URL: f"s3://{variables[_BUCKET]}/{prefix}"}
    return variables
