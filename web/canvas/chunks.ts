/**
 * What is fetched together. The page comes in four steps, each one file: everywhere, where there is something live, the
 * editor, its canvas. A module belongs to the first of them that needs it. What only a part needs that is fetched later
 * stays with that part. Left alone, the bundler makes thirty small files of what two parts share.
 */
import { fileURLToPath } from "node:url";

const STEPS = {
  main: ["src/main.tsx", "src/shell/UserMenu.tsx"],
  live: ["src/live/start.ts", "src/live/inject.ts", "src/machines/MachinesPlace.tsx", "src/model/same.ts"],
  editor: ["src/shell/Workbench.tsx"],
  canvas: ["src/canvas/Canvas.tsx"],
};

type Look = (id: string) => { importedIds: readonly string[] } | null;

let steps: Map<string, string> | null = null;

export function chunkOf(id: string, build: { getModuleInfo: Look }): string | null {
  steps ??= allSteps((module) => build.getModuleInfo(module));
  return steps.get(id) ?? (id.includes("rolldown/runtime") ? "main" : null);
}

function allSteps(look: Look): Map<string, string> {
  const found = new Map<string, string>();
  for (const [step, files] of Object.entries(STEPS)) {
    const waiting = files.map((file) => fileURLToPath(new URL(file, import.meta.url)));
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      if (found.has(id)) continue;
      found.set(id, step);
      waiting.push(...(look(id)?.importedIds ?? []));
    }
  }
  return found;
}
