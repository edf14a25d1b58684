"""Flow tests in any language: a session over stdin and stdout, one JSON object a line.

`lines` carries the lines in and out, `session` understands the commands, `loaded` is the flow that runs.
"""
