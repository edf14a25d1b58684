"""The common part of JSONata as closures, many times faster than reading the tree of an expression for each message.

`compiled` makes a closure of the tree that jsonata-python has parsed, or none where an expression has more in it;
`paths`, `operators` and `calls` are what it is made of. A closure that meets anything out of the ordinary (an error
above all) raises `Elsewhere`, and jsonata-python is asked instead: it alone words what is wrong.
"""
