"""Sources that make signals up, for trying a flow without a machine."""
