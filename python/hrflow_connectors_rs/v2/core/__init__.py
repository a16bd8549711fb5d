"""What all connectors share."""
