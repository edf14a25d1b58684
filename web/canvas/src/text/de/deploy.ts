import type { deploy as english } from "../en/deploy";

export const deploy: Record<keyof typeof english, string> = {};
