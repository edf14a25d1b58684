"""Windows: figures over many readings."""
