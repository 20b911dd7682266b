import type { Signal } from "@preact/signals";
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { BacktestPanelProps } from "../backtests/backtest-panel.tsx";
import type { BacktestState } from "../backtests/backtest-state.ts";
import { runBacktest } from "../backtests/run-backtest.ts";
import type { Page } from "../shell/page.ts";
import { useShortcuts } from "../shell/shortcuts.ts";
import { useLater } from "../shell/use-later.ts";
import { ContractPanel } from "./contract-panel.tsx";
import { DraftState } from "./draft-state.ts";
import { FilterEditor } from "./filter-editor.ts";
import { PreviewPanel } from "./preview-panel.tsx";
import { TraderForm } from "./trader-form.tsx";

/** What may stand beside the filter. */
const SIDES = { preview: "Preview", backtest: "Backtest", contract: "Filter reference" } as const;
type Side = keyof typeof SIDES;

/** Properties of the editor. `id` is "new" or a trader's id. */
export interface TraderEditorProps {
  readonly page: Page;
  readonly id: string;
  readonly template: string | undefined;
}

/** One trader: its filter, when and over what it runs, and what it would have found. */
export function TraderEditor({ page, id, template }: TraderEditorProps): JSX.Element {
  // Another trader is another editor; one that is saved for the first time stays in its own.
  const state = useMemo(() => new DraftState(page, id, template), [page]);
  const editor = useRef<FilterEditor | undefined>(undefined);
  const backtest = useRef<BacktestState | undefined>(keptBacktest(page, state));
  const side = useSignal<Side>(backtest.current === undefined ? "preview" : "backtest");
  useEffect(() => {
    void state.load();
    return () => {
      state.keepUnsaved();
      backtest.current?.stop();
      page.traders.lastBacktest =
        side.peek() === "backtest" && backtest.current !== undefined
          ? { draft: state.key, state: backtest.current }
          : undefined;
    };
  }, [state]);
  useShortcuts(page, {
    name: "Trader",
    shortcuts: [
      { keys: ["s"], isWithControl: true, says: "save", run: () => void state.save() },
      {
        keys: ["Enter"],
        isWithControl: true,
        says: "preview, or backtest",
        run: () => {
          if (side.peek() === "backtest") {
            if (backtest.current !== undefined) void runBacktest(page, state, backtest.current);
            return;
          }
          side.value = "preview";
          void state.preview();
        },
      },
    ],
  });
  const phase = state.phase.value;
  if (phase.kind !== "ready") {
    return (
      <div class="screen">
        <section class="panel" aria-label="Trader">
          <p class="screen-note" role={phase.kind === "failed" ? "alert" : undefined}>
            {phase.kind === "failed" ? phase.detail : "Loading …"}
          </p>
        </section>
      </div>
    );
  }
  return (
    <div class="screen screen-trader">
      <section class="panel trader-panel" aria-label="Trader">
        <TraderForm
          state={state}
          served={page.market.intervals.value}
          markets={page.market.markets}
          onCode={(code) => editor.current?.replace(code)}
        />
        <CodePane state={state} editor={editor} />
        <CheckLine state={state} onGoTo={(line, column) => editor.current?.goTo(line, column)} />
      </section>
      <section class="panel side-panel" aria-label={SIDES[side.value]}>
        <SideTabs side={side} />
        {side.value === "preview" ? (
          <PreviewPanel page={page} state={state} onGoTo={(line, column) => editor.current?.goTo(line, column)} />
        ) : side.value === "backtest" ? (
          <BacktestFrame page={page} state={state} backtest={backtest} />
        ) : (
          <ContractPanel served={page.market.intervals.value} />
        )}
      </section>
    </div>
  );
}

const loadBacktest = async () => (await import("../backtests/backtest-panel.tsx")).BacktestPanel;

/** Backtests come with the first look at their tab. */
function BacktestFrame(props: BacktestPanelProps): JSX.Element {
  const panel = useLater(loadBacktest).value;
  if (panel === undefined) return <p class="screen-note">Loading …</p>;
  if ("missing" in panel) return <p class="trouble">{panel.missing}</p>;
  return <panel.here {...props} />;
}

/** The backtest that was left to look at a chart, where it is of this draft. */
function keptBacktest({ traders }: Page, { key }: DraftState): BacktestState | undefined {
  return traders.lastBacktest?.draft === key ? traders.lastBacktest.state : undefined;
}

function SideTabs({ side }: { side: Signal<Side> }): JSX.Element {
  return (
    <fieldset class="tabs">
      <legend class="unseen">Beside the filter</legend>
      {(Object.keys(SIDES) as Side[]).map((name) => (
        <button
          key={name}
          type="button"
          aria-pressed={side.value === name}
          onClick={() => {
            side.value = name;
          }}
        >
          {SIDES[name]}
        </button>
      ))}
    </fieldset>
  );
}

function CodePane({
  state,
  editor,
}: {
  state: DraftState;
  editor: { current: FilterEditor | undefined };
}): JSX.Element {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (element.current === null) return;
    const made = new FilterEditor({
      element: element.current,
      code: state.draft.peek().code,
      timeframes: () => state.draft.peek().timeframes,
      onChange: (code) => state.change({ code }),
      check: (code) => state.check(code),
    });
    editor.current = made;
    return () => {
      editor.current = undefined;
      made.remove();
    };
  }, [state, editor]);
  return <div class="code" ref={element} />;
}

/** The server's check of the filter while the user types. */
function CheckLine({
  state,
  onGoTo,
}: {
  state: DraftState;
  onGoTo: (line: number, column: number) => void;
}): JSX.Element {
  const { faults, detail, engine, notes } = state.checked.value;
  const fault = faults[0];
  const place = fault?.line === undefined ? undefined : ([fault.line, fault.column ?? 1] as const);
  return (
    <p class="check-line" role="status" data-checked={fault !== undefined ? "fault" : engine === "" ? "no" : "well"}>
      {fault === undefined ? (
        <span class="muted">{detail || [engineText(engine) || "Checking the filter …", ...notes].join(" · ")}</span>
      ) : (
        <button
          type="button"
          class="link down"
          disabled={place === undefined}
          onClick={() => {
            if (place !== undefined) onGoTo(...place);
          }}
        >
          {place === undefined ? "" : `line ${place[0]}, column ${place[1]}: `}
          {fault.message}
        </button>
      )}
    </p>
  );
}

/** How a valid filter runs. The server says `compiled: …`, or `quickjs: …` with what in it can't be compiled. */
function engineText(engine: string): string {
  if (engine === "") return "";
  if (engine.startsWith("compiled")) return "The filter is valid.";
  return `The filter is valid. It runs slower than it could: ${engine.replace(/^quickjs: /, "")}`;
}
