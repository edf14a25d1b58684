import type { debug as english } from "../en/debug";

export const debug: Record<keyof typeof english, string> = {};
