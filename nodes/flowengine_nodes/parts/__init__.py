"""The parts of the plant: when their lives end."""
