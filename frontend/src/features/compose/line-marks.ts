import { type Extension, RangeSet, StateEffect, StateField } from "@codemirror/state";
import { EditorView, GutterMarker, gutter } from "@codemirror/view";

export type LineFact = "covered" | "partial" | "missing";

/** What a run found out about each line of exactly the text that is shown. */
export type LineMarks = {
  facts: ReadonlyMap<number, LineFact>;
  survivors: ReadonlyMap<number, number>;
  bugs: ReadonlySet<number>;
};

export const NO_MARKS: LineMarks = { facts: new Map(), survivors: new Map(), bugs: new Set() };

const setMarks = StateEffect.define<LineMarks>();

const field = StateField.define<LineMarks>({
  create: () => NO_MARKS,
  update(marks, transaction) {
    for (const effect of transaction.effects) if (effect.is(setMarks)) return effect.value;
    return transaction.docChanged ? NO_MARKS : marks;
  },
});

const WORDS: Record<LineFact, string> = {
  covered: "Run by the tests",
  partial: "Only some ways out of this line were taken",
  missing: "Not run by any test",
};

class Bar extends GutterMarker {
  constructor(readonly fact: LineFact) {
    super();
  }
  override eq(other: Bar) {
    return other.fact === this.fact;
  }
  override toDOM() {
    const bar = document.createElement("div");
    bar.className = `fact fact-${this.fact}`;
    bar.title = WORDS[this.fact];
    return bar;
  }
}

class Sign extends GutterMarker {
  constructor(
    readonly text: string,
    readonly kind: "survivor" | "bug",
    readonly words: string,
  ) {
    super();
  }
  override eq(other: Sign) {
    return other.text === this.text && other.kind === this.kind;
  }
  override toDOM() {
    const sign = document.createElement("div");
    sign.className = `sign sign-${this.kind}`;
    sign.title = this.words;
    sign.textContent = this.text;
    return sign;
  }
}

function signOf(marks: LineMarks, line: number): Sign | null {
  if (marks.bugs.has(line)) return new Sign("!", "bug", "A suspected bug: see the report");
  const count = marks.survivors.get(line);
  return count ? new Sign(String(count), "survivor", `${count} changes to this line go unnoticed`) : null;
}

function markers<M extends GutterMarker>(
  view: EditorView,
  of: (marks: LineMarks, line: number) => M | null,
): RangeSet<M> {
  const marks = view.state.field(field);
  const lines = Array.from({ length: view.state.doc.lines }, (_, index) => index + 1);
  const found = lines.flatMap((line) => {
    const marker = of(marks, line);
    return marker ? [marker.range(view.state.doc.line(line).from)] : [];
  });
  return RangeSet.of(found);
}

function barOf(marks: LineMarks, line: number): Bar | null {
  const fact = marks.facts.get(line);
  return fact ? new Bar(fact) : null;
}

const theme = EditorView.baseTheme({
  ".cm-signs": { width: "18px" },
  ".cm-facts": { width: "7px" },
  ".fact": { height: "100%", width: "5px", marginLeft: "1px" },
  ".fact-covered": { background: "var(--pass-line)" },
  ".fact-partial": {
    background: "repeating-linear-gradient(0deg, var(--part-line) 0 3px, transparent 3px 6px)",
  },
  ".fact-missing": {
    background: "repeating-linear-gradient(-45deg, var(--miss-line) 0 2px, var(--miss-soft) 2px 4px)",
  },
  ".sign": {
    height: "16px",
    minWidth: "16px",
    margin: "2px 1px 0",
    borderRadius: "3px",
    font: "600 10px/16px var(--font-sans, sans-serif)",
    textAlign: "center",
  },
  ".sign-survivor": { color: "var(--miss)", boxShadow: "inset 0 0 0 1px var(--miss-line)" },
  ".sign-bug": { color: "var(--paper)", background: "var(--bug)" },
});

/** Two gutters beside the line numbers: signs, and a bar that is full, broken or hatched. */
export function lineMarks(): Extension {
  return [
    field,
    theme,
    gutter({ class: "cm-signs", markers: (view) => markers(view, signOf) }),
    gutter({ class: "cm-facts", markers: (view) => markers(view, barOf) }),
  ];
}

export function showMarks(view: EditorView, marks: LineMarks): void {
  view.dispatch({ effects: setMarks.of(marks) });
}
