import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { FilterFault } from "../editor/code-marks.ts";
import type { FilterEditor } from "../editor/filter-editor.ts";
import { MistakeList } from "../editor/mistake-list.tsx";
import type { Page } from "../shell/page.ts";
import { useLater } from "../shell/use-later.ts";
import { placeIn, withoutPlace } from "../text/code-place.ts";
import { FoldButton } from "./fold-button.tsx";
import type { ScreenerState } from "./screener-state.ts";

/** Properties of the pane. */
export interface CodePaneProps {
  readonly page: Page;
  readonly state: ScreenerState;
}

/** The code of the screen: that of the clicks to be read, or the user's own to be edited. */
export function CodePane({ page, state }: CodePaneProps): JSX.Element {
  const isOpen = useSignal(false);
  if (state.screen.value.code !== undefined) return <OwnCode page={page} state={state} />;
  return (
    <section class="setup-part" aria-label="Code">
      <h3>
        <FoldButton isOpen={isOpen}>Code</FoldButton>
        <button type="button" class="button" onClick={() => state.editCode()}>
          Edit as code
        </button>
      </h3>
      {isOpen.value ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, which is to be possible from the keyboard, too
        <section class="screen-code" tabIndex={0} aria-label="The filter that the conditions become">
          <pre>{state.code}</pre>
        </section>
      ) : null}
    </section>
  );
}

/** CodeMirror comes when somebody edits. */
const loadEditor = async () => (await import("../editor/filter-editor.ts")).FilterEditor;

function OwnCode({ page, state }: CodePaneProps): JSX.Element {
  const editor = useLater(loadEditor).value;
  const isOwn = state.isOwnCode.value;
  return (
    <section class="setup-part own-code" aria-label="Code">
      <h3>
        Code
        <button
          type="button"
          class="button"
          disabled={isOwn}
          title={isOwn ? "The code was changed: conditions can't say what it does" : undefined}
          onClick={() => state.leaveCode()}
        >
          Back to conditions
        </button>
      </h3>
      {state.isHeld.value ? <p class="amber small">This code came with a link. Read it, then press Run now.</p> : null}
      {editor === undefined ? (
        <p class="muted small">Loading …</p>
      ) : "missing" in editor ? (
        <p class="trouble">{editor.missing}</p>
      ) : (
        <CodeEditor page={page} state={state} Editor={editor.here} />
      )}
    </section>
  );
}

function CodeEditor({ page, state, Editor }: CodePaneProps & { Editor: typeof FilterEditor }): JSX.Element {
  const element = useRef<HTMLDivElement>(null);
  const editor = useRef<FilterEditor | undefined>(undefined);
  useEffect(() => {
    if (element.current === null) return;
    const made = new Editor({
      element: element.current,
      code: state.screen.peek().code ?? "",
      timeframes: () => page.market.intervals.peek(),
      onChange: (code) => state.change({ code }, true),
      // The run says what is wrong: a check of its own would need a scope that a screen doesn't need.
      check: async () => messagesOf(state).map(faultOf),
    });
    editor.current = made;
    return () => made.remove();
  }, [page, state, Editor]);
  const messages = messagesOf(state);
  useEffect(() => editor.current?.check(), [messages.join()]);
  return (
    <>
      <div class="code" ref={element} />
      <MistakeList messages={messages} onGoTo={(...place) => editor.current?.goTo(...place)} />
    </>
  );
}

/** Why the last run failed, or failed for some symbols: the same mistake at several symbols is one mistake. */
function messagesOf({ found }: ScreenerState): readonly string[] {
  const phase = found.phase.value;
  if (phase.kind === "failed") return [phase.detail];
  if (phase.kind !== "done") return [];
  return [...new Set(phase.answer.answer.errors.map(({ message }) => message))].slice(0, 3);
}

function faultOf(message: string): FilterFault {
  const [line, column] = placeIn(message) ?? [];
  return { message: withoutPlace(message), line, column };
}
