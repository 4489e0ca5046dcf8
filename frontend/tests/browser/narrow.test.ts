import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launched, SLOW, Visitor } from "./visitor";
import { Backend } from "./world";

const SLOW_MS = 300_000;
const WIDE_LINES = `def label(name: str) -> str:
    """A label, in a line that is longer than any place that it is shown in, on a phone as well as on a wide screen.

    >>> label("x")
    'a rather long answer to a rather short name, which is not what the code gives, so that it is told as a bug'
    """
    if name == "a name that is rather long and that is compared with something, so that a fault in it is long too":
        return "a rather long answer to a rather long name, which nobody would give, and no test would ever see it"
    return name.upper()
`;

let browser: Browser;
let backend: Backend;
let url: string;

beforeAll(async () => {
  browser = await launched();
  backend = await Backend.started();
  url = backend.url;
});
afterAll(async () => {
  await browser.close();
  await backend.remove();
});

/** By how much the page is wider than the window. */
const sideways = (visitor: Visitor) =>
  visitor.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

test(
  "code that is wider than its place scrolls alone, and by keyboard, at any width of the page",
  async () => {
    const visitor = await Visitor.to(url, browser, { width: 390, height: 844 });
    const { page } = visitor;
    await visitor.bring(WIDE_LINES, { budget_seconds: 4, max_tests: 1 });
    await visitor.generate();
    const report = await visitor.report();
    for (const [width, height] of [
      [320, 640],
      [390, 844],
      [1440, 900],
    ] as const) {
      await page.setViewportSize({ width, height });
      for (const tab of ["Tests", "Coverage", "Survivors", "Suspected bugs", "Log"]) {
        await report.getByRole("tab", { name: tab }).click();
        expect(await visitor.breachesInBothThemes(), `${tab} at ${width}`).toEqual([]);
        expect(await sideways(visitor), `${tab} at ${width}`).toBe(0);
      }
    }
    await report.getByRole("tab", { name: "Coverage" }).click();
    const source = report.getByRole("group", { name: "The source, line by line" });
    await source.focus();
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => source.evaluate((element) => element.scrollLeft), SLOW).toBeGreaterThan(0);
    await page.setViewportSize({ width: 390, height: 844 });
    const log = await report.getByRole("tab", { name: "Log" }).boundingBox();
    expect((log?.x ?? 0) + (log?.width ?? 999)).toBeLessThan(390);
    await visitor.leave();
  },
  SLOW_MS,
);

test("on a phone an example brings the editor into sight, a menu stays in the window, what went wrong is led to", async () => {
  const visitor = await Visitor.to(url, browser, { width: 390, height: 700 });
  const { page } = visitor;
  await visitor.open();
  await page.getByRole("button", { name: "A parser" }).click();
  await page.getByRole("button", { name: "parse_duration", pressed: true }).waitFor();
  expect(await page.locator(".cm-line").first().isVisible()).toBe(true);
  await expect
    .poll(
      () =>
        page
          .locator(".cm-line")
          .first()
          .boundingBox()
          .then((box) => box?.y),
      SLOW,
    )
    .toBeLessThan(700);
  await page.setViewportSize({ width: 320, height: 640 });
  await page.getByRole("button", { name: "Examples" }).click();
  const menu = await page.getByRole("menu").boundingBox();
  expect(menu?.x).toBeGreaterThan(0);
  expect((menu?.x ?? 0) + (menu?.width ?? 999)).toBeLessThan(320);
  await page.keyboard.press("Escape");
  await visitor.bring("import os\n\n\ndef home() -> str:\n    return os.getcwd()\n");
  await page.getByText("This server will refuse the code.").waitFor();
  await page.keyboard.press("Control+Enter"); // from wherever the focus is
  const refusal = page.getByRole("heading", { name: "This server refuses the code" });
  await refusal.waitFor();
  await expect.poll(() => refusal.boundingBox().then((box) => (box?.y ?? 999) < 640), SLOW).toBe(true);
  await visitor.leave();
});

test("fingers get larger buttons", async () => {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  const page = await context.newPage();
  await page.goto(url);
  await page.getByRole("button", { name: "shipping_cents" }).waitFor();
  for (const name of ["Examples", "Open", "Share", "shipping_cents", "Generate tests"]) {
    const box = await page.getByRole("button", { name }).first().boundingBox();
    expect(box?.height, name).toBeGreaterThanOrEqual(32);
  }
  await context.close();
});
