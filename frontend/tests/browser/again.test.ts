import type { Browser, Request } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Options } from "@/api/types";
import { shareFragment } from "@/features/compose/share";
import { launched, SLOW, Visitor } from "./visitor";
import { Backend } from "./world";

const TWO = `def half(x: int) -> int:
    if x < 0:
        raise ValueError("x must not be negative")
    return x // 2


def sign(x: int) -> str:
    if x < 0:
        return "minus"
    return "plus"
`;

let browser: Browser;
let backend: Backend;
let url: string;
let visitor: Visitor;

beforeAll(async () => {
  browser = await launched();
  backend = await Backend.started();
  url = backend.url;
});
afterAll(async () => {
  await browser.close();
  await backend.remove();
});
beforeEach(async () => {
  visitor = await Visitor.to(url, browser);
});
afterEach(() => visitor.leave());

const isSending = (request: Request) => request.method() === "POST" && request.url().endsWith("/api/jobs");
const optionsOf = (request: Request): Options => request.postDataJSON().options;

test("what is tested after a test was wanted for one function is what is switched on, as before", async () => {
  const { page } = visitor;
  await visitor.bring(TWO, { budget_seconds: 20, max_tests: 1, seed: 3 });
  await visitor.generate();
  const report = await visitor.report();
  await report.getByRole("tab", { name: "Survivors" }).click();
  const wanted = page.waitForRequest(isSending);
  await report.getByRole("button", { name: "Write a test for this" }).first().click();
  expect(optionsOf(await wanted).targets).toHaveLength(1);
  await page.getByText(/added to the suite/).waitFor(SLOW);
  await page.getByRole("button", { name: "half", pressed: true }).waitFor();
  await page.getByRole("button", { name: "sign", pressed: true }).waitFor();
  const next = page.waitForRequest(isSending);
  await visitor.generate();
  expect(optionsOf(await next)).toEqual({ budget_seconds: 20, max_tests: 1, seed: 3 });
});

test("a run that could not be fetched is fetched when tried again, and nothing is sent anew", async () => {
  const { page } = visitor;
  await visitor.bring(TWO, { budget_seconds: 4 });
  await visitor.generate();
  await visitor.report();
  const { pathname } = new URL(page.url());
  const address = `**/api${pathname.replace("runs", "jobs")}`;
  const other = await visitor.context.newPage();
  await other.route(address, (route) => route.abort());
  const sent: string[] = [];
  other.on("request", (request) => isSending(request) && sent.push(request.url()));
  await other.goto(url + pathname);
  await other.getByRole("heading", { name: "No connection to the server" }).waitFor(SLOW);
  await other.unroute(address);
  await other.getByRole("button", { name: "Try again" }).click();
  await other.getByRole("region", { name: "Report" }).waitFor(SLOW);
  expect(sent).toEqual([]);
});

test("whoever writes on while their code is tested loses neither a key nor the focus", async () => {
  const { page } = visitor;
  await visitor.bring(TWO, { budget_seconds: 4 });
  await visitor.generate();
  await page.getByRole("region", { name: "Progress" }).waitFor();
  await page.getByRole("textbox", { name: "Python code to test" }).focus();
  await page.keyboard.press("Control+End");
  await page.keyboard.type("# e");
  await visitor.report();
  await page.keyboard.type(" c ?");
  expect(await visitor.code()).toContain("# e c ?");
  expect(await page.getByRole("dialog").count()).toBe(0);
});

test("why nothing can be sent is said beside the button", async () => {
  const { page } = visitor;
  await visitor.bring("def one() -> int:\n    return 1\n");
  await page.getByRole("button", { name: "one", pressed: true }).click();
  await page.getByText("Nothing is chosen").waitFor();
  expect(await page.getByRole("button", { name: "Generate tests" }).isDisabled()).toBe(true);
  expect(await visitor.breachesInBothThemes()).toEqual([]);
  const { max_code_length: most } = await (await fetch(`${url}/api/config`)).json();
  await visitor.open(`/${await shareFragment({ code: `# ${"x".repeat(most)}`, options: {} })}`);
  await page.getByText(/characters; this server takes up to/).waitFor();
  expect(await page.getByRole("group").getByRole("button").count()).toBe(0);
  expect(await page.getByRole("button", { name: "Generate tests" }).isDisabled()).toBe(true);
  expect(await visitor.breachesInBothThemes()).toEqual([]);
});

test("a part of the page that cannot be loaded leaves the rest, and the code, where they are", async () => {
  const { page } = visitor;
  await visitor.bring(TWO);
  await page.route("**/assets/history-*.js", (route) => route.abort());
  await page.getByRole("link", { name: "History" }).click();
  await page.getByRole("heading", { name: "This part of the page could not be loaded" }).waitFor();
  expect(await visitor.breachesInBothThemes()).toEqual([]);
  await page.getByRole("link", { name: "Editor" }).click();
  await expect.poll(() => visitor.code(), SLOW).toBe(TWO);
  await page.getByRole("link", { name: "History" }).click();
  await page.getByRole("heading", { name: "This part of the page could not be loaded" }).waitFor();
  await page.unroute("**/assets/history-*.js");
  await page.getByRole("button", { name: "Load the page anew" }).click();
  await page.getByRole("searchbox").waitFor();
});

test("history, dashboard and comparison say what went wrong, and fetch again when asked to", async () => {
  const { page } = visitor;
  await visitor.open("/history");
  await page.getByRole("searchbox").waitFor();
  for (const [path, fetched] of [
    ["/history", "**/api/jobs?*"],
    ["/dashboard", "**/api/analytics?*"],
    ["/compare/one/two", "**/api/jobs/*"],
  ] as const) {
    await page.route(fetched, (route) => route.fulfill({ status: 503, json: { detail: "away for a moment" } }));
    await visitor.open(path);
    const trouble = page.getByRole("alert");
    await trouble.getByRole("heading", { name: "The server is restarting", level: 2 }).waitFor(SLOW);
    expect(await visitor.breachesInBothThemes(), path).toEqual([]);
    await page.unroute(fetched);
    await trouble.getByRole("button", { name: "Try again" }).click();
    await trouble.getByText("Away for a moment.").waitFor({ ...SLOW, state: "detached" });
  }
});

test("the name of a file that is opened stays text; one that is no text is refused until the code is another", async () => {
  const { page } = visitor;
  await visitor.open();
  const field = page.locator("input[type=file]");
  const file = (name: string, bytes: string | number[]) => ({
    name,
    mimeType: "text/x-python",
    buffer: Buffer.from(bytes as string),
  });
  await field.setInputFiles(file("\u202eyp.<img src=x>\u001b.py", "def opened(x: int) -> int:\n    return x\n"));
  await page.getByRole("button", { name: "opened", pressed: true }).waitFor();
  await page.getByText("\u27e8U+202E\u27e9yp.<img src=x>").waitFor();
  await field.setInputFiles(file("noise\u202e.py", [0xff, 0xfe, 0x00]));
  const refusal = page.getByText("noise\u27e8U+202E\u27e9.py is not UTF-8 text");
  await refusal.waitFor();
  await page.keyboard.press("e");
  await page.keyboard.type("# another");
  await refusal.waitFor({ state: "detached" });
});
