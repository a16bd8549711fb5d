"""Each connector."""
