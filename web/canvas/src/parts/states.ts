import type { Part } from "../api/types";
import type { IconName } from "../ui/Icon";

/** A shape for each state, so that nobody has to tell colours apart. */
export const SHAPES: Record<Part["state"], IconName> = { past: "error", soon: "warning", later: "check", unknown: "info" };
