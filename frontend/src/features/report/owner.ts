import { parser } from "@lezer/python";

/** The qualified name of the innermost function or class around a line; null at the top of the module. */
export function ownerOf(code: string, line: number): string | null {
  const offset =
    code
      .split("\n")
      .slice(0, line - 1)
      .join("\n").length + (line > 1 ? 1 : 0);
  const text = code.split("\n")[line - 1] ?? "";
  const at = offset + text.length - text.trimStart().length;
  const names: string[] = [];
  for (let node = parser.parse(code).resolveInner(at, 1).node as Node; node; node = node.parent) {
    if (node.name !== "FunctionDefinition" && node.name !== "ClassDefinition") continue;
    const name = node.getChild("VariableName");
    if (name) names.unshift(code.slice(name.from, name.to));
  }
  return names.slice(0, 2).join(".") || null;
}

type Node = ReturnType<typeof parser.parse>["topNode"] | null;
