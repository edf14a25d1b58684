import type { canvas as english } from "../en/canvas";

export const canvas: Record<keyof typeof english, string> = {};
