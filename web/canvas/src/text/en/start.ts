/** Words of the start page. */
export const start = {
  "start.git": "git, {branch}",
  "start.draft": "changed, not deployed",
  "start.nodes": "{count} node|{count} nodes",
  "start.run-flow": "Start {flow} now",
  "start.stop-flow": "Stop {flow} now",
  "start.empty": "There is no flow yet. Create one, import a file, or begin with an example.",
  "start.empty-viewer": "There is no flow yet. An editor can create one.",
  "start.outside": "Changed outside",
  "start.see-all": "See all and run them together …",
  "start.see": "See the changes",
  "start.examples": "Examples and templates",
  "start.demo": "This is the demo: its plant is simulated, try whatever you like.",
  "start.needs": "Brings with it: {flows}",
  "start.use": "Use it",
  "start.use-example": "Use the example {title}",
};
