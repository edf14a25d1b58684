"""What a machine may be told: the envelope that OT signs, and the guard that holds it. Decisions only, no I/O."""
