import { useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { BacktestState } from "../backtests/backtest-state.ts";
import { runBacktest } from "../backtests/run-backtest.ts";
import { SentTo, useDestinations } from "../messages/sent-to.tsx";
import { RecordState } from "../record/record-state.ts";
import { laterView, loadingNote } from "../shell/later-view.tsx";
import type { Page } from "../shell/page.ts";
import { routeHash } from "../shell/route.ts";
import { useShortcuts } from "../shell/shortcuts.ts";
import type { RunsPanelProps } from "../traders/runs-panel.tsx";
import { RunsState } from "../traders/runs-state.ts";
import { WhyFrame } from "../why/why-frame.tsx";
import type { AskWhy, WhyQuestion } from "../why/why-question.ts";
import type { FilterFault } from "./code-marks.ts";
import { ContractPanel } from "./contract-panel.tsx";
import { DraftState } from "./draft-state.ts";
import { FilterEditor } from "./filter-editor.ts";
import { PreviewPanel } from "./preview-panel.tsx";
import { SIDES, type Side, sideOf, sidesOf } from "./sides.ts";
import { TraderForm } from "./trader-form.tsx";

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
  const side = useSignal<Side>(firstSide(page, backtest.current));
  // The address decides, also when somebody changes it; where it names no side, the last one stays.
  useSignalEffect(() => {
    side.value = sideOf(page.router.route.value) ?? side.peek();
  });
  const show = (name: Side): void => {
    const { screen, parts, query } = page.router.route.peek();
    side.value = name;
    page.router.replace(routeHash(screen, parts, { ...query, side: name }));
  };
  useEffect(() => {
    void state.load();
    const heard = (): void => state.lookElsewhere();
    addEventListener("storage", heard);
    return () => {
      removeEventListener("storage", heard);
      state.leave();
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
          show("preview");
          void state.preview();
        },
      },
    ],
  });
  const destinations = useDestinations(page).value;
  const why = useSignal<WhyQuestion | undefined>(undefined);
  const askWhy: AskWhy = (symbol, interval, closeTime) => {
    const { code, timeframes } = state.draft.peek();
    why.value = { symbol, interval, closeTime, filter: { kind: "code", code, timeframes } };
  };
  const goTo = (line: number, column: number): void => editor.current?.goTo(line, column);
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
          onGoTo={goTo}
        />
        <SentTo trader={state.isNew.value ? "" : state.id} all={destinations} />
        <CodePane state={state} editor={editor} place={placeOf(page)} />
        <CheckLine state={state} onGoTo={goTo} />
      </section>
      <section class="panel side-panel" aria-label={SIDES[side.value]}>
        <SideTabs side={side.value} isNew={state.isNew.value} onChoose={show} />
        {side.value === "preview" ? (
          <PreviewPanel page={page} state={state} onGoTo={goTo} onWhy={askWhy} />
        ) : side.value === "backtest" ? (
          <BacktestFrame page={page} state={state} backtest={backtest} onWhy={askWhy} />
        ) : side.value === "record" ? (
          <RecordFrame page={page} state={state} onCode={(code) => editor.current?.replace(code)} />
        ) : side.value === "runs" ? (
          <RunsFrame page={page} id={state.id} onGoTo={goTo} />
        ) : (
          <ContractPanel served={page.market.intervals.value} />
        )}
      </section>
      <WhyFrame page={page} question={why} onGoTo={goTo} />
    </div>
  );
}

/** Backtests come with the first look at their tab. */
const BacktestFrame = laterView(
  async () => (await import("../backtests/backtest-panel.tsx")).BacktestPanel,
  loadingNote,
);

/** The side that the address names, or else a backtest that was left, or the preview. */
function firstSide({ router }: Page, backtest: BacktestState | undefined): Side {
  return sideOf(router.route.peek()) ?? (backtest === undefined ? "preview" : "backtest");
}

/** Versions and records come with the first look at their tab. */
const RecordPanel = laterView(async () => (await import("../record/record-panel.tsx")).RecordPanel, loadingNote);

function RecordFrame({
  page,
  state,
  onCode,
}: {
  page: Page;
  state: DraftState;
  onCode: (code: string) => void;
}): JSX.Element {
  const { id } = state;
  const record = useMemo(() => new RecordState({ traders: page.client.traders, id }), [page, id]);
  return (
    <RecordPanel
      record={record}
      onTake={(version) => {
        state.take(version);
        onCode(version.code);
      }}
    />
  );
}

/** Past runs come with the first look at their tab. */
const RunsPanel = laterView(async () => (await import("../traders/runs-panel.tsx")).RunsPanel, loadingNote);

function RunsFrame({ page, id, onGoTo }: { page: Page; id: string; onGoTo: RunsPanelProps["onGoTo"] }): JSX.Element {
  const runs = useMemo(() => new RunsState(page.client.traders, id), [page, id]);
  return <RunsPanel runs={runs} onGoTo={onGoTo} />;
}

/** The backtest that was left to look at a chart, where it is of this draft. */
function keptBacktest({ traders }: Page, { key }: DraftState): BacktestState | undefined {
  return traders.lastBacktest?.draft === key ? traders.lastBacktest.state : undefined;
}

function SideTabs({
  side,
  isNew,
  onChoose,
}: {
  side: Side;
  isNew: boolean;
  onChoose: (name: Side) => void;
}): JSX.Element {
  return (
    <fieldset class="tabs">
      <legend class="unseen">Beside the filter</legend>
      {sidesOf(isNew).map((name) => (
        <button key={name} type="button" aria-pressed={side === name} onClick={() => onChoose(name)}>
          {SIDES[name]}
        </button>
      ))}
    </fieldset>
  );
}

/** The place in the code that the address names: `?line=3&column=8`. */
function placeOf({ router }: Page): readonly [line: number, column: number] | undefined {
  const { line, column = "1" } = router.route.peek().query;
  const place = [Number(line), Number(column)] as const;
  return place.every((one) => Number.isInteger(one) && one > 0) ? place : undefined;
}

function CodePane({
  state,
  editor,
  place,
}: {
  state: DraftState;
  editor: { current: FilterEditor | undefined };
  /** Where the cursor is at first. */
  place: readonly [line: number, column: number] | undefined;
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
    if (place !== undefined) made.goTo(...place);
    return () => {
      editor.current = undefined;
      made.remove();
    };
  }, [state, editor]);
  return <div class="code" ref={element} />;
}

/** The server's check of the filter while the user types: each mistake leads to its place. */
function CheckLine({
  state,
  onGoTo,
}: {
  state: DraftState;
  onGoTo: (line: number, column: number) => void;
}): JSX.Element {
  const { faults, detail, engine, notes } = state.checked.value;
  const last = state.lastFailure();
  const shown = faults.length > 0 || last === undefined ? faults : [last];
  return (
    <div class="check-line" role="status" data-checked={faults.length > 0 ? "fault" : engine === "" ? "no" : "well"}>
      {shown.length === 0 ? (
        <p class="muted">{detail || [engineText(engine) || "Checking the filter …", ...notes].join(" · ")}</p>
      ) : (
        <ul aria-label="Mistakes">
          {shown.map((fault) => (
            <li key={`${fault.line} ${fault.column} ${fault.message}`}>
              <Fault fault={fault} isNow={faults.length > 0} onGoTo={onGoTo} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** A mistake of the filter as it is now, or of its last run. */
function Fault({
  fault: { line, column = 1, message },
  isNow,
  onGoTo,
}: {
  fault: FilterFault;
  isNow: boolean;
  onGoTo: (line: number, column: number) => void;
}): JSX.Element {
  return (
    <button
      type="button"
      class={isNow ? "link down" : "link amber"}
      disabled={line === undefined}
      onClick={() => {
        if (line !== undefined) onGoTo(line, column);
      }}
    >
      {line === undefined ? "" : `line ${line}, column ${column}: `}
      {message}
    </button>
  );
}

/** How a valid filter runs. The server says `compiled: …`, or `quickjs: …` with what in it can't be compiled. */
function engineText(engine: string): string {
  if (engine === "") return "";
  if (engine.startsWith("compiled")) return "The filter is valid.";
  return `The filter is valid. It runs slower than it could: ${engine.replace(/^quickjs: /, "")}`;
}
