import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// The bundle goes into the Python package, where git ignores it. No source maps: they would double the wheel.
export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "../flowengine_web/static",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0, // the content security policy allows no data: scripts or styles
    chunkSizeWarningLimit: 700,
  },
  worker: { format: "es" },
  server: { proxy: { "/api": "http://127.0.0.1:1890" } },
});
