import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, indentUnit } from "@codemirror/language";
import { EditorState, type Extension, Prec } from "@codemirror/state";
import {
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  placeholder,
} from "@codemirror/view";
import { type Ref, useEffect, useImperativeHandle, useRef } from "react";
import type { Complaint } from "@/features/compose/complaints";
import { editorLook } from "@/features/compose/editor-look";
import { type LineMarks, lineMarks, showMarks } from "@/features/compose/line-marks";
import { python } from "@/features/compose/python-language";

export type EditorHandle = { focus: () => void; goTo: (line: number) => void };

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";

type Listening = { onChange: (code: string) => void; onRun: () => void };

/** The code, edited in place. Tab leaves it (Ctrl+M makes Tab indent); Ctrl or Cmd with Enter runs. */
export function Editor({
  code,
  complaints,
  marks,
  onChange,
  onRun,
  ref,
}: {
  code: string;
  complaints: readonly Complaint[];
  marks: LineMarks;
  ref?: Ref<EditorHandle>;
} & Listening) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const underlined = useRef(false);
  const listening = useRef<Listening>({ onChange, onRun });
  listening.current = { onChange, onRun };

  // biome-ignore lint/correctness/useExhaustiveDependencies: the editor is made once; later code is dispatched to it
  useEffect(() => {
    if (!host.current) return;
    const made = new EditorView({ parent: host.current, state: firstState(code, listening) });
    view.current = made;
    return () => made.destroy();
  }, []);

  useEffect(() => {
    const shown = view.current;
    if (shown && shown.state.doc.toString() !== code)
      shown.dispatch({ changes: { from: 0, to: shown.state.doc.length, insert: code } });
  }, [code]);

  useEffect(() => {
    let current = true;
    if (complaints.length || underlined.current)
      import("@/features/compose/underline").then(
        ({ underline }) => {
          if (!current || view.current?.state.doc.toString() !== code) return;
          underline(view.current, complaints);
          underlined.current = complaints.length > 0;
        },
        () => undefined, // it could not be loaded: the list under the code still names what is wrong
      );
    return () => {
      current = false;
    };
  }, [complaints, code]);

  useEffect(() => {
    const shown = view.current;
    if (shown?.state.doc.toString() === code) showMarks(shown, marks);
  }, [marks, code]);

  useImperativeHandle(ref, () => ({
    focus: () => view.current?.focus(),
    goTo: (line) => view.current && goTo(view.current, line),
  }));
  return <div ref={host} className="h-full min-h-0 overflow-hidden" />;
}

function goTo(view: EditorView, line: number): void {
  const at = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines)).from;
  view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: "center" }) });
  view.focus();
}

function firstState(code: string, listening: { current: Listening }): EditorState {
  const run = Prec.highest(
    keymap.of([
      {
        key: "Mod-Enter",
        run: () => {
          listening.current.onRun();
          return true;
        },
      },
    ]),
  );
  const changed = EditorView.updateListener.of((update) => {
    if (update.docChanged) listening.current.onChange(update.state.doc.toString());
  });
  return EditorState.create({
    doc: code,
    extensions: [run, changed, EditorView.cspNonce.of(nonce), basics()],
  });
}

function basics(): Extension {
  return [
    lineNumbers(),
    lineMarks(),
    history(),
    highlightSpecialChars(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    bracketMatching(),
    indentUnit.of("    "),
    EditorState.tabSize.of(4),
    python,
    placeholder("Paste Python, or drop a .py file here"),
    EditorView.contentAttributes.of({ "aria-label": "Python code to test", spellcheck: "false", tabindex: "0" }),
    keymap.of([...defaultKeymap, ...historyKeymap]),
    editorLook,
  ];
}
