"""What hrflow-connectors 4 has under this name."""
