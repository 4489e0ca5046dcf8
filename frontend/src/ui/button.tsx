import type { ComponentProps } from "react";
import { classes } from "@/ui/classes";

const LOOKS = {
  primary: "bg-ink text-paper border-ink hover:bg-ink-2 hover:border-ink-2 font-semibold",
  plain: "bg-paper text-ink border-edge hover:border-ink-3 hover:bg-panel",
  quiet: "bg-transparent text-ink-2 border-transparent hover:text-ink hover:bg-sunken",
  danger: "bg-paper text-miss border-miss-line hover:bg-miss-soft",
} as const;

const SIZES = {
  md: "h-9 px-3.5 text-sm gap-2 pointer-coarse:h-11",
  sm: "h-7 px-2.5 text-xs gap-1.5 pointer-coarse:h-9",
  icon: "size-8 justify-center text-sm pointer-coarse:size-9",
} as const;

export type ButtonProps = ComponentProps<"button"> & { look?: keyof typeof LOOKS; size?: keyof typeof SIZES };

export function buttonClasses(look: keyof typeof LOOKS = "plain", size: keyof typeof SIZES = "md"): string {
  return classes(
    "inline-flex shrink-0 items-center rounded-md border whitespace-nowrap transition-colors select-none",
    "disabled:opacity-50",
    LOOKS[look],
    SIZES[size],
  );
}

export function Button({ look = "plain", size = "md", className, type = "button", ...rest }: ButtonProps) {
  return <button {...rest} type={type} className={classes(buttonClasses(look, size), className)} />;
}
