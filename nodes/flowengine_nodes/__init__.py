"""The built-in nodes, by what they talk to. This list is the palette in one screen."""
