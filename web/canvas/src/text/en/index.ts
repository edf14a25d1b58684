import { canvas } from "./canvas";
import { debug } from "./debug";
import { deploy } from "./deploy";
import { forms } from "./forms";
import { live } from "./live";
import { shell } from "./shell";
import { dashboard } from "./dashboard";

export const en = { ...shell, ...canvas, ...forms, ...live, ...debug, ...deploy, ...dashboard };
