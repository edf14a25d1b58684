import { dashboard } from "./dashboard";
import { debug } from "./debug";
import { deploy } from "./deploy";
import { forms } from "./forms";

/** What comes with the rooms that are fetched later. */
export const rest = { ...forms, ...debug, ...deploy, ...dashboard };
