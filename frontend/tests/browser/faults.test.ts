import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
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
  await backend.start();
  await visitor.report();
  await visitor.leave();
});

test("a run waits for the one before it, and says so", async () => {
  const visitors = await Promise.all([1, 2].map(() => Visitor.to(backend.url, browser)));
  for (const visitor of visitors) {
    await visitor.bring(ODD);
    await visitor.generate();
    await visitor.page.getByRole("region", { name: "Progress" }).waitFor(SLOW);
  }
  const second = visitors[1]?.page;
  await second?.getByRole("heading", { name: "Waiting for a free sandbox" }).waitFor(SLOW);
  await visitors[1]?.report();
  for (const visitor of visitors) await visitor.leave();
});

test("a server that is busy is asked again when it said to be", async () => {
  const visitor = await Visitor.to(backend.url, browser);
  const { page } = visitor;
  await visitor.bring(ODD);
  const body = { detail: "every sandbox slot is busy; try again in 2 s", error_type: "SandboxError", retryable: true };
  await page.route("**/api/jobs", (route) =>
    route.fulfill({ status: 429, json: body, headers: { "Retry-After": "2" } }),
  );
  await visitor.generate();
  await page.getByRole("heading", { name: "The server is busy" }).waitFor();
  const again = page.getByRole("button", { name: /^Try again/ });
  expect(await again.isDisabled()).toBe(true);
  await page.unroute("**/api/jobs");
  await again.click();
  await visitor.report();
  await visitor.leave();
});

test("the page paints at once, and stays quick while two thousand events come in", async () => {
  const visitor = await Visitor.to(backend.url, browser);
  const { page } = visitor;
  await visitor.bring(ODD);
  const painted = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? -1);

  const stage = (seq: number) => ({
    seq,
    at: "",
    event: "mutants",
    stage: "mutate",
    detail: "",
    killed: seq,
    total: EVENTS,
    survivors: [],
  });
  const stream = Array.from({ length: EVENTS }, (_, index) => index + 1)
    .map((seq) => `id: ${seq}\nevent: mutants\ndata: ${JSON.stringify(stage(seq))}\n\n`)
    .join("");
  await page.route("**/api/jobs/*/events*", (route) =>
    route.fulfill({ contentType: "text/event-stream", body: stream }),
  );
  await visitor.generate();
  await page.getByText(`${EVENTS} of ${EVENTS} killed`).waitFor(SLOW);
  const slowest = await page.evaluate(async () => {
    const waits: number[] = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) waits.push(entry.duration);
    }).observe({ type: "longtask", buffered: true });
    await new Promise((resolve) => setTimeout(resolve, 100));
    return Math.max(0, ...waits);
  });
  console.log(`first contentful paint ${painted.toFixed(0)} ms; longest task ${slowest.toFixed(0)} ms`);
  expect(painted).toBeGreaterThan(0);
  await visitor.leave();
});
