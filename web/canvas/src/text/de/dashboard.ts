import type { dashboard as english } from "../en/dashboard";

export const dashboard: Record<keyof typeof english, string> = {};
