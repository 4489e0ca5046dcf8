import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Plugin } from "vite";

const PACKAGE = /^(.*\/node_modules\/((?:@[^/]+\/)?[^/]+))\//;
const LICENCE = /^(licen[cs]e|notice|ofl)([.-].*)?$/i;
/** Their rules are copied into the style sheet, which names no file that they came from. */
const IN_STYLES = ["tailwindcss"];

/** Writes `licences.txt`: each package of which something is in the build, fonts too, with the text of its licence. */
export function notices(): Plugin {
  return {
    name: "notices",
    apply: "build",
    generateBundle(_options, bundle) {
      const files = Object.values(bundle).flatMap((output) =>
        output.type === "chunk" ? output.moduleIds : output.originalFileNames,
      );
      const used = new Map([...IN_STYLES.map((name) => `node_modules/${name}/`), ...files].flatMap(packageOf));
      const parts = [...used].sort(([a], [b]) => a.localeCompare(b)).map(([name, folder]) => notice(name, folder));
      this.emitFile({ type: "asset", fileName: "licences.txt", source: parts.join(`\n${"-".repeat(80)}\n\n`) });
    },
  };
}

/** Name and folder of the package that a file is from; nothing for the page's own. */
function packageOf(file: string): [string, string][] {
  const [, folder, name] = PACKAGE.exec(`${resolve(import.meta.dirname, file.replace(/^\0/, ""))}/`) ?? [];
  return folder && name ? [[name, folder]] : [];
}

/** A package's name, version and licence. Fails where it came without a text: then nobody could keep to it. */
function notice(name: string, folder: string): string {
  const { version, license } = JSON.parse(readFileSync(resolve(folder, "package.json"), "utf8"));
  const texts = readdirSync(folder).filter((file) => LICENCE.test(file));
  if (!texts.length) throw new Error(`${name} has no licence in ${folder}`);
  const text = texts.map((file) => readFileSync(resolve(folder, file), "utf8").trim()).join("\n\n");
  return `${name} ${version} (${license})\n\n${text}\n`;
}
