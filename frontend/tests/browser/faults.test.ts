import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Streaming } from "./streaming";
import { launched, SLOW, Visitor } from "./visitor";
import { Backend } from "./world";

const ODD = `def odd(values: list[int]) -> list[int]:
    """The odd ones."""
    return [value for value in values if value % 2]
`;
const EVENTS = 2000;

let browser: Browser;
let backend: Backend;

beforeAll(async () => {
  browser = await launched();
  backend = await Backend.started({ AITESTGEN_SLOTS: "1" });
});
afterAll(async () => {
  await browser.close();
  await backend.remove();
});

test("a run goes on where its server was killed and came again; the page takes it up by itself", async () => {
  const visitor = await Visitor.to(backend.url, browser);
  const { page } = visitor;
  await visitor.bring(ODD);
  await visitor.generate();
  await page.getByRole("region", { name: "Progress" }).getByText("Search").waitFor(SLOW);
  await backend.stop("SIGKILL");
  await page.getByText("The connection is lost.").waitFor(SLOW);
  expect(await visitor.breachesInBothThemes()).toEqual([]);
  await backend.start();
  await visitor.report();
  await visitor.leave();
});

test("a run waits for the one before it, and says so", async () => {
  const first = await Visitor.to(backend.url, browser);
  const second = await Visitor.to(backend.url, browser);
  await first.bringLong();
  await first.generate();
  await first.page.getByRole("region", { name: "Progress" }).getByText("Search").waitFor(SLOW);
  await second.bring(ODD);
  await second.generate();
  const waiting = second.page.getByRole("heading", { name: "Waiting for a free sandbox" });
  await waiting.waitFor(SLOW);
  expect(await second.breachesInBothThemes()).toEqual([]);
  expect(await waiting.count()).toBe(1);
  await first.page.keyboard.press("Escape");
  await second.report();
  await first.leave();
  await second.leave();
});

test("a server that is busy says so, and is asked again when it said to be", async () => {
  const tight = await Backend.started({ AITESTGEN_SLOTS: "1", AITESTGEN_SECONDS_PER_DAY: "0.1" });
  const visitor = await Visitor.to(tight.url, browser);
  const { page } = visitor;
  await visitor.bring(ODD);
  await visitor.generate();
  await visitor.report();
  await visitor.bring(`${ODD}\n`);
  await visitor.generate();
  await page.getByRole("heading", { name: "The server is busy" }).waitFor(SLOW);
  await page.getByText("0.1 s of work a day are used up").waitFor();
  const again = page.getByRole("button", { name: /^Try again in/ });
  expect(await again.isDisabled()).toBe(true);
  expect(await visitor.breachesInBothThemes()).toEqual([]);
  await visitor.leave();
  await tight.remove();
});

test("after a wait as long as the server asked for, trying again helps", async () => {
  const visitor = await Visitor.to(backend.url, browser);
  const { page } = visitor;
  await visitor.bring(ODD);
  const body = { detail: "every sandbox slot is busy; try again in 2 s", error_type: "SandboxError", retryable: true };
  await page.route("**/api/jobs", (route) =>
    route.fulfill({ status: 429, json: body, headers: { "Retry-After": "2" } }),
  );
  await visitor.generate();
  await page.getByRole("heading", { name: "The server is busy" }).waitFor();
  await page.unroute("**/api/jobs");
  await page.getByRole("button", { name: /^Try again/ }).click();
  await visitor.report();
  await visitor.leave();
});

test.each([
  [500, "SandboxError", "No sandbox is available"],
  [500, "LLMError", "The language model did not answer"],
  [500, "Unknown", "The run failed"],
  [503, "SandboxError", "The server is restarting"],
  [403, "Unknown", "Your account may not do that"],
  [422, "CodeInvalid", "The code cannot be tested as it is"],
])("an answer %i with %s is told without a breach", async (status, kind, title) => {
  const visitor = await Visitor.to(backend.url, browser);
  const { page } = visitor;
  await visitor.bring(ODD);
  const body = { detail: "why it is so", error_type: kind, retryable: status !== 422 };
  const headers = { "X-Request-ID": "0123456789", ...(status === 503 ? { "Retry-After": "9" } : {}) };
  await page.route("**/api/jobs", (route) => route.fulfill({ status, json: body, headers }));
  await visitor.generate();
  await page.getByRole("heading", { name: title }).waitFor();
  expect(await visitor.breachesInBothThemes()).toEqual([]);
  await visitor.leave();
});

test("who has to log in is led there and back; a session that is over is told; who logs out is out", async () => {
  const guarded = await Backend.withLogin();
  const visitor = await Visitor.to(guarded.url, browser);
  const { page, context } = visitor;
  await visitor.open();
  await page.getByText("ann@shop.test").waitFor();
  expect(await visitor.breachesInBothThemes()).toEqual([]);
  await context.clearCookies();
  await visitor.generate();
  await page.getByRole("heading", { name: "This server wants to know who you are" }).waitFor();
  expect(await visitor.breachesInBothThemes()).toEqual([]);
  await page.getByRole("link", { name: "History" }).click();
  await page.getByRole("alert").waitFor();
  expect(await visitor.breachesInBothThemes()).toEqual([]);
  await visitor.open();
  const [answer] = await Promise.all([
    page.waitForResponse("**/auth/logout"),
    page.waitForRequest("**/authorization?*"), // whom the session no longer lets in is led to the login again
    page.getByRole("button", { name: "Log out" }).click(),
  ]);
  expect(answer.status()).toBe(204);
  await visitor.leave();
  await guarded.remove();
});

test("the page paints at once, and keys are answered while two thousand events stream in", async () => {
  const streaming = await Streaming.before(backend.url, EVENTS);
  const visitor = await Visitor.to(streaming.url, browser);
  const { page } = visitor;
  await visitor.bring(ODD);
  const paint = await page.waitForFunction(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime);
  const painted = (await paint.jsonValue()) ?? -1; // told of only once the frame has been shown: later than what is found in it
  await visitor.generate();
  await page.getByText(/^\d+ of \d+ killed$/).waitFor(SLOW);
  await page.evaluate(() => {
    const delays: number[] = [];
    Object.assign(window, { delays });
    addEventListener("keydown", (event) => delays.push(performance.now() - event.timeStamp), { capture: true });
  });
  await page.getByRole("textbox", { name: "Python code to test" }).focus();
  await page.keyboard.press("Control+End");
  let typed = 0;
  while ((await page.getByText(`${EVENTS} of ${EVENTS} killed`).count()) === 0) {
    await page.keyboard.press("#");
    typed += 1;
  }
  const delays = await page.evaluate(() => (window as unknown as { delays: number[] }).delays.sort((a, b) => a - b));
  const at = (share: number) => delays[Math.floor((delays.length - 1) * share)] ?? -1;
  console.log(
    `first contentful paint ${painted.toFixed(0)} ms; input delay of ${typed} keys while ${EVENTS} events stream in: ` +
      `median ${at(0.5).toFixed(1)} ms, 95 % ${at(0.95).toFixed(1)} ms, most ${at(1).toFixed(1)} ms`,
  );
  expect(painted).toBeGreaterThan(0);
  expect(typed).toBeGreaterThan(10);
  expect(await visitor.code()).toContain("#".repeat(typed));
  expect(at(0.5)).toBeLessThan(200);
  await visitor.leave();
  await streaming.close();
});
