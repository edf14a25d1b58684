/** Words of the panes beside the canvas: problems, outline. */
export const panes = {
  "problems.error": "error",
  "problems.warning": "warning",
  "problems.unread": "{count} problem: open the flow|{count} problems: open the flow",
  "problems.packages": "Packages that could not be loaded",
  "problems.folder": "Folder",
  "outline.tree": "Outline of the flow",
  "outline.flow": "{flow}, {count} node|{flow}, {count} nodes",
  "outline.out": "to {other}",
  "outline.out-port": "{port} to {other}",
  "outline.in": "from {other}",
  "outline.in-port": "{port} from {other}",
  "outline.disabled": "disabled",
  "outline.actions": "Actions",
};
