import { type IndentContext, indentService, LRLanguage } from "@codemirror/language";
import { parser } from "@lezer/python";

const language = LRLanguage.define({ name: "python", parser, languageData: { commentTokens: { line: "#" } } });

/** A new line goes as deep as the one before; deeper after a colon, back after what ends a block. */
function depth(context: IndentContext, at: number): number | null {
  const { text } = context.lineAt(at, -1);
  const own = /^\s*/.exec(text)?.[0].length ?? 0;
  if (/:\s*(#.*)?$/.test(text)) return own + context.unit;
  return /^\s*(return|raise|pass|break|continue)\b/.test(text) ? Math.max(0, own - context.unit) : own;
}

/** Python as far as an editor needs it: its grammar for colours, its comments, and how deep a line begins. */
export const python = [language, indentService.of(depth)];
