import type { live as english } from "../en/live";

export const live: Record<keyof typeof english, string> = {};
