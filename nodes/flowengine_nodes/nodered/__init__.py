"""Node-RED's core nodes with exactly its semantics, for flows that `flowengine import nodered` brings over.

`base` is what they have in common, `space` what joins them beside the wires (catch, status, complete, links, contexts),
`message` how Node-RED's msg travels in a Message, `javascript` how JavaScript sees values.
"""
