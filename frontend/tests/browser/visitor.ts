import axe from "axe-core";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { expect } from "vitest";
import type { Options } from "@/api/types";
import { shareFragment } from "@/features/compose/share";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
export const SLOW = { timeout: 90_000 };

/** So much to look for that its search takes several seconds. */
const LONG = Array.from(
  { length: 55 },
  (_, n) => `def f${n}(x: int, y: int) -> int:\n    if x*x+y==${n}.5:\n        return ${n}\n    return x + y\n`,
).join("\n\n");

export type Look = { theme?: "light" | "dark"; width?: number; height?: number };

export function launched(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
}

/** Somebody with a browser of their own. `complaints` are what the browser had to say: errors, and broken policy. */
export class Visitor {
  readonly complaints: string[] = [];

  private constructor(
    readonly page: Page,
    readonly context: BrowserContext,
    private readonly url: string,
  ) {
    page.on("pageerror", (error) => this.complaints.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error" && !/status of 4\d\d/.test(message.text())) this.complaints.push(message.text());
    });
  }

  static async to(url: string, browser: Browser, look: Look = {}): Promise<Visitor> {
    const context = await browser.newContext({
      viewport: { width: look.width ?? 1280, height: look.height ?? 860 },
      colorScheme: look.theme ?? "light",
      reducedMotion: "reduce",
    });
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    return new Visitor(page, context, url);
  }

  async open(path = "/"): Promise<void> {
    await this.page.goto(this.url + path);
  }

  /** Open the page with this code in the editor. */
  async bring(code: string, options: Options = {}): Promise<void> {
    await this.open(`/${await shareFragment({ code, options })}`);
    await expect.poll(() => this.code(), SLOW).toBe(code);
  }

  /** As `bring`, with code of which the editor draws only what is in sight. */
  async bringLong(): Promise<void> {
    await this.open(`/${await shareFragment({ code: LONG, options: { budget_seconds: 50 } })}`);
    await this.page.locator(".cm-line", { hasText: "def f0" }).waitFor(SLOW);
  }

  /** What is in the editor; an empty one holds a line that is only a break. */
  async code(): Promise<string> {
    const lines = await this.page.locator(".cm-line").allInnerTexts();
    return lines.map((line) => line.replace(/^\n$/, "")).join("\n");
  }

  async generate(): Promise<void> {
    await this.page.getByRole("button", { name: "Generate tests" }).click();
  }

  async report() {
    const report = this.page.getByRole("region", { name: "Report" });
    await report.waitFor(SLOW);
    return report;
  }

  /** Breaches of WCAG 2.2 AA that axe sees now, each with where. */
  async breaches(): Promise<string[]> {
    const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    // A debugger's evaluation is not held by the page's own policy, so that axe needs no hole in it.
    await this.page.evaluate(axe.source);
    return this.page.evaluate(async (values) => {
      const { axe: checker } = window as unknown as { axe: typeof axe };
      const result = await checker.run(document, { runOnly: { type: "tag", values } });
      return result.violations.flatMap((found) =>
        found.nodes.map((node) => `${found.id}: ${node.target} ${node.html.slice(0, 160)}`),
      );
    }, rules);
  }

  /** As `breaches`, in light and in dark colours; the page stays as it is. */
  async breachesInBothThemes(): Promise<string[]> {
    const found: string[] = [];
    for (const theme of ["dark", "light"] as const) {
      await this.page.emulateMedia({ colorScheme: theme });
      await expect.poll(() => this.page.evaluate(() => document.documentElement.dataset.theme), SLOW).toBe(theme);
      for (const breach of await this.breaches()) found.push(`${theme}: ${breach}`);
    }
    return found;
  }

  async leave(): Promise<void> {
    await this.context.close();
  }
}
