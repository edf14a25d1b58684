"""How synchronous transforms between two stages become one generated Python function, and how that is watched.

`chain.py` is a chain as the runtime calls it. `code.py` writes its function from what `world.py` says of the part;
`pasting.py` and `expressions.py` put the nodes that have an `Inline` form into it without a call. `watched.py` is the
same chain while somebody looks.
"""
