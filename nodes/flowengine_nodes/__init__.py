"""The built-in nodes, by what they talk to. This list is the palette in one screen."""

from flowengine_nodes.control.alarm import Alarm
from flowengine_nodes.control.arx_trim import ArxTrim
from flowengine_nodes.control.autotune import Autotune
from flowengine_nodes.control.bang_bang import BangBang
from flowengine_nodes.control.gain_schedule import GainSchedule
from flowengine_nodes.control.lead_lag import LeadLag
from flowengine_nodes.control.learned_trim import LearnedTrim
from flowengine_nodes.control.limit import Limit
from flowengine_nodes.control.pid import PidController
from flowengine_nodes.control.program import Program
from flowengine_nodes.control.ratio import Ratio
from flowengine_nodes.control.recipe import Recipe
from flowengine_nodes.control.sequence import Sequence
from flowengine_nodes.control.smith_predictor import SmithPredictor
from flowengine_nodes.control.split_range import SplitRange
from flowengine_nodes.control.staging import Staging
from flowengine_nodes.control.state_machine import StateMachine
from flowengine_nodes.control.validate import Validate
from flowengine_nodes.dashboard.alarms import Alarms
from flowengine_nodes.dashboard.button import Button
from flowengine_nodes.dashboard.chart import Chart
from flowengine_nodes.dashboard.gauge import Gauge
from flowengine_nodes.dashboard.lamp import Lamp
from flowengine_nodes.dashboard.number import NumberInput
from flowengine_nodes.dashboard.slider import Slider
from flowengine_nodes.dashboard.switch import SwitchControl
from flowengine_nodes.dashboard.table import Table
from flowengine_nodes.dashboard.text import TextDisplay
from flowengine_nodes.dashboard.text_input import TextInput
from flowengine_nodes.dashboard.value import ValueDisplay
from flowengine_nodes.debug.counter import Counter
from flowengine_nodes.debug.log import Log
from flowengine_nodes.files.append import Append
from flowengine_nodes.files.read import ReadFile
from flowengine_nodes.files.tail import Tail
from flowengine_nodes.files.watch import Watch
from flowengine_nodes.foresight.anomaly import Anomaly
from flowengine_nodes.foresight.ar_forecast import ArForecast
from flowengine_nodes.foresight.capability import Capability
from flowengine_nodes.foresight.change_point import ChangePoint
from flowengine_nodes.foresight.control_chart import ControlChart
from flowengine_nodes.foresight.degradation import Degradation
from flowengine_nodes.foresight.forecast import Forecast
from flowengine_nodes.foresight.half_space_trees import HalfSpaceTrees
from flowengine_nodes.foresight.life import Life
from flowengine_nodes.foresight.multivariate import Multivariate
from flowengine_nodes.foresight.vibration_severity import VibrationSeverity
from flowengine_nodes.formats.bytes import Bytes
from flowengine_nodes.formats.csv import Csv
from flowengine_nodes.formats.json import Json
from flowengine_nodes.formats.text import Text
from flowengine_nodes.history.read import ReadHistory
from flowengine_nodes.history.store import HistoryStore
from flowengine_nodes.history.write import WriteHistory
from flowengine_nodes.influx.write import WriteInflux
from flowengine_nodes.modbus.device import Device
from flowengine_nodes.modbus.read import Read
from flowengine_nodes.modbus.request import Request
from flowengine_nodes.modbus.write import Write
from flowengine_nodes.models.arx import ArxModel
from flowengine_nodes.models.linear import LinearModel
from flowengine_nodes.models.onnx import OnnxModel
from flowengine_nodes.models.river import RiverModel
from flowengine_nodes.mqtt.broker import Broker
from flowengine_nodes.mqtt.publish import Publish
from flowengine_nodes.mqtt.subscribe import Subscribe
from flowengine_nodes.nodered import palette as _nodered
from flowengine_nodes.notify.chat import Chat
from flowengine_nodes.notify.email import Email
from flowengine_nodes.notify.fetch_mail import FetchMail
from flowengine_nodes.notify.mail_server import MailServer
from flowengine_nodes.notify.mailbox import Mailbox
from flowengine_nodes.notify.read_mail import ReadMail
from flowengine_nodes.notify.service import Service
from flowengine_nodes.notify.webhook import Webhook
from flowengine_nodes.notify.work_order import WorkOrder
from flowengine_nodes.parts.reminders import Reminders
from flowengine_nodes.performance.counter import MachineCounter
from flowengine_nodes.performance.cycle_time import CycleTime
from flowengine_nodes.performance.downtime import Downtime
from flowengine_nodes.performance.energy import Energy
from flowengine_nodes.performance.oee import Oee
from flowengine_nodes.performance.reliability import Reliability
from flowengine_nodes.routing.switch import Switch
from flowengine_nodes.sequences.batch import Batch
from flowengine_nodes.sequences.join import Join
from flowengine_nodes.sequences.sort import Sort
from flowengine_nodes.sequences.split import Split
from flowengine_nodes.signal.align import Align
from flowengine_nodes.signal.compress import Compress
from flowengine_nodes.signal.debounce import Debounce
from flowengine_nodes.signal.edge import Edge
from flowengine_nodes.signal.envelope import Envelope
from flowengine_nodes.signal.ewma import Ewma
from flowengine_nodes.signal.hysteresis import Hysteresis
from flowengine_nodes.signal.kalman import Kalman
from flowengine_nodes.signal.median import Median
from flowengine_nodes.signal.moving_average import MovingAverage
from flowengine_nodes.signal.off_delay import OffDelay
from flowengine_nodes.signal.on_delay import OnDelay
from flowengine_nodes.signal.pulse import Pulse
from flowengine_nodes.signal.rate_of_change import RateOfChange
from flowengine_nodes.signal.savitzky_golay import SavitzkyGolay
from flowengine_nodes.signal.spectrum import Spectrum
from flowengine_nodes.signal.state_duration import StateDuration
from flowengine_nodes.signal.totalizer import Totalizer
from flowengine_nodes.signal.vibration import Vibration
from flowengine_nodes.sources.signal import Signal
from flowengine_nodes.sql.database import Database
from flowengine_nodes.sql.query import QuerySql
from flowengine_nodes.sql.write import WriteSql
from flowengine_nodes.timing.delay import Delay
from flowengine_nodes.timing.every import Every
from flowengine_nodes.timing.inject import Inject
from flowengine_nodes.timing.rate_limit import RateLimit
from flowengine_nodes.timing.schedule import Schedule
from flowengine_nodes.timing.trigger import Trigger
from flowengine_nodes.values.change import Change
from flowengine_nodes.values.expression import Expression
from flowengine_nodes.values.filter import Filter
from flowengine_nodes.values.increase import Increase
from flowengine_nodes.values.python import Python
from flowengine_nodes.values.range import Range
from flowengine_nodes.values.template import Template
from flowengine_nodes.values.units import Units
from flowengine_nodes.windows.window import Window

__all__ = [
    "Alarm",
    "Alarms",
    "Align",
    "Anomaly",
    "Append",
    "ArForecast",
    "ArxModel",
    "ArxTrim",
    "Autotune",
    "BangBang",
    "Batch",
    "Broker",
    "Button",
    "Bytes",
    "Capability",
    "Change",
    "ChangePoint",
    "Chart",
    "Chat",
    "Compress",
    "ControlChart",
    "Counter",
    "Csv",
    "CycleTime",
    "Database",
    "Debounce",
    "Degradation",
    "Delay",
    "Device",
    "Downtime",
    "Edge",
    "Email",
    "Energy",
    "Envelope",
    "Every",
    "Ewma",
    "Expression",
    "FetchMail",
    "Filter",
    "Forecast",
    "GainSchedule",
    "Gauge",
    "HalfSpaceTrees",
    "HistoryStore",
    "Hysteresis",
    "Increase",
    "Inject",
    "Join",
    "Json",
    "Kalman",
    "Lamp",
    "LeadLag",
    "LearnedTrim",
    "Life",
    "Limit",
    "LinearModel",
    "Log",
    "MachineCounter",
    "MailServer",
    "Mailbox",
    "Median",
    "MovingAverage",
    "Multivariate",
    "NumberInput",
    "Oee",
    "OffDelay",
    "OnDelay",
    "OnnxModel",
    "PidController",
    "Program",
    "Publish",
    "Pulse",
    "Python",
    "QuerySql",
    "Range",
    "RateLimit",
    "RateOfChange",
    "Ratio",
    "Read",
    "ReadFile",
    "ReadHistory",
    "ReadMail",
    "Recipe",
    "Reliability",
    "Reminders",
    "Request",
    "RiverModel",
    "SavitzkyGolay",
    "Schedule",
    "Sequence",
    "Service",
    "Signal",
    "Slider",
    "SmithPredictor",
    "Sort",
    "Spectrum",
    "Split",
    "SplitRange",
    "Staging",
    "StateDuration",
    "StateMachine",
    "Subscribe",
    "Switch",
    "SwitchControl",
    "Table",
    "Tail",
    "Template",
    "Text",
    "TextDisplay",
    "TextInput",
    "Totalizer",
    "Trigger",
    "Units",
    "Validate",
    "ValueDisplay",
    "Vibration",
    "VibrationSeverity",
    "Watch",
    "Webhook",
    "Window",
    "WorkOrder",
    "Write",
    "WriteHistory",
    "WriteInflux",
    "WriteSql",
]

globals().update({f"NodeRed{_name}": getattr(_nodered, _name) for _name in _nodered.__all__})
