"""Deploys: from what somebody sends, or finds changed on disk, to flows that run it and files that hold it.

Begin with `deploying.py`, which is the way of a deploy from top to bottom; `taking.py` is the same for files that were
changed outside.
"""
