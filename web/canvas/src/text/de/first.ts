import { canvas } from "./canvas";
import { doorways } from "./doorways";
import { live } from "./live";
import { shell } from "./shell";

/** What the first page needs. */
export const first = { ...shell, ...canvas, ...live, ...doorways };
