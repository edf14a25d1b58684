import type { forms as english } from "../en/forms";

export const forms: Record<keyof typeof english, string> = {};
