import {
  autocompletion,
  type CompletionContext,
  type CompletionResult,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { javascript } from "@codemirror/lang-javascript";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { type Diagnostic, forceLinting, linter, lintGutter, lintKeymap } from "@codemirror/lint";
import { EditorState, type Text } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";
import type { Interval } from "../../src/core/mod.ts";
import { codeMarks, type FilterFault } from "./code-marks.ts";
import { completionsAt } from "./completions.ts";
import { withoutFence } from "./prompt.ts";

/** A filter is looked at when nothing was typed for so long, in milliseconds. */
const CHECK_AFTER_MS = 350;

/** The longest filter, in characters, as the server has it. */
const MOST_CHARACTERS = 32_768;

/** Dependencies of an editor. */
export interface FilterEditorParts {
  readonly element: HTMLElement;
  readonly code: string;
  readonly timeframes: () => readonly Interval[];
  readonly onChange: (code: string) => void;
  /** What is to be underlined in the code; empty if the check failed. */
  readonly check: (code: string) => Promise<readonly FilterFault[]>;
}

/** An editor for one filter: CodeMirror with the contract's names, and faults at their places. Tab leaves it, as everywhere. */
export class FilterEditor {
  readonly #view: EditorView;

  constructor({ element, code, timeframes, onChange, check }: FilterEditorParts) {
    this.#view = new EditorView({
      parent: element,
      state: EditorState.create({
        doc: code,
        extensions: [
          lineNumbers(),
          history(),
          drawSelection(),
          highlightActiveLine(),
          indentOnInput(),
          indentUnit.of("  "),
          bracketMatching(),
          closeBrackets(),
          javascript(),
          syntaxHighlighting(classHighlighter),
          autocompletion({ override: [(context) => offersFor(context, timeframes())], icons: false }),
          lintGutter(),
          linter(async ({ state }) => diagnosticsOf(state.doc, await check(state.doc.toString())), {
            delay: CHECK_AFTER_MS,
          }),
          keymap.of([...closeBracketsKeymap, ...completionKeymap, ...defaultKeymap, ...historyKeymap, ...lintKeymap]),
          EditorState.changeFilter.of(({ newDoc }) => newDoc.length <= MOST_CHARACTERS),
          EditorView.clipboardInputFilter.of(withoutFence),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-label": "Filter", spellcheck: "false", tabindex: "0" }),
          EditorView.updateListener.of(({ docChanged, state }) => {
            if (docChanged) onChange(state.doc.toString());
          }),
        ],
      }),
    });
  }

  get code(): string {
    return this.#view.state.doc.toString();
  }

  /** Replaces all of the code, as one step that can be undone. */
  replace(code: string): void {
    this.#view.dispatch({ changes: { from: 0, to: this.#view.state.doc.length, insert: code } });
  }

  /** Looks at the code again now. */
  check(): void {
    forceLinting(this.#view);
  }

  /** Puts the cursor at a place, counted from 1. */
  goTo(line: number, column: number): void {
    this.#view.dispatch({
      selection: { anchor: positionOf(this.#view.state.doc, line, column) },
      scrollIntoView: true,
    });
    this.#view.focus();
  }

  remove(): void {
    this.#view.destroy();
  }
}

function offersFor(context: CompletionContext, timeframes: readonly Interval[]): CompletionResult | null {
  const before = context.state.doc.sliceString(Math.max(0, context.pos - 2_000), context.pos);
  const { length, options } = completionsAt(before, timeframes);
  if (options.length === 0) return null;
  return { from: context.pos - length, options: [...options], validFor: /^\w*$/ };
}

function diagnosticsOf(text: Text, faults: readonly FilterFault[]): Diagnostic[] {
  return codeMarks(text.toString(), faults).map(({ kind, ...mark }) => ({ ...mark, severity: kind }));
}

/** The engine counts what it reads: a place may lie behind the end. */
function positionOf(text: Text, line: number, column: number): number {
  const found = text.line(Math.min(Math.max(1, line), text.lines));
  return Math.min(found.to, found.from + Math.max(0, column - 1));
}
