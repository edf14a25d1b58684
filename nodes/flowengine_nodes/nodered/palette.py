"""Node-RED's core nodes, and those of its palette that plants use, in one screen."""

from flowengine_nodes.nodered.batch import Batch
from flowengine_nodes.nodered.catch import Catch, Complete, StatusNode
from flowengine_nodes.nodered.change import Change
from flowengine_nodes.nodered.cron_plus import CronPlus
from flowengine_nodes.nodered.csv import Csv
from flowengine_nodes.nodered.debug import Debug
from flowengine_nodes.nodered.delay import Delay
from flowengine_nodes.nodered.environment import Environment
from flowengine_nodes.nodered.exec import Exec
from flowengine_nodes.nodered.file import File, FileIn, Watch
from flowengine_nodes.nodered.filter import Filter
from flowengine_nodes.nodered.function import Function
from flowengine_nodes.nodered.html import Html
from flowengine_nodes.nodered.http import HttpIn, HttpResponse
from flowengine_nodes.nodered.http_request import HttpRequest
from flowengine_nodes.nodered.influxdb import InfluxdbOut
from flowengine_nodes.nodered.influxdb_in import InfluxdbIn
from flowengine_nodes.nodered.inject import Inject
from flowengine_nodes.nodered.join import Join
from flowengine_nodes.nodered.json import Json
from flowengine_nodes.nodered.link import Junction, LinkCall, LinkIn, LinkOut, SubflowStatus
from flowengine_nodes.nodered.modbus import ModbusFlexGetter, ModbusGetter, ModbusRead, ModbusWrite
from flowengine_nodes.nodered.modbus_flex_write import ModbusFlexWrite
from flowengine_nodes.nodered.mqtt import MqttIn, MqttOut
from flowengine_nodes.nodered.mqtt_dynamic import MqttSubscriber
from flowengine_nodes.nodered.ping import Ping, PingRequest
from flowengine_nodes.nodered.range import Range
from flowengine_nodes.nodered.smooth import Smooth
from flowengine_nodes.nodered.sort import Sort
from flowengine_nodes.nodered.split import Split
from flowengine_nodes.nodered.sql import Sql
from flowengine_nodes.nodered.sql_write import SqlWrite
from flowengine_nodes.nodered.switch import Switch
from flowengine_nodes.nodered.tcp import TcpIn, TcpOut, TcpRequest
from flowengine_nodes.nodered.template import Template
from flowengine_nodes.nodered.trigger import Trigger
from flowengine_nodes.nodered.udp import UdpIn, UdpOut
from flowengine_nodes.nodered.unknown import Unknown, UnknownConnection
from flowengine_nodes.nodered.websocket import WebSocketClient, WebSocketIn, WebSocketListener, WebSocketOut
from flowengine_nodes.nodered.xml import Xml
from flowengine_nodes.nodered.yaml import Yaml

__all__ = [
    "Batch",
    "Catch",
    "Change",
    "Complete",
    "CronPlus",
    "Csv",
    "Debug",
    "Delay",
    "Environment",
    "Exec",
    "File",
    "FileIn",
    "Filter",
    "Function",
    "Html",
    "HttpIn",
    "HttpRequest",
    "HttpResponse",
    "InfluxdbIn",
    "InfluxdbOut",
    "Inject",
    "Join",
    "Json",
    "Junction",
    "LinkCall",
    "LinkIn",
    "LinkOut",
    "ModbusFlexGetter",
    "ModbusFlexWrite",
    "ModbusGetter",
    "ModbusRead",
    "ModbusWrite",
    "MqttIn",
    "MqttOut",
    "MqttSubscriber",
    "Ping",
    "PingRequest",
    "Range",
    "Smooth",
    "Sort",
    "Split",
    "Sql",
    "SqlWrite",
    "StatusNode",
    "SubflowStatus",
    "Switch",
    "TcpIn",
    "TcpOut",
    "TcpRequest",
    "Template",
    "Trigger",
    "UdpIn",
    "UdpOut",
    "Unknown",
    "UnknownConnection",
    "Watch",
    "WebSocketClient",
    "WebSocketIn",
    "WebSocketListener",
    "WebSocketOut",
    "Xml",
    "Yaml",
]
