import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";
import { chunkOf } from "./chunks";

const STILL = fileURLToPath(new URL("src/canvas/still.ts", import.meta.url));

/** React Flow's parts that the canvas has no use for can be left out once nothing writes names on them. */
const unnamed: Plugin = {
  name: "unnamed",
  transform: {
    filter: { id: /@xyflow\/react/ },
    handler: (code) => ({ code: code.replaceAll(/^\w+\.displayName = '\w+';$/gm, ""), map: null }),
  },
};

// The bundle goes into the Python package, where git ignores it. No source maps: they would double the wheel.
export default defineConfig({
  plugins: [react(), unnamed],
  resolve: {
    alias: {
      "d3-transition": STILL,
      "d3-interpolate": STILL,
      "use-sync-external-store/shim/with-selector.js": "use-sync-external-store/with-selector.js", // React has the rest of it
    },
  },
  build: {
    outDir: "../flowengine_web/static",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0, // the content security policy allows no data: scripts or styles
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      treeshake: { manualPureFunctions: ["memo", "forwardRef", "createContext"] },
      output: { codeSplitting: { includeDependenciesRecursively: false, groups: [{ name: chunkOf }] } },
    },
  },
  worker: { format: "es" },
  test: { setupFiles: ["tests/words.ts"], testTimeout: 30_000, hookTimeout: 30_000 }, // a busy computer fails no test
  server: { proxy: { "/api": "http://127.0.0.1:1890" } },
});
