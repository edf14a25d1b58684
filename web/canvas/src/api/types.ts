// Made from web/flowengine_web/shapes/ by `make docs`; do not edit.

/** One alarm that is not normal, or was put aside. */
export interface Alarm {
  name: string;
  text: string;
  priority: "critical" | "high" | "low" | "medium";
  area: string;
  state: "acknowledged" | "latched" | "latched-acknowledged" | "normal" | "returned" | "unacknowledged";
  since: number;
  count: number;
  aside: "" | "out-of-service" | "shelved" | "suppressed";
  reason: string;
  by: string;
  until: number;
  seen_by: string;
}

/** What a person does to alarms. */
export interface AlarmAct {
  what: "acknowledge" | "out-of-service" | "shelve" | "unshelve";
  names: string[];
  minutes?: number;
  reason?: string;
}

/** One thing that happened to an alarm. */
export interface AlarmEntry {
  id: number;
  time: number;
  name: string;
  what: string;
  state: string;
  priority: string;
  text: string;
  by: string;
}

/** What happened, the newest first. */
export interface AlarmHistory {
  entries: AlarmEntry[];
}

/** What is to be looked at, the highest priority and the newest first, then what was put aside (event `alarms`). */
export interface Alarms {
  alarms: Alarm[];
  unseen: number;
  standing: number;
  flood: boolean;
  left_out: number;
}

/** A connection of a flow that keeps values over time. */
export interface Archive {
  name: string;
  type: string;
  tags: string[];
  more: number;
  problem: string;
}

/** What to look up. */
export interface ArchiveQuestion {
  tag: string[];
  from: number | null;
  to: number | null;
  span: number;
  archive: string;
}

/** All archives of a flow. */
export interface Archives {
  archives: Archive[];
}

/** What is known of tags, in the order in which they were asked for. */
export interface ArchiveValues {
  series: Series[];
}

/** What to look up, as a file. */
export interface ExportQuestion {
  tag: string[];
  from: number | null;
  to: number | null;
  span: number;
  archive: string;
  interval: number;
  format: "csv" | "parquet";
}

/** What is known of a tag in a span: columns of equal length, in order of time. */
export interface Series {
  tag: string;
  archive: string;
  interval: number;
  t: number[];
  v: (number | null)[];
  low: (number | null)[];
  high: (number | null)[];
  quality: number[];
}

/** What to look up, as points of a chart. */
export interface ValuesQuestion {
  tag: string[];
  from: number | null;
  to: number | null;
  span: number;
  archive: string;
  points: number;
  raw: boolean;
}

/** Which tags to list. */
export interface WhichTags {
  search: string;
  most: number;
}

/** One asset, with all that is known of it. */
export interface Part {
  id: string;
  kind: "area" | "device" | "line" | "machine" | "model" | "site" | "software";
  name: string;
  place: string[];
  vendor: string;
  model: string;
  serial: string;
  version: string;
  installed: string;
  state: "later" | "past" | "soon" | "unknown";
  dates: PartDate[];
  notices: PartNotice[];
  flows: string[];
  tags: string[];
  outputs: PartOutput[];
  todo: string;
  buy: string;
  replace: string;
  migrate: string;
  running_hours: number;
  hours_on: string;
  hours_from: string;
  hours_sure: boolean;
  hours_problem: string;
  rated_hours: number;
}

/** One date of a part's life. */
export interface PartDate {
  what: "end_of_life" | "end_of_sale" | "end_of_support" | "last_time_buy" | "warranty" | "worn_out";
  day: string;
  days: number;
  state: "later" | "past" | "soon" | "unknown";
  why: string;
}

/** Hours that a part had run on a day. */
export interface PartHours {
  hours: number;
  day: string;
}

/** What a vendor or an advisory has said of a part. */
export interface PartNotice {
  id: string;
  kind: "end_of_life" | "end_of_sale" | "end_of_support" | "firmware" | "recall" | "vulnerability";
  title: string;
  score: number;
  url: string;
  remedy: string;
}

/** An output that the end of a part would stop. */
export interface PartOutput {
  flow: string;
  node: string;
  device: string;
  direct: boolean;
}

/** All parts on a day, the most urgent first. */
export interface Parts {
  today: string;
  there: boolean;
  problems: string[];
  parts: Part[];
  warning: string;
}

/** It is done. */
export interface Done {
  done: boolean;
}

/** A yes. */
export interface ChangeApproval {
  side: "it" | "ot";
  content: string;
  password: string;
}

/** What to ask the yeses for. */
export interface ChangeAsk {
  deploy: DeployRequest | null;
  message: string;
}

/** A change, with all that somebody should know before he says yes. */
export interface ChangeDetail {
  change: ChangeSummary;
  content: string;
  diffs: FlowDiff[];
  files: ChangedFile[];
  reaches: Reach[];
  limits: ReachLimit[];
  unknown: string[];
  tests: FlowTest[] | null;
  simulating: boolean;
  simulation: Simulation | null;
  yeses: ChangeYes[];
}

/** One file that would be written, or removed. */
export interface ChangedFile {
  name: string;
  lines: string[];
}

/** A no, with its reason. */
export interface ChangeReason {
  reason: string;
}

/** All changes that are kept, the newest first. */
export interface Changes {
  two_keys: TwoKeys;
  changes: ChangeSummary[];
  outside: string[];
}

/** A change, in a list. */
export interface ChangeSummary {
  id: number;
  author: string;
  at: number;
  message: string;
  state: "deployed" | "expired" | "glass" | "open" | "rejected" | "withdrawn";
  files: string[];
  missing: ("it" | "ot")[];
  why_not: string;
  closed: number;
  closer: string;
  reason: string;
  until: number;
  commit: string;
}

/** One yes. */
export interface ChangeYes {
  side: "it" | "ot";
  who: string;
  at: number;
  why_not: string;
}

/** What became of the tests of one flow, run on what would run. */
export interface FlowTest {
  file: string;
  passed: number;
  failed: string[];
  problems: string[];
}

/** Running a change alone. */
export interface GlassBreak {
  reason: string;
  password: string;
}

/** Whether a change that reaches a machine needs two yeses, and how many wait for theirs. */
export interface TwoKeys {
  in_force: boolean;
  waiting: number;
  glass: string;
}

/** The pages (dashboard.json) and every widget there is. */
export interface Dashboard {
  revision: string;
  pages: Page[];
  hidden: Place[];
  widgets: Widget[];
}

/** Pages to be kept in dashboard.json. */
export interface DashboardPages {
  base: string;
  pages: Page[];
  hidden?: Place[];
}

/** What an operator did to a widget: pressed, moved, switched, entered. */
export interface Operation {
  flow: string;
  node: string;
  value?: unknown;
}

/** One page for operators. */
export interface Page {
  name: string;
  spots: Spot[];
}

/** Where a widget stands on a page: a grid of 12 columns, rows of 48 px. */
export interface Spot {
  flow: string;
  node: string;
  x: number;
  y: number;
  w: number;
  h: number;
}

/** A node that an operator's page shows. */
export interface Widget {
  flow: string;
  node: string;
  widget: string;
  title: string;
  options: Record<string, unknown>;
  shown: unknown;
  stale: boolean;
}

/** The shared connections to be deployed. */
export interface ConnectionsItem {
  base: string;
  connections: Record<string, unknown>;
}

/** One flow to be deployed. */
export interface DeployItem {
  base: string;
  flow: Record<string, unknown> | null;
}

/** What a deploy would do. */
export interface DeployPreview {
  diffs: FlowDiff[];
  problems: Problem[];
  conflicts: Conflict[];
  restarts: Record<string, string[]>;
  keeps: Record<string, number>;
  reaches: Reach[];
  message: string;
  two_keys: boolean;
  limits: ReachLimit[];
}

/** What to put live: all of it or nothing. */
export interface DeployRequest {
  flows?: Record<string, DeployItem>;
  connections?: ConnectionsItem | null;
  message?: string;
  mode?: "all" | "changed" | "flows";
}

/** What a deploy did. */
export interface DeployResult {
  revisions: Record<string, string>;
  commit: string;
  restarted: Record<string, string[]>;
  kept: Record<string, number>;
  warnings: string[];
}

/** The revisions of a flow, the newest first. */
export interface History {
  flow: string;
  entries: HistoryEntry[];
  git: boolean;
}

/** One revision of a flow that was deployed. */
export interface HistoryEntry {
  id: string;
  revision: string;
  at: number;
  author: string;
  message: string;
}

/** A flow as it was. */
export interface OldFlow {
  entry: HistoryEntry;
  flow: Record<string, unknown> | null;
  diff: FlowDiff;
}

/** What was changed outside, by an editor or git pull, and what taking all of it would do. */
export interface Outside {
  revisions: Record<string, string>;
  diffs: FlowDiff[];
  problems: Problem[];
  restarts: Record<string, string[]>;
  keeps: Record<string, number>;
  reaches: Reach[];
}

/** An actuator at a machine (OT) that the change can reach. */
export interface Reach {
  flow: string;
  node: string;
  type: string;
  connection: string;
  device: string;
  via: string[];
}

/** What the envelope allows at an actuator that the change can reach, beside what could be written there. */
export interface ReachLimit {
  flow: string;
  node: string;
  output: string;
  low: number | null;
  high: number | null;
  values: (string | number | boolean)[];
  unit: string;
  rate: number | null;
  interval: number;
  clamp: boolean;
  modes: ("advisory" | "automatic" | "manual" | "off")[];
  least: number | null;
  most: number | null;
  problems: Problem[];
}

/** Run what the files hold that were changed outside: all of it or nothing. */
export interface TakeRequest {
  revisions: Record<string, string>;
}

/** One property that differs. */
export interface Change {
  path: string;
  old: unknown;
  new: unknown;
  was_set: boolean;
  is_set: boolean;
}

/** Two contents of a flow; None: it is not there. */
export interface DiffRequest {
  old: Record<string, unknown> | null;
  new: Record<string, unknown> | null;
}

/** What changed from one content of a flow to another; see flowengine.flow.diff. */
export interface FlowDiff {
  name: string;
  existed: boolean;
  exists: boolean;
  added: string[];
  removed: string[];
  changed: Record<string, Change[]>;
  wires_added: Record<string, unknown>[];
  wires_removed: Record<string, unknown>[];
  wires_reordered: boolean;
  connections_added: string[];
  connections_removed: string[];
  connections_changed: Record<string, Change[]>;
  properties: Change[];
  moved: string[];
  logic: boolean;
}

/** Someone else was faster: what stands there now, and how it differs from what the caller began with. */
export interface Conflict {
  flow: string;
  revision: string;
  by: string;
  at: number;
  diff: FlowDiff | null;
}

/** What every answer from 400 on holds. */
export interface ApiProblem {
  error: string;
  message: string;
  hint: string;
  path: string;
  problems: Problem[];
  conflicts: Conflict[];
}

/** One thing that is wrong with a flow; see flowengine.flow.problem. */
export interface Problem {
  severity: "error" | "warning";
  code: string;
  message: string;
  file: string;
  line: number;
  path: string;
  node: string;
  hint: string;
  flow: string;
}

/** A flow to be checked among its neighbours, nothing is kept. */
export interface CheckRequest {
  name: string;
  flow: Record<string, unknown>;
  connections?: Record<string, unknown> | null;
  drafts?: Record<string, Record<string, unknown>>;
}

/** What is wrong with it, and what ports its nodes have. */
export interface CheckResult {
  problems: Problem[];
  ports: Record<string, Ports>;
}

/** What the caller was editing; it never runs before a deploy, and nobody else sees it. */
export interface Draft {
  flow: Record<string, unknown> | null;
  base: string;
  revision: string;
  saved: number;
}

/** The caller's drafts. */
export interface Drafts {
  drafts: DraftSummary[];
}

/** A draft without its content. */
export interface DraftSummary {
  name: string;
  base: string;
  revision: string;
  saved: number;
}

/** A flow to begin with, offered on the start page. */
export interface Example {
  name: string;
  title: string;
  note: string;
  flow: Record<string, unknown>;
  needs: string[];
}

/** One flow with its content. */
export interface FlowDetail {
  summary: FlowSummary;
  flow: Record<string, unknown>;
  ports: Record<string, Ports>;
  problems: Problem[];
}

/** One flow of the folder. */
export interface FlowSummary {
  name: string;
  file: string;
  revision: string;
  disk: string;
  state: "broken" | "disabled" | "failed" | "running" | "stopped" | "subflow";
  note: string;
  nodes: number;
  errors: number;
  warnings: number;
  error: string;
  draft: boolean;
  editors: string[];
}

/** A flow to be written as its file would be. */
export interface FormatRequest {
  flow: Record<string, unknown>;
}

/** The text of a flow file. */
export interface Formatted {
  text: string;
}

/** The ports of one node with its options, the error port aside. */
export interface Ports {
  inputs: Port[];
  outputs: Port[];
}

/** The folder of flows. */
export interface Project {
  folder: string;
  flows: FlowSummary[];
  connections: SharedConnections;
  git: boolean;
  branch: string;
  note: string;
  problems: Problem[];
  two_keys: TwoKeys;
}

/** The text of a flow file, to be read as strictly as the folder's own files are. */
export interface ReadRequest {
  name: string;
  text: string;
}

/** What a text says, and what is wrong with it. */
export interface ReadResult {
  flow: Record<string, unknown> | null;
  problems: Problem[];
}

/** connections.json: what all flows of the folder share. */
export interface SharedConnections {
  revision: string;
  disk: string;
  connections: Record<string, unknown>;
}

/** A message that left the node. */
export interface TryOutput {
  port: string;
  message: Record<string, unknown>;
}

/** A transform to be run alone on sample messages, in virtual time; sources, actuators and I/O are refused. */
export interface TryRequest {
  type: string;
  messages: Record<string, unknown>[];
  options?: Record<string, unknown>;
  port?: string;
  environment?: Record<string, string>;
}

/** What left the node, or why it failed. */
export interface TryResult {
  outputs: TryOutput[];
  error: string;
  line: number;
}

/** One thing to know about one entry of Node-RED. */
export interface RedFinding {
  level: "changed" | "error" | "loop" | "lost" | "note" | "placeholder" | "secret";
  text: string;
  type: string;
  name: string;
  flow: string;
  node: string;
  hint: string;
}

/** Flows of Node-RED to be brought over. */
export interface RedRequest {
  text: string;
  credentials?: string;
  key?: string;
  asynchronous?: boolean;
  native?: boolean;
  taken?: string[];
  taken_connections?: string[];
  keep?: boolean;
}

/** What flows of Node-RED have become. No secret is in it. */
export interface RedResult {
  counts: Record<string, number>;
  findings: RedFinding[];
  more: number;
  flows: Record<string, Record<string, unknown>>;
  connections: Record<string, unknown>;
  pages: string[];
}

/** What a person does at the guard. */
export interface MachineAct {
  what: "arm" | "disarm" | "mode" | "reset-stop" | "reset-trip" | "stop" | "write";
  target?: string;
  mode?: string;
  value?: number | boolean | string | null;
  cause?: string;
}

/** What became of it. */
export interface MachineActed {
  said: string;
}

/** A reading that conditions look at. */
export interface MachineInput {
  value: unknown;
  quality: string;
}

/** One place of a machine that may be written, and how it stands. */
export interface MachineOutput {
  address: string;
  mode: "advisory" | "automatic" | "manual" | "off";
  modes: ("advisory" | "automatic" | "manual" | "off")[];
  armed: boolean;
  trips: string[];
  safe: string;
  follows: boolean;
  group: string;
  owner: string;
  unit: string;
  low: number | null;
  high: number | null;
  values: (string | number | boolean)[];
  told: unknown;
  writer: string;
  said: string;
  refused: string;
  refusal: string;
  no_reset: string;
}

/** How all machines stand; also the event `machines` of the stream. */
export interface Machines {
  guarded: boolean;
  refused: string;
  signed_by: string;
  rejected: string;
  version: number;
  stops: string[];
  no_reset: string;
  unknown: string;
  outputs: Record<string, MachineOutput>;
  inputs: Record<string, MachineInput>;
  unlisted: Record<string, string>;
}

/** How a page presses the emergency stop beside the web server: `POST /stop` at another port of the same host. */
export interface StopTicket {
  port: number;
  ticket: string;
}

/** One version of a model. */
export interface Model {
  name: string;
  version: string;
  kind: string;
  state: "learned" | "missing" | "there";
  file: string;
  sha256: string;
  size: number;
  changed: number;
  uses: ModelUse[];
}

/** All versions, and what nodes use that is none. */
export interface Models {
  problems: string[];
  models: Model[];
}

/** A node that uses a version of a model, with what was measured there; null: nothing is known. */
export interface ModelUse {
  flow: string;
  node: string;
  type: string;
  role: "challenger" | "model";
  learns: boolean;
  count: number | null;
  mae: number | null;
  bias: number | null;
  answers: number | null;
  coverage: number | null;
  difference: number | null;
}

/** What becomes a version: what a node has learned by now. */
export interface NewVersion {
  flow: string;
  node: string;
  name: string;
}

/** The version that was made. */
export interface SavedVersion {
  file: string;
  sha256: string;
  warning: string;
}

/** What a flow stores. */
export interface CheckpointFigures {
  written: number;
  bytes: number;
  seconds: number;
  age: number;
  problem: string;
}

/** One connection. */
export interface ConnectionFigures {
  type: string;
  level: "busy" | "error" | "off" | "ok" | "warning";
  text: string;
}

/** The engine in figures. */
export interface EngineFigures {
  version: string;
  at: number;
  started: number;
  lag: number;
  memory: number;
  faults: number;
  dead_letters: number;
  dead_letters_dropped: number;
  debug_dropped: number;
  streams: number;
  stores: string[];
  flows: Record<string, FlowFigures>;
  processes: ProcessFigures[];
}

/** One flow that runs or should. */
export interface FlowFigures {
  problem: string;
  nodes: Record<string, NodeFigures>;
  latency: LatencyFigures;
  connections: Record<string, ConnectionFigures>;
  checkpoint: CheckpointFigures | null;
}

/** The engine's loop answers. */
export interface Health {
  status: string;
  restarting: string[];
  warnings: string[];
}

/** From source to end: messages in buckets with fixed bounds (see the metrics), and the sum of their seconds. */
export interface LatencyFigures {
  buckets: number[];
  seconds: number;
}

/** One node; counts are since its start. */
export interface NodeFigures {
  level: "busy" | "error" | "off" | "ok" | "warning";
  text: string;
  received: number;
  sent: number;
  failed: number;
  dropped: number;
  drops: Record<string, number>;
  waiting: number;
  limit: number;
  age: number;
  retries: number;
  restarts: number;
}

/** A worker, or the field process; counts go on over its restarts. */
export interface ProcessFigures {
  name: string;
  flows: string[];
  up: boolean;
  memory: number;
  memory_limit: number;
  cpu: number;
  cpu_limit: number;
  stopped: number;
  lag: number;
  hang_limit: number;
  falls: Record<string, number>;
  why: string;
}

/** All flows that should run do, and what should be kept can be. */
export interface Ready {
  status: string;
}

/** A package of nodes that did not import. */
export interface FailedPackage {
  name: string;
  error: string;
}

/** One entry of the palette: a node type, a connection type, or a subflow of the folder. */
export interface NodeType {
  type: string;
  kind: "actuator" | "connection" | "source" | "transform";
  title: string;
  help: string;
  schema: Record<string, unknown>;
  inputs: Port[];
  outputs: Port[];
  error_port: boolean;
  dynamic: boolean;
  button: boolean;
  ot: boolean;
  package: string;
  version: string;
  local: boolean;
  name: string;
  category: string;
}

/** All that can be put into a flow. */
export interface Palette {
  nodes: NodeType[];
  connections: NodeType[];
  subflows: NodeType[];
  failed: FailedPackage[];
}

/** A place where wires end or begin. */
export interface Port {
  name: string;
  payload: "any" | "boolean" | "bytes" | "list" | "number" | "object" | "text";
  description: string;
}

/** Users who are given the same. */
export interface Group {
  name: string;
  members: string[];
}

/** A new token: shown this once. */
export interface MadeToken {
  token: string;
}

/** Who is in a group from now on. */
export interface Members {
  members: string[];
}

/** A token to make. */
export interface NewToken {
  name: string;
  role: "admin" | "editor" | "metrics" | "operator" | "viewer";
  days: number;
  permissions: Permitted[];
}

/** The same, with who may do it. */
export interface Permission {
  may: "code" | "editor" | "operator" | "viewer";
  area: string;
  who: string;
  by: string;
  since: number;
}

/** What someone may do in an area of flows. */
export interface Permitted {
  may: "code" | "editor" | "operator" | "viewer";
  area: string;
}

/** All that has been given. */
export interface Rights {
  permissions: Permission[];
  groups: Group[];
}

/** A token for a program; what it is comes back once, when it is made. */
export interface Token {
  name: string;
  role: "admin" | "editor" | "metrics" | "operator" | "viewer";
  expires: number;
  since: number;
  last_seen: number;
  by: string;
}

/** All tokens. */
export interface Tokens {
  tokens: Token[];
}

/** A message that failed and was kept. */
export interface DeadLetter {
  id: number;
  flow: string;
  node: string;
  port: string;
  reason: string;
  kind: string;
  time: number;
  message: Record<string, unknown>;
}

/** Dead letters, the newest first. */
export interface DeadLetters {
  letters: DeadLetter[];
  kept: number;
  dropped: number;
}

/** The last items of the debug stream (event `debug`). */
export interface Debug {
  items: DebugItem[];
  dropped: number;
}

/** Something worth reading: a message at a debug node, a failure, a line of a node's log. */
export interface DebugItem {
  seq: number;
  at: number;
  flow: string;
  node: string;
  level: "error" | "info" | "value" | "warning";
  text: string;
  id: string;
  topic: string;
  quality: "bad" | "good" | "uncertain";
  kind: "boolean" | "bytes" | "list" | "null" | "number" | "object" | "text";
  value: unknown;
  cut: boolean;
  property: string;
}

/** The engine as it is now (event `engine`). */
export interface EngineLive {
  rate: number;
  dropped: number;
  failed: number;
  dead_letters: number;
  running: number;
  lag: number;
  memory: number;
  streams: number;
}

/** A node that is, or was, in trouble; it leaves the list when it is good again and someone has seen it. */
export interface Fault {
  flow: string;
  node: string;
  level: "error" | "warning";
  text: string;
  since: number;
  active: boolean;
  acknowledged_by: string;
  acknowledged_at: number;
}

/** All faults (event `faults`). */
export interface Faults {
  faults: Fault[];
}

/** A message at one place of its way. */
export interface Hop {
  at: number;
  flow: string;
  node: string;
  port: string;
  what: "failed" | "in" | "out";
  kind: "boolean" | "bytes" | "list" | "null" | "number" | "object" | "text";
  value: unknown;
  quality: "bad" | "good" | "uncertain";
  text: string;
}

/** A message to give to a node; without one, its button is pressed. */
export interface InjectRequest {
  node: string;
  message?: Record<string, unknown> | null;
  port?: string;
}

/** One flow as it is now: the snapshot that live frames (event `live`) keep up to date. */
export interface Live {
  flow: string;
  at: number;
  nodes: Record<string, NodeLive>;
  wires: Record<string, WireLive>;
  full: boolean;
}

/** A node as it is now. In live frames only what changed is sent. */
export interface NodeLive {
  level: "busy" | "error" | "off" | "ok" | "warning";
  text: string;
  received: number;
  sent: number;
  failed: number;
  dropped: number;
  waiting: number;
  rate: number;
  value: unknown;
  kind: "boolean" | "bytes" | "list" | "null" | "number" | "object" | "text";
  unit: string;
  quality: "bad" | "good" | "uncertain";
  time: number;
}

/** Dead letters by number. */
export interface Numbers {
  ids: number[];
}

/** A node of a flow. */
export interface Place {
  flow: string;
  node: string;
}

/** Nodes. */
export interface Places {
  places: Place[];
}

/** What became of letters that were asked to be replayed or deleted. */
export interface Replayed {
  done: number[];
  failed: Record<string, string>;
}

/** Start or stop a flow until the next deploy or start of the engine; its file stays as it is. */
export interface RunRequest {
  run: boolean;
}

/** The way of a message, and of all that was made from it. */
export interface Trace {
  id: string;
  hops: Hop[];
}

/** A wire as it is now. */
export interface WireLive {
  passed: number;
  rate: number;
  value: unknown;
  kind: "boolean" | "bytes" | "list" | "null" | "number" | "object" | "text";
  failed: boolean;
}

/** A result, and what it is of. */
export interface Simulation {
  content: string;
  base: string;
  at: number;
  hours: number;
  outdated: boolean;
  result: SimulationResult;
}

/** How much to simulate. */
export interface SimulationAsk {
  hours: number;
}

/** What one version would have done at one output. */
export interface SimulationFigures {
  commands: number;
  written: number;
  least: number | null;
  most: number | null;
  mean: number | null;
  per_hour: number;
  asked_least: number | null;
  asked_most: number | null;
  clamped: number;
  held: number;
  refused: number;
  made_safe: number;
}

/** Something that a person must know of how it was simulated. */
export interface SimulationNote {
  code: "borrowed-input" | "changed-source" | "left-out" | "new-source" | "not-armed" | "shortened" | "silent" | "silent-input" | "unguarded" | "unsound" | "untold";
  where: string;
  count: number;
  text: string;
}

/** One output, in both versions. */
export interface SimulationOutput {
  flow: string;
  node: string;
  output: string;
  unit: string;
  old: SimulationFigures | null;
  new: SimulationFigures | null;
  difference: number | null;
  difference_at: number;
  differs: boolean;
  reasons: SimulationReason[];
  times: number[];
  old_values: (number | null)[];
  new_values: (number | null)[];
}

/** Why commands were not written as asked, or an output was made safe. */
export interface SimulationReason {
  outcome: "clamp" | "hold" | "refuse" | "safe";
  code: string;
  text: string;
  first: number;
  old: number;
  new: number;
}

/** An open-loop replay: recorded readings do not react to what the new version would have written. */
export interface SimulationResult {
  state: "done" | "failed" | "nothing-reached" | "nothing-recorded";
  error: string;
  begin: number;
  end: number;
  messages: number;
  flows: string[];
  guarded: boolean;
  outputs: SimulationOutput[];
  troubles: SimulationTrouble[];
  notes: SimulationNote[];
  seconds: number;
}

/** Messages that failed at a node: they would be dead letters. */
export interface SimulationTrouble {
  flow: string;
  node: string;
  text: string;
  old: number;
  new: number;
}

/** The first event of a stream (`hello`). */
export interface Hello {
  stream: string;
  at: number;
  version: string;
}

/** This reader was too slow (event `lost`): what came in between is gone, whole frames follow. */
export interface Lost {
  turns: number;
}

/** What one browser wants to hear of on its stream. */
export interface Watching {
  flows?: string[];
  debug?: boolean;
  dashboard?: boolean;
  editing?: string[];
}

/** A user to add. */
export interface NewUser {
  name: string;
  role: "admin" | "editor" | "operator" | "viewer";
  password: string;
}

/** A sign-in at a provider under way. */
export interface OidcBegun {
  location: string;
  binding: string;
}

/** What the provider gave the browser, and what the page has kept. */
export interface OidcFinish {
  state: string;
  code: string;
  binding: string;
}

/** What was before this session began; times in seconds since 1970, 0: never. */
export interface PreviousSignIn {
  at: number;
  failed: number;
  failed_at: number;
}

/** Who is signed in, and what the page needs to begin with. */
export interface Session {
  user: string;
  role: "admin" | "editor" | "operator" | "viewer" | null;
  sides: ("it" | "ot")[];
  areas: Permitted[];
  previous: PreviousSignIn | null;
  csrf: string;
  setup: boolean;
  oidc: string;
  notice: string;
  version: string;
  folder: string;
  demo: boolean;
}

/** The first user: made with the token of the printed link. */
export interface Setup {
  token: string;
  name: string;
  password: string;
}

/** A name and a password. */
export interface SignIn {
  name: string;
  password: string;
}

/** One user; a password never comes back. */
export interface User {
  name: string;
  role: "admin" | "editor" | "operator" | "viewer";
  sides: ("it" | "ot")[];
  since: number;
  last_seen: number;
}

/** What to change of a user; what is left out stays. */
export interface UserChange {
  role?: "admin" | "editor" | "operator" | "viewer" | null;
  sides?: ("it" | "ot")[] | null;
  password?: string | null;
  current_password?: string;
}

/** All users. */
export interface Users {
  users: User[];
}
