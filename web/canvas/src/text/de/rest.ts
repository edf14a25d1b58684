import { actions } from "./actions";
import { alarms } from "./alarms";
import { changes } from "./changes";
import { dashboard } from "./dashboard";
import { debug } from "./debug";
import { deploy } from "./deploy";
import { files } from "./files";
import { forms } from "./forms";
import { letters } from "./letters";
import { machines } from "./machines";
import { models } from "./models";
import { nodered } from "./nodered";
import { panes } from "./panes";
import { parts } from "./parts";
import { people } from "./people";
import { popups } from "./popups";
import { simulation } from "./simulation";
import { start } from "./start";

/** What comes with the rooms that are fetched later. */
export const rest = { ...actions, ...alarms, ...changes, ...dashboard, ...debug, ...deploy, ...files, ...forms, ...letters, ...machines, ...models, ...nodered, ...panes, ...parts, ...people, ...popups, ...simulation, ...start };
