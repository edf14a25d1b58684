"""How flows run: the only asyncio in the engine.

Follow a message: `part.py` reads it from its source and gives it to a chain; `chain.py` is what a chain does with it;
`channel.py` carries it to the next stage. `delivery.py` brings the acknowledgement back.
"""
