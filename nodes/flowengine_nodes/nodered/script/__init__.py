"""JavaScript for function nodes: quickjs-ng, with what Node-RED gives to a script written in JavaScript beside it.

`engine` runs scripts within limits, `values` carries msgs in and out; `buffer.js`, `red_util.js` and `surroundings.js`
are what a script finds around it.
"""
