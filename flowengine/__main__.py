"""`python -m flowengine` is `flowengine`."""

from flowengine.cli import main

main()
