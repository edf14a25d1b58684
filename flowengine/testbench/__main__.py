"""`python -m flowengine.testbench`."""

from flowengine.testbench.command import testbench

testbench()
