import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactNode } from "react";
import { afterEach, expect, test, vi } from "vitest";
import { Problem } from "@/api/problem";
import { Account } from "@/app/account";
import Palette from "@/app/palette";
import { TroubleView } from "@/app/trouble";
import { troubleOf } from "@/app/troubles";

afterEach(() => vi.unstubAllGlobals());

function served(me: object, shown: ReactNode) {
  const asked: string[] = [];
  vi.stubGlobal("fetch", (path: string, { method }: RequestInit) => {
    asked.push(`${method} ${path}`);
    const body = method === "GET" ? JSON.stringify(me) : null;
    return Promise.resolve(new Response(body, { status: body ? 200 : 204 }));
  });
  render(<QueryClientProvider client={new QueryClient()}>{shown}</QueryClientProvider>);
  return asked;
}

test("a command is found by typing, chosen by Enter, and done", async () => {
  const done: string[] = [];
  render(
    <main>
      <button type="button" data-command="Copy the tests" onClick={() => done.push("copied")}>
        Copy
      </button>
      <button type="button" data-command="Generate tests" disabled onClick={() => done.push("generated")}>
        Generate
      </button>
    </main>,
  );
  render(<Palette close={() => done.push("closed")} />);
  const user = userEvent.setup();
  const field = screen.getByRole("combobox", { name: "Search commands" });
  expect(screen.queryByRole("option", { name: "Generate tests" })).toBeNull();
  await user.type(field, "tests copy");
  expect(screen.getAllByRole("option").map((option) => option.textContent)).toEqual(["Copy the tests"]);
  expect(field).toHaveAttribute("aria-activedescendant", screen.getByRole("option").id);
  await user.keyboard("{Enter}");
  expect(done).toContain("copied");
});

test("arrows walk through the commands and around", async () => {
  render(<Palette close={() => undefined} />);
  const user = userEvent.setup();
  await user.click(screen.getByRole("combobox"));
  await user.keyboard("{ArrowUp}");
  expect(screen.getByRole("option", { selected: true })).toHaveTextContent("Go to the dashboard");
  await user.keyboard("{ArrowDown}");
  expect(screen.getByRole("option", { selected: true })).toHaveTextContent("Go to the editor");
});

test("who is logged in can log out", async () => {
  const asked = served({ login: true, name: "ann@shop.test" }, <Account />);
  await userEvent.click(await screen.findByRole("button", { name: "Log out" }));
  expect(asked).toContain("POST /auth/logout");
});

test("a server that wants to know who asks leads to its login and back", async () => {
  const trouble = troubleOf(new Problem(401, "a key is needed"));
  served({ login: true }, <TroubleView trouble={trouble} retry={() => undefined} goTo={() => undefined} />);
  expect(await screen.findByRole("link", { name: "Log in" })).toHaveAttribute("href", "/auth/login?next=%2F");
});
