"""What browsers see move: frames made on the engine's loop, once for all who watch, read by the web's threads."""
