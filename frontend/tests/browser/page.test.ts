import { readFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { EXAMPLES } from "@/features/compose/examples";
import { launched, SLOW, Visitor } from "./visitor";

const url = inject("url");
const QUICK = { budget_seconds: 4 };
/** Enough for some mutants to be judged on a machine that has much else to do. */
const PATIENT = { budget_seconds: 50 };
const SLOW_MS = 300_000;
const HALF = `def half(x: int) -> int:
    """Half of an even number.

    >>> half(7)
    3.5
    """
    if x < 0:
        raise ValueError("x must not be negative")
    return x // 2


def sign(x: int) -> str:
    if x < 0:
        return "minus"
    return "plus"
`;

let browser: Browser;
let visitor: Visitor;

beforeAll(async () => {
  browser = await launched();
});
afterAll(() => browser.close());
beforeEach(async () => {
  visitor = await Visitor.to(url, browser);
});
afterEach(async () => {
  const { complaints } = visitor;
  await visitor.leave();
  expect(complaints).toEqual([]);
});

test("an empty history says so, in both themes without a breach", async () => {
  for (const theme of ["light", "dark"] as const) {
    await visitor.page.emulateMedia({ colorScheme: theme });
    for (const [path, words] of [
      ["/history", "Nothing was run yet."],
      ["/dashboard", "Nothing was run in this time."],
      ["/no-such-page", "There is no such page"],
      ["/runs/unknown", "There is no such run"],
      ["/", "Begin with an example"],
    ] as const) {
      await visitor.open(path);
      await visitor.page.getByText(words).waitFor();
      expect(await visitor.breaches(), `${path} ${theme}`).toEqual([]);
    }
  }
});

test("the lines of the editor are as high when first drawn as later, and their numbers beside them", async () => {
  const { page } = visitor;
  await page.addInitScript(() => {
    const seen = new Set<number>();
    const look = () => {
      const line = document.querySelector(".cm-line");
      if (line) seen.add(line.getBoundingClientRect().height);
      requestAnimationFrame(look);
    };
    look();
    Object.assign(window, { heights: () => [...seen] });
  });
  await visitor.open();
  await page.getByRole("button", { name: "shipping_cents", pressed: true }).waitFor(SLOW);
  const heights = await page.evaluate(() => (window as unknown as { heights: () => number[] }).heights());
  expect(heights).toHaveLength(1);
  const tops = (selector: string) =>
    page.locator(selector).evaluateAll((found) => found.map((each) => Math.round(each.getBoundingClientRect().top)));
  const numbers = await tops(".cm-lineNumbers .cm-gutterElement:not([style*=hidden])");
  expect(numbers.length).toBeGreaterThan(20);
  expect(numbers).toEqual(await tops(".cm-line"));
});

describe("an example of the menu, run as it is, becomes a report:", () => {
  test.each(EXAMPLES.map(({ id, title }) => [title, id]))(
    "%s",
    async (title, id) => {
      const { page } = visitor;
      await visitor.open();
      await page.getByRole("button", { name: "Examples" }).click();
      await page.getByRole("menuitem", { name: title }).click();
      await visitor.generate();
      const report = await visitor.report();
      expect(await report.getByRole("heading", { level: 1 }).innerText()).toMatch(/^\d+ tests, all passing$/);
      const bugs = report.getByRole("tab", { name: "Suspected bugs" });
      expect(await bugs.innerText()).toMatch(id === "median" ? /[1-9]/ : /\b0$/);
      expect(await visitor.breachesInBothThemes()).toEqual([]);
    },
    SLOW_MS,
  );
});

describe("code, pasted and run", () => {
  test(
    "becomes a report; history and dashboard tell of it; it can be deleted",
    async () => {
      const { page } = visitor;
      await visitor.bring(HALF, { budget_seconds: 15 });
      await page.getByRole("button", { name: "sign", pressed: true }).waitFor();
      await visitor.generate();
      await page.getByRole("region", { name: "Progress" }).waitFor();
      const report = await visitor.report();
      await expect.poll(() => page.evaluate(() => document.activeElement?.tagName), SLOW).toBe("H1");
      expect(await report.getByRole("heading", { level: 1 }).innerText()).toMatch(/^\d+ tests?, (all )?passing$/);
      expect(await page.locator(".fact-covered").count()).toBeGreaterThan(0);

      const first = report.getByRole("checkbox").first();
      const figures = report.locator("dl").first();
      const before = await figures.innerText();
      await first.uncheck();
      await expect.poll(() => figures.innerText()).not.toBe(before);
      await first.check();

      await report.getByRole("button", { name: "Copy", exact: true }).click();
      await report.getByRole("button", { name: "Copied" }).waitFor();
      const copied = await page.evaluate(() => navigator.clipboard.readText());
      expect(copied).toContain("from user_code import");
      const saved = page.waitForEvent("download");
      await report.getByRole("button", { name: "test_user_code.py" }).click();
      expect(readFileSync(await (await saved).path(), "utf8")).toBe(copied);

      for (const tab of ["Tests", "Coverage", "Survivors", "Suspected bugs", "Log"]) {
        await report.getByRole("tab", { name: tab }).click();
        expect(await visitor.breachesInBothThemes(), tab).toEqual([]);
      }
      await report.getByRole("tab", { name: "Suspected bugs" }).click();
      expect(await report.getByRole("tabpanel").innerText()).toContain("half(7)");

      await page.getByRole("link", { name: "Dashboard" }).click();
      await page.getByRole("heading", { name: "Time by stage" }).waitFor();
      expect(await visitor.breachesInBothThemes()).toEqual([]);
      await page.getByRole("button", { name: "Table" }).first().click();
      await page.getByRole("columnheader", { name: "Mutants" }).waitFor();
      expect(await visitor.breachesInBothThemes()).toEqual([]);

      await page.getByRole("link", { name: "History" }).click();
      await page.getByRole("searchbox").fill("half");
      const entry = page.getByRole("main").getByRole("listitem");
      await entry.first().waitFor();
      expect(await visitor.breachesInBothThemes()).toEqual([]);
      await entry
        .first()
        .getByRole("button", { name: /^Delete/ })
        .click();
      await entry.first().getByRole("button", { name: "Delete?" }).click();
      await page.getByText("No run is like that.").waitFor();
    },
    SLOW_MS,
  );

  test(
    "has a survivor: a test for it is added to the suite",
    async () => {
      const { page } = visitor;
      await visitor.bring(HALF, { ...PATIENT, max_tests: 1, seed: 3 });
      await visitor.generate();
      const first = await visitor.report();
      const survivors = first.getByRole("tab", { name: "Survivors" });
      await survivors.click();
      await first.getByRole("button", { name: "Write a test for this" }).first().click();
      await page.getByRole("heading", { name: /^Looking for a test that notices line/ }).waitFor(SLOW);
      await page.getByRole("heading", { name: /^[2-9]\d* tests, all passing$/ }).waitFor(SLOW);
      const extended = await visitor.report();
      await extended.getByText(/tests? (was|were) added to the suite/).waitFor();
      const [total, added] = [
        await extended.getByRole("checkbox").count(),
        await extended.getByText("new", { exact: true }).count(),
      ];
      expect(added).toBeGreaterThan(0);
      expect(total).toBe(added + 1);
      await extended.getByText(/^passed, \d+ new$/).waitFor();
      expect(await visitor.breachesInBothThemes()).toEqual([]);
    },
    SLOW_MS,
  );

  test("two of its runs are compared", async () => {
    const { page } = visitor;
    await visitor.bring(HALF, { ...QUICK, max_tests: 1, seed: 4 });
    await visitor.generate();
    await visitor.report();
    await visitor.bring(HALF.replace("minus", "negative"), { ...QUICK, seed: 4 });
    await visitor.generate();
    await visitor.report();
    await page.getByRole("link", { name: "History" }).click();
    const compare = page.getByRole("main").getByRole("button", { name: /^Compare/ });
    await compare.nth(0).click();
    await page.getByText("Choose another run to compare it with.").waitFor();
    expect(await visitor.breachesInBothThemes()).toEqual([]);
    await compare.nth(1).click();
    await page.getByRole("heading", { name: "Two runs compared" }).waitFor();
    const code = page.getByRole("region", { name: "Code", exact: true });
    await code.getByText('return "negative"').waitFor();
    expect(await code.innerText()).toContain("only in the older run");
    const tests = page.getByRole("region", { name: "Tests", exact: true });
    await tests.getByText("only in the newer run").first().waitFor();
    expect(await visitor.breachesInBothThemes()).toEqual([]);
    await page.reload();
    await page.getByRole("heading", { name: "Two runs compared" }).waitFor();
  });

  test("is run again where the page was loaded anew in the middle", async () => {
    await visitor.bring(HALF, { ...QUICK, seed: 2 });
    await visitor.generate();
    await visitor.page.getByRole("region", { name: "Progress" }).waitFor();
    await visitor.page.reload();
    const report = await visitor.report();
    await report.getByText("seed 2").waitFor();
  });

  test("has a call that never returns: that is cut short, and the rest is tested", async () => {
    const { page } = visitor;
    const endless = "def spin(x: int) -> int:\n    while True:\n        x += 1\n";
    await visitor.bring(endless, QUICK);
    await visitor.generate();
    await page.getByRole("heading", { name: "Nothing to test here" }).waitFor(SLOW);
    await page.getByText("none of 1 target of user_code (spin) could be called").waitFor();
    expect(await visitor.breachesInBothThemes()).toEqual([]);
    await visitor.bring(`${endless}\n\n${HALF}`, QUICK);
    await visitor.generate();
    const report = await visitor.report();
    await report.getByRole("heading", { name: /^\d+ tests, all passing$/ }).waitFor();
    await report.getByRole("tab", { name: "Coverage" }).click();
    expect(await report.locator("tr, li, div").filter({ hasText: "while True" }).count()).toBeGreaterThan(0);
  });

  test("is cancelled by Esc, and what the page holds stays", async () => {
    const { page } = visitor;
    await visitor.bringLong();
    await visitor.generate();
    await page.getByRole("region", { name: "Progress" }).getByText("Search").waitFor();
    expect(await visitor.breachesInBothThemes()).toEqual([]);
    await page.keyboard.press("Escape");
    const cancelled = page.getByRole("heading", { name: /^Cancelled/ });
    await cancelled.waitFor(SLOW);
    expect(await visitor.breachesInBothThemes()).toEqual([]);
    expect(await visitor.code()).toContain("def f0(x: int, y: int) -> int:");
  });

  test("needs nothing but a keyboard", async () => {
    const { page } = visitor;
    await visitor.open();
    await page.getByRole("textbox", { name: "Python code to test" }).waitFor();
    await page.keyboard.press("e");
    await page.keyboard.press("Control+a");
    await page.keyboard.insertText("def twice(x: int) -> int:\n    return 2 * x\n");
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.closest(".cm-editor"))).toBeNull();
    await page.keyboard.press("Shift+Tab");
    await page.getByRole("button", { name: "twice", pressed: true }).waitFor();
    await page.keyboard.press("Control+Enter");
    await visitor.report();
    await page.keyboard.press("Alt+3");
    expect(await page.getByRole("tab", { name: "Survivors" }).getAttribute("aria-selected")).toBe("true");
    await page.keyboard.press("Alt+1");
    await page.keyboard.press("j");
    expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toMatch(/^Keep test_/);
    await page.keyboard.press("Space");
    await page
      .getByText(/^of \d+$/)
      .first()
      .waitFor();
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keyboard" }).waitFor();
    expect(await visitor.breachesInBothThemes()).toEqual([]);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Search commands" }).waitFor();
    expect(await visitor.breachesInBothThemes()).toEqual([]);
    await page.keyboard.insertText("coverage");
    await page.keyboard.press("Enter");
    await page.getByRole("tab", { name: "Coverage", selected: true }).waitFor();
    expect(await page.getByRole("dialog").count()).toBe(0);
  });
});

describe("code that is not run", () => {
  test("because it does not parse: told while typing, before anybody is asked", async () => {
    const { page } = visitor;
    await visitor.open();
    await page.getByRole("textbox", { name: "Python code to test" }).waitFor();
    await page.route("**/api/validate-code", () => undefined);
    await page.keyboard.press("e");
    await page.keyboard.press("Control+a");
    await page.keyboard.insertText("def broken(:\n    pass\n");
    await page.getByText("This does not parse").waitFor();
    await page.unroute("**/api/validate-code");
    await page.keyboard.insertText("\n");
    await page.getByText("invalid syntax").waitFor();
    expect(await page.getByRole("button", { name: "Generate tests" }).isDisabled()).toBe(true);
    expect(await visitor.breachesInBothThemes()).toEqual([]);
  });

  test("because the policy refuses it: marked, named, and told why when it is sent all the same", async () => {
    const { page } = visitor;
    await visitor.bring("import os\n\n\ndef home() -> str:\n    return os.getcwd()\n");
    const problems = page.getByRole("region", { name: "Problems in the code" });
    await problems.getByText("This server will refuse the code.").waitFor();
    await page.locator(".cm-lintRange-warning").first().waitFor(); // what marks is loaded once there is something to mark
    await visitor.generate();
    const refusal = page.getByRole("alert");
    await refusal.getByRole("heading", { name: "This server refuses the code" }).waitFor();
    expect(await visitor.breachesInBothThemes()).toEqual([]);
    await refusal.getByRole("button", { name: /Line 1/ }).click();
    expect(await page.locator(".cm-activeLine").innerText()).toContain("import os");
  });

  test("because there is nothing to test in it", async () => {
    const { page } = visitor;
    await visitor.bring("ANSWER = 42\n");
    await visitor.generate();
    await page.getByRole("heading", { name: "Nothing to test here" }).waitFor(SLOW);
    expect(await visitor.breachesInBothThemes()).toEqual([]);
  });

  test("because the server is gone: the code stays, and trying again helps", async () => {
    const { page } = visitor;
    await visitor.bring("def one() -> int:\n    return 1\n", QUICK);
    await page.route("**/api/jobs", (route) => route.abort());
    await visitor.generate();
    await page.getByRole("heading", { name: "No connection to the server" }).waitFor();
    expect(await visitor.breachesInBothThemes()).toEqual([]);
    await page.unroute("**/api/jobs");
    visitor.complaints.length = 0; // the browser's own line about the request that was broken off
    await page.getByRole("button", { name: "Try again" }).click();
    await visitor.report();
  });
});

test("a share link brings the code without telling the server, and the address forgets it", async () => {
  const { page } = visitor;
  const asked: string[] = [];
  await visitor.bring(HALF);
  const shareButton = page.getByRole("button", { name: "Share" });
  await shareButton.click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  const other = await Visitor.to(url, browser);
  other.page.on("request", (request) => asked.push(request.url()));
  await other.page.goto(link);
  await expect.poll(() => other.code()).toBe(HALF);
  expect(other.page.url()).toBe(`${url}/`);
  expect(asked.filter((address) => address.includes("share"))).toEqual([]);
  expect(other.complaints).toEqual([]);
  await other.leave();
});

test("names, messages and output of the code stay text", async () => {
  const { page } = visitor;
  const code = `def shout(text: str) -> str:
    """<img src=x onerror=window.pwned=1>

    >>> shout("<script>window.pwned=1</script>")
    'nothing'
    """
    if not text:
        raise ValueError("<img src=x onerror=window.pwned=1> \\x1b[31m \\u202e")
    print("<svg onload=window.pwned=1>")
    return text.upper()
`;
  await visitor.bring(code, QUICK);
  await visitor.generate();
  const report = await visitor.report();
  for (const tab of ["Tests", "Coverage", "Survivors", "Suspected bugs", "Log"]) {
    await report.getByRole("tab", { name: tab }).click();
    expect(await page.locator("img, main script, main svg[onload]").count()).toBe(0);
    const acting = /[\u0000-\u0008\u000e-\u001f\u200b-\u200f\u202a-\u202e]/;
    expect(await report.innerText()).not.toMatch(acting);
  }
  await report.getByRole("tab", { name: "Suspected bugs" }).click();
  expect(await report.innerText()).toContain("<script>window.pwned=1</script>");
  expect(await page.evaluate(() => "pwned" in window)).toBe(false);
});
