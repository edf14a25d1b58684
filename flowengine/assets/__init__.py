"""The parts of a plant and their lives: what there is, how long it will be had, and what its end would stop.

::

    file.py        assets.json, read and checked
    feed.py        notices.json: what vendors and advisories have said
    hours.py       hours run, entered by hand: put into the text of assets.json
    counting.py    hours run, counted by a flow: the newest value of a tag in its archive
    lifecycle.py   the dates of a part, and how far away they are
    spares.py      how many to buy, and by when
    touching.py    the flows, tags and outputs that a part touches
    survey.py      all of it together, part by part
    reminding.py   the dates that somebody is to be reminded of: what nodes see of all this
    migration.py   a draft of the flows with a device replaced by one with other registers
"""
