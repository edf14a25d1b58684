/** Words of rooms that are fetched later, as far as buttons, menus and keys show them before. */
export const doorways = {
  "debug.trace-close": "End the trace",
  "deploy.action-deploy": "Deploy …",
  "deploy.action-marks": "Show the differences from what runs",
  "deploy.action-revert": "Back to the deployed version",
  "deploy.deploy": "Deploy",
  "deploy.nothing": "Nothing has changed since the last deploy.",
  "deploy.step-take": "Take the deployed {flow}",
  "deploy.took": "{flow} is as deployed now. Undo brings your edit back.",
  "deploy.waiting": "{count} change waits for a deploy|{count} changes wait for a deploy",
  "form.loading": "Loading the form…",
  "nodered.help": "Coming from Node-RED",
  "settings.action.connections": "Connections…",
};
