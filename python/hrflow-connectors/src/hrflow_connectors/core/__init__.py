"""What is shared by old and new connectors."""
