"""Changes that reach a machine, and the two yeses that they need: one of IT, one of OT.

`two_keys.py` stops every deploy that has no permit. `requests.py` is how a permit comes to be: a change is asked for,
shown with its evidence, approved, deployed. `verifying.py` checks afterwards that nothing went past.
"""
