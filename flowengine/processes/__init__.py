"""What the processes of one installation have in common: how they begin, how they speak, what they leave behind.

`nursery.py` has `zygote.py` fork them from a warm image; `link.py` carries frames between two of them; `black_box.py`
holds what one that ended in an accident says of it.
"""
