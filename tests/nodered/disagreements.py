"""Cases in which a flow gives something else here than in Node-RED, and why."""

from __future__ import annotations

KNOWN: dict[str, str] = {
    "changes-23": "an expression that gives the property it stands in makes a value that contains itself in Node-RED; "
    "here a message is immutable, so it contains what was there before",
    "csvs-62": "in the older reading of CSV, a line of names that is cut by `skip` inside quotation marks is taken "
    "apart at every separator by Node-RED, and read with its quotation mark here",
    "expressions-65": "null given to a function of JSONata that wants numbers or texts is an error in Node-RED, and "
    "counts as nothing at all here",
    "nasty-128": "what a msg has from a context changes in Node-RED when the context does, since both hold one object; "
    "here it stays as it was",
}
"""Case -> reason."""
