"""How well a line works: OEE, counters, cycle times, downtime, reliability, energy, by ISO 22400-2."""
