import { dashboard } from "./dashboard";
import { debug } from "./debug";
import { deploy } from "./deploy";
import { forms } from "./forms";
import { machines } from "./machines";

/** What comes with the rooms that are fetched later. */
export const rest = { ...forms, ...debug, ...deploy, ...dashboard, ...machines };
