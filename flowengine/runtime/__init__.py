"""How flows run: the only asyncio in the engine.

Follow a message: `reading.py` takes it from its source and gives it to a chain; `chains/chain.py` is what a chain does
with it; `channel.py` carries it to the next stage, `stage.py` takes it up there. `delivery.py` brings the
acknowledgement back.

Three rooms of their own: `chains/` makes one function of many transforms, `checkpoints/` has what outlasts a crash,
`guard/` is the way to a machine. The other files, by what they are about:

- the engine and its flows: `engine`, `flows`, `live`, `part`, `surroundings`, `connections`, `host`
- a deploy: `changes`, `cut`, `wiring`, `prepared`, `redeploy`, `handover`, `stopping`
- where parts run: `place`
- a message: `reading`, `channel`, `inboxes`, `spill`, `stage`, `stages`, `actuation`, `delivery`, `failures`,
  `identity`
- to be seen: `looking`, `pace`, `widgets`, `recorder`
"""
