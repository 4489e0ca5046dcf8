import { type ReactNode, useEffect, useState } from "react";
import { Button, type ButtonProps } from "@/ui/button";
import { Check, Copy } from "@/ui/icons";

const SAID_MS = 1800;

/** Copies `text`, and says whether that worked. Some browsers copy only what is there at once, not what is promised. */
export function CopyButton({
  text,
  label,
  icon = <Copy size={14} />,
  compact = false,
  ...rest
}: { text: string | (() => string | Promise<string>); label: string; icon?: ReactNode; compact?: boolean } & Omit<
  ButtonProps,
  "onClick"
>) {
  const [state, setState] = useState<"idle" | "copied" | "failed">("idle");
  useEffect(() => {
    if (state === "idle") return;
    const timer = setTimeout(() => setState("idle"), SAID_MS);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = () => {
    const value = typeof text === "function" ? text() : text;
    written(value).then(
      () => setState("copied"),
      () => setState("failed"),
    );
  };
  return (
    <Button {...rest} onClick={copy}>
      {state === "copied" ? <Check size={14} /> : icon}
      <span aria-live="polite" className={compact ? "max-sm:sr-only" : undefined}>
        {{ idle: label, copied: "Copied", failed: "Not allowed here" }[state]}
      </span>
    </Button>
  );
}

function written(value: string | Promise<string>): Promise<void> {
  if (!navigator.clipboard) return Promise.reject(new Error("there is no clipboard here"));
  if (typeof value === "string") return navigator.clipboard.writeText(value);
  return value.then((text) => navigator.clipboard.writeText(text));
}
