import { fileURLToPath } from "node:url";
import tailwind from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { compressed } from "./compressed.config";
import { notices } from "./notices.config";

export default defineConfig({
  plugins: [react(), tailwind(), notices(), compressed()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    outDir: "../src/aitestgen/page",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    target: "es2022",
    modulePreload: { polyfill: false },
  },
  html: { cspNonce: "__CSP_NONCE__" },
  server: { port: 5173, strictPort: true },
});
