import type { ReactNode } from "react";
import type { Config } from "@/api/types";
import { Account } from "@/app/account";
import { THEMES, type Theme, useTheme } from "@/app/theme";
import { Button } from "@/ui/button";
import { classes } from "@/ui/classes";
import { Moon, Screen, Sun } from "@/ui/icons";
import { Link } from "@/ui/router";
import { isMac } from "@/ui/typing";

const COMMAND_KEYS = isMac ? "⌘ K" : "Ctrl K";
const VIEWS = [
  { href: "/", title: "Editor", own: (path: string) => path === "/" || path.startsWith("/runs/") },
  { href: "/history", title: "History", own: (path: string) => path === "/history" || path.startsWith("/compare/") },
  { href: "/dashboard", title: "Dashboard", own: (path: string) => path === "/dashboard" },
] as const;

/** What is around every view: the name, the ways, how the code is isolated, and the colours. */
export function Shell({
  path,
  config,
  help,
  commands,
  children,
}: {
  path: string;
  config: Config | undefined;
  help: () => void;
  commands: () => void;
  children: ReactNode;
}) {
  return (
    <div className={classes("flex min-h-dvh flex-col", VIEWS[0].own(path) && "wide:h-dvh")}>
      <a
        href="#main"
        className="absolute top-2 left-2 z-30 -translate-y-20 rounded-md bg-ink px-3 py-2 text-sm text-paper focus:translate-y-0"
      >
        Skip to the content
      </a>
      <header className="flex h-13 shrink-0 items-center gap-x-4 border-b border-line px-4">
        <Link
          href="/"
          className="flex h-8 items-center gap-2 rounded-sm px-1 -mx-1 whitespace-nowrap"
          aria-label="AI Test Generator, home"
        >
          <Mark />
          <span className="text-[0.9375rem] font-semibold tracking-[-0.01em] max-md:hidden">AI Test Generator</span>
        </Link>
        <nav aria-label="Main" className="flex h-full min-w-0 sm:ml-3">
          {VIEWS.map((view) => (
            <Link
              key={view.href}
              href={view.href}
              aria-current={view.own(path) ? "page" : undefined}
              className={classes(
                "flex items-center border-b-2 px-2.5 text-sm -outline-offset-2 sm:px-3",
                view.own(path) ? "border-ink font-semibold" : "border-transparent text-ink-2 hover:text-ink",
              )}
            >
              {view.title}
            </Link>
          ))}
        </nav>
        <div className="ml-auto flex items-center gap-1">
          <Isolation config={config} />
          <Account />
          <ThemeSwitch />
          <Button look="quiet" size="icon" onClick={help} aria-label="Keyboard shortcuts" className="max-sm:hidden">
            ?
          </Button>
        </div>
      </header>
      <main id="main" tabIndex={-1} className="flex min-h-0 flex-1 flex-col outline-none">
        {children}
      </main>
      <footer className="flex shrink-0 flex-wrap items-center gap-x-4 gap-y-1 border-t border-line px-4 py-1.5 text-xs text-ink-3">
        <span>aitestgen {config?.version}</span>
        <button
          type="button"
          onClick={commands}
          className="min-h-6 underline decoration-edge underline-offset-3 hover:text-ink max-sm:hidden"
        >
          Commands: {COMMAND_KEYS}
        </button>
        <a
          href="/licences.txt"
          className="ml-auto min-h-6 content-center underline decoration-edge underline-offset-3 hover:text-ink"
        >
          Licences
        </a>
      </footer>
    </div>
  );
}

function Mark() {
  return (
    <svg width="22" height="22" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="6" className="fill-ink" />
      <g fill="none" strokeWidth="2.6" strokeLinecap="round" strokeLinejoin="round">
        <path d="M11 8H8v16h3M21 8h3v16h-3" className="stroke-paper" />
        <path d="M12 16.5l3 3 5.5-7" className="stroke-pass-line" />
      </g>
    </svg>
  );
}

function Isolation({ config }: { config: Config | undefined }) {
  if (!config) return null;
  const model = config.llm.available ? config.llm.name : "embedded engine, no key";
  return (
    <p className="mr-2 hidden text-xs text-ink-3 lg:block" title={config.isolation.layers.join(", ")}>
      {model}
      <span className="mx-2 text-edge">|</span>
      {config.isolation.tier ? `${config.isolation.backend}, tier ${config.isolation.tier}` : "no sandbox"}
    </p>
  );
}

const LOOKS: Record<Theme, { icon: ReactNode; words: string }> = {
  system: { icon: <Screen />, words: "like the system" },
  light: { icon: <Sun />, words: "light" },
  dark: { icon: <Moon />, words: "dark" },
};

function ThemeSwitch() {
  const [theme, choose] = useTheme();
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "system";
  return (
    <Button
      look="quiet"
      size="icon"
      data-command={`Colours: ${LOOKS[next].words}`}
      onClick={() => choose(next)}
      aria-label={`Colours: ${LOOKS[theme].words}. Change to ${LOOKS[next].words}`}
      title={`Colours: ${LOOKS[theme].words}`}
    >
      {LOOKS[theme].icon}
    </Button>
  );
}
