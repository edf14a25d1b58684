"""What a change would have written: the flows before and after it, run on what was recorded, side by side.

An open-loop replay: recorded readings do not react to what the new version would have written. The way of a simulation:
`process` starts a process of its own with limits, in which `sealed` lets no socket be opened; `comparing` runs `replay`
for each of the two versions, with `cast` in place of all that touches the outside world and the real guard in front of
the machines; `tally` notes what would have been written, `result` holds both beside each other, `report` prints it.
"""
