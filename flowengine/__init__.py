"""flowengine: flows of source, transform and actuator nodes for the factory floor.

These are the public names: what a plug-in may import, and all that the built-in nodes import.
"""

from flowengine.certificates import CertificateWatch, end_of_file, end_of_peer
from flowengine.clock import Clock
from flowengine.errors import BadData, FlowEngineError, NodeError, Refused, Retryable
from flowengine.historian import Historian, Opening, Reading
from flowengine.inline import Inline
from flowengine.message import Emission, Message, Quality, Routed
from flowengine.node import (
    Actuator,
    AsyncTransform,
    Connection,
    Context,
    Node,
    Rings,
    Source,
    Status,
    Transform,
)
from flowengine.options import ADVANCED, Secret, State, only_with, type_of, unit
from flowengine.outgoing import Reach
from flowengine.port import Port
from flowengine.writes import Retry, Write

__version__ = "0.1.0"

__all__ = [
    "ADVANCED",
    "Actuator",
    "AsyncTransform",
    "BadData",
    "CertificateWatch",
    "Clock",
    "Connection",
    "Context",
    "Emission",
    "FlowEngineError",
    "Historian",
    "Inline",
    "Message",
    "Node",
    "NodeError",
    "Opening",
    "Port",
    "Quality",
    "Reach",
    "Reading",
    "Refused",
    "Retry",
    "Retryable",
    "Rings",
    "Routed",
    "Secret",
    "Source",
    "State",
    "Status",
    "Transform",
    "Write",
    "__version__",
    "end_of_file",
    "end_of_peer",
    "only_with",
    "type_of",
    "unit",
]
