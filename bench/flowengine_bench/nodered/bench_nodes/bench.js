// The ends of a measured flow: the cheapest source and sink that Node-RED allows, so that only the flow between is paid for.
// Each report is one line on stdout: "@bench " and a JSON object. When stdin closes (our parent is gone), Node-RED ends.

const say = (report) => process.stdout.write("@bench " + JSON.stringify(report) + "\n")
const seconds = () => Number(process.hrtime.bigint()) / 1e9

const payloads = {
  number: (i) => i % 4096,
  nested: (i) => ({
    machine: { line: "L1", cell: 4, name: "oven" },
    temperature: { value: i % 4096, unit: "degC", limits: { low: 20, high: 250 } },
    state: { running: true, alarms: ["door", "fan"], batch: "B-17" }
  })
}

module.exports = function (RED) {
  process.stdin.on("end", () => process.exit(0)).resume()
  RED.events.on("flows:started", () => say({ event: "started", nodes: countNodes() }))

  function countNodes () {
    let count = 0
    RED.nodes.eachNode((node) => { if (node.z) count += 1 })
    return count
  }

  // Sends `samples` samples of `sample` messages in bursts of `burst`, each burst when the counter has seen all `branches`
  // copies of the one before, and says the rate of each sample in messages a second.
  function BenchSource (config) {
    RED.nodes.createNode(this, config)
    const node = this
    const make = payloads[config.shape]
    let samples = config.samples
    let left = config.sample
    let began = 0
    const send = () => {
      const burst = Math.min(config.burst, left)
      if (left === config.sample) began = seconds()
      left -= burst
      counter.await(burst * config.branches, drained)
      for (let i = 0; i < burst; i++) node.send({ topic: "bench", payload: make(i) })
    }
    const drained = () => {
      if (left === 0) {
        say({ event: "sample", rate: config.sample / (seconds() - began) })
        left = config.sample
        samples -= 1
      }
      if (samples > 0) setImmediate(send)
    }
    RED.events.once("flows:started", () => setTimeout(send, 200))
  }
  RED.nodes.registerType("bench-source", BenchSource)

  const counter = {
    left: -1,
    drained: null,
    await (count, drained) {
      this.left = count
      this.drained = drained
    }
  }
  function BenchCounter (config) {
    RED.nodes.createNode(this, config)
    this.on("input", (message, send, done) => {
      counter.left -= 1
      if (counter.left === 0) counter.drained()
      done()
    })
  }
  RED.nodes.registerType("bench-counter", BenchCounter)

  // Asks again as soon as it is answered: drives a poll as fast as it goes. `bench-rate` counts the answers of all loops.
  function BenchLoop (config) {
    RED.nodes.createNode(this, config)
    const node = this
    let answers = 0
    let before = 0
    const ask = () => node.send({ payload: "" })
    const wake = setInterval(() => { // a poll that failed brought no answer: ask again
      if (answers === before) for (let i = 0; i < config.inFlight; i++) ask()
      before = answers
    }, 1000)
    node.on("input", (message, send, done) => {
      answers += 1
      answered += 1
      ask()
      done()
    })
    node.on("close", () => clearInterval(wake))
  }
  RED.nodes.registerType("bench-loop", BenchLoop)

  // Says once a second how many messages a second came in here and at the loops.
  let answered = 0
  function BenchRate (config) {
    RED.nodes.createNode(this, config)
    let began = seconds()
    const timer = setInterval(() => {
      const now = seconds()
      say({ event: "rate", rate: answered / (now - began) })
      answered = 0
      began = now
    }, 1000)
    this.on("input", (message, send, done) => {
      answered += 1
      done()
    })
    this.on("close", () => clearInterval(timer))
  }
  RED.nodes.registerType("bench-rate", BenchRate)

  // Says that the first message has come.
  function BenchFirst (config) {
    RED.nodes.createNode(this, config)
    this.once("input", (message, send, done) => {
      say({ event: "first" })
      done()
    })
  }
  RED.nodes.registerType("bench-first", BenchFirst)
}
