"""The connectors, each in a module of its own."""
