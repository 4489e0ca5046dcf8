import { describe, expect, test } from "vitest";
import type { Config, Validation } from "@/api/types";
import { serverComplaints, syntaxComplaints } from "@/features/compose/complaints";
import { opened } from "@/features/compose/dropped-file";
import { readFragment, shareFragment } from "@/features/compose/share";
import { sentence } from "@/features/compose/where-it-goes";

describe("a syntax error", () => {
  test.each(["def f(:\n    pass\n", "x = (1,\n", "class A\n    pass\n", "return = 3\n"])(
    "is found without a server in %j",
    (code) => {
      expect(syntaxComplaints(code)).toHaveLength(1);
    },
  );

  test.each([
    "",
    "async def f(*, a: int = 1) -> None:\n    await g(a)\n",
    "match x:\n    case [1, *rest] if rest:\n        pass\n",
    'print(f"{x!r:>{width}}")\n',
    "def first[T](items: list[T]) -> T:\n    return items[0]\n",
    "type Pair = tuple[int, int]\n",
    "with (open(a) as f, open(b) as g):\n    pass\n",
    "try:\n    pass\nexcept* ValueError:\n    pass\n",
  ])("is not seen in valid code: %j", (code) => {
    expect(syntaxComplaints(code)).toEqual([]);
  });
});

describe("what the server says", () => {
  const said = (change: Partial<Validation>): Validation => ({
    is_safe: false,
    error_message: null,
    dangerous_items: [],
    functions: [],
    classes: [],
    code_length: 0,
    findings: [],
    ...change,
  });

  test("stands at its place in the code", () => {
    const finding = { name: "os", line: 2, column: 8, rule: "system", message: "reaches the system" };
    const code = "x = 1\nimport os\n";
    const [complaint] = serverComplaints(code, said({ findings: [finding] }));
    expect(complaint && code.slice(complaint.from, complaint.to)).toBe("os");
    expect(complaint?.severity).toBe("refused");
  });

  test.each([
    ["os gives access to files", "os gives access to files"],
    ["it gives access to files", "os: it gives access to files"],
  ])("names what is refused once in %j", (message, shown) => {
    const finding = { name: "os", line: 1, column: 8, message, rule: "" };
    const [complaint] = serverComplaints("import os\n", said({ findings: [finding] }));
    expect(complaint?.message).toBe(shown);
  });

  test("is Python's own message where the code does not parse", () => {
    const [complaint] = serverComplaints("def f(:\n", said({ error_message: "line 1, column 7: invalid syntax" }));
    expect(complaint).toMatchObject({ line: 1, severity: "error", message: "invalid syntax" });
  });

  test("without a column means the line", () => {
    const code = "def f(:\n    pass\n";
    const [complaint] = serverComplaints(code, said({ error_message: "line 1: invalid syntax" }));
    expect(complaint && code.slice(complaint.from, complaint.to)).toBe("def f(:");
  });

  test("never points out of the code", () => {
    const [complaint] = serverComplaints("x", said({ error_message: "line 99, column 99: odd" }));
    expect(complaint?.to).toBeLessThanOrEqual(1);
  });
});

describe("a share link", () => {
  const code = "def grüße():\n    return '<img src=x onerror=alert(1)>'\n";

  test("carries code and options, and nothing but letters of an address", async () => {
    const fragment = await shareFragment({ code, options: { seed: 7 } });
    expect(fragment).toMatch(/^#share=[\w-]+$/);
    expect(await readFragment(fragment)).toEqual({ code, options: { seed: 7 } });
  });

  test("brings no option that the page does not offer", async () => {
    const fragment = await shareFragment({ code, options: { policy: "sandbox", llm: "x:y", seed: 1 } });
    expect((await readFragment(fragment))?.options).toEqual({ seed: 1 });
  });

  test.each(["", "#main", "#share=", "#share=%%%", "#share=AAAA"])("that is broken is none: %s", async (fragment) => {
    expect(await readFragment(fragment)).toBeNull();
  });

  test("that unpacks to more than a megabyte is none", async () => {
    const fragment = await shareFragment({ code: "x".repeat(2_000_000), options: {} });
    expect(fragment.length).toBeLessThan(10_000);
    expect(await readFragment(fragment)).toBeNull();
  });
});

test("a file of other bytes than UTF-8 is refused with its name", async () => {
  await expect(opened(new File([new Uint8Array([0xff, 0xfe, 0x00])], "odd.py"))).rejects.toThrow("odd.py is not UTF-8");
});

test("the line beside the button says where the code goes and how long it stays", () => {
  const config = {
    llm: { available: true, name: "groq:llama" },
    retention_days: 30,
    keep_code: true,
    isolation: { backend: "bubblewrap", tier: "A", layers: [] },
  } as unknown as Config;
  expect(sentence(config, true)).toContain("It is also sent to groq:llama. It is kept for 30 days");
  expect(sentence(config, false)).toContain("It is sent to nobody else.");
  expect(sentence({ ...config, keep_code: false }, false)).toContain("The code itself is not kept.");
  expect(sentence(undefined, false)).not.toMatch(/nobody|kept/); // nothing is promised before it is known
});
