import { highlightTree, type Tag, tagHighlighter, tags } from "@lezer/highlight";
import { parser } from "@lezer/python";
import { Fragment, memo, type ReactNode } from "react";
import { plain } from "@/ui/plain-text";

const rule = (name: string, ...tag: Tag[]) => ({ tag, class: `tok-${name}` });
const LOOK = tagHighlighter([
  rule("keyword", tags.keyword, tags.controlKeyword, tags.definitionKeyword, tags.moduleKeyword, tags.operatorKeyword),
  rule("string", tags.string, tags.special(tags.string)),
  rule("number", tags.number, tags.bool, tags.null),
  rule("comment", tags.comment, tags.lineComment),
  rule("name", tags.function(tags.definition(tags.variableName)), tags.definition(tags.className), tags.meta),
]);

export type Piece = { text: string; look: string };

/** Python cut into lines of coloured pieces. The text is only ever text: no HTML is made of it. */
export function pieces(code: string): Piece[][] {
  const lines: Piece[][] = [[]];
  const add = (text: string, look: string) => {
    text.split("\n").forEach((part, index) => {
      if (index) lines.push([]);
      if (part) lines.at(-1)?.push({ text: plain(part), look });
    });
  };
  let at = 0;
  highlightTree(parser.parse(code), LOOK, (from, to, look) => {
    if (from > at) add(code.slice(at, from), "");
    add(code.slice(from, to), look);
    at = to;
  });
  add(code.slice(at), "");
  return lines;
}

/** One line of `pieces`. */
export function Line({ line }: { line: Piece[] }): ReactNode {
  return line.map((piece, index) => (
    <span key={index} className={piece.look || undefined}>
      {piece.text}
    </span>
  ));
}

/** A block of highlighted Python; with `numbers` each line has one, from `first` on. */
export const Python = memo(function Python({
  code,
  numbers = false,
  first = 1,
}: {
  code: string;
  numbers?: boolean;
  first?: number;
}) {
  const lines = pieces(code.replace(/\n$/, ""));
  return (
    <pre className="font-mono text-[0.8125rem] leading-[1.55] text-ink">
      <code>
        {lines.map((line, index) => (
          <Fragment key={index}>
            {numbers && (
              <span aria-hidden="true" className="figure inline-block w-10 pr-4 text-right text-ink-3 select-none">
                {index + first}
              </span>
            )}
            <Line line={line} />
            {"\n"}
          </Fragment>
        ))}
      </code>
    </pre>
  );
});

/** One line of highlighted Python. */
export function PythonLine({ code }: { code: string }) {
  return pieces(code).map((line, index) => <Line key={index} line={line} />);
}
