import { existsSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { launched, Visitor } from "./visitor";

const url = inject("url");

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

describe("what is sent to a browser", () => {
  const build = fileURLToPath(new URL("../../../src/aitestgen/page", import.meta.url));

  test("is at most 300 kB packed for the first load, fonts and all", async () => {
    await visitor.open();
    await visitor.page.getByText("Begin with an example").waitFor();
    await visitor.page.evaluate(() => document.fonts.ready);
    const loaded = await visitor.page.evaluate(() =>
      performance.getEntriesByType("resource").map((entry) => entry.name),
    );
    const files = loaded.map((name) => new URL(name).pathname).filter((path) => !path.startsWith("/api/"));
    const sizes = ["/index.html", ...files].map((name) => {
      const packed = `${build}${name}.gz`;
      return statSync(existsSync(packed) ? packed : build + name).size;
    });
    const total = sizes.reduce((sum, size) => sum + size, 0);
    console.log(`first load: ${(total / 1000).toFixed(0)} kB in ${sizes.length} files, packed by gzip`);
    expect(sizes.length).toBeGreaterThan(4);
    expect(total).toBeLessThan(300_000);
  });

  test("comes with the licences of all fonts and libraries in it", async () => {
    const { page } = visitor;
    await visitor.open();
    await page.getByRole("link", { name: "Licences" }).click();
    await page.waitForURL(`${url}/licences.txt`);
    const text = await page.locator("body").innerText();
    for (const name of ["react-dom", "@codemirror/view", "@tanstack/query-core", "@fontsource/ibm-plex-mono"])
      expect(text).toContain(`${name} `);
    expect(text).toContain("SIL OPEN FONT LICENSE");
    expect(text.match(/Permission is hereby granted/g)?.length).toBeGreaterThan(10);
  });

  test("forbids everything that is not the page's own", async () => {
    const answer = await fetch(url);
    const policy = answer.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).not.toContain("unsafe");
    const again = (await fetch(url)).headers.get("content-security-policy");
    expect(again).not.toBe(policy);
  });
});
