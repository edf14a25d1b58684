"""What of a flow outlasts a crash: the states of its nodes and the messages that it holds.

`memory.py` says what a flow keeps, `checkpointing.py` stores it, `restoring.py` takes it up again. `keepsakes.py` has
what is kept without a checkpoint.
"""
