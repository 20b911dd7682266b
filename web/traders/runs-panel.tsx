import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { countOf } from "../../src/core/mod.ts";
import type { PastExecution } from "../../src/wire/mod.ts";
import { lastOf } from "../shell/latest-answer.ts";
import { type ListColumn, ListHead } from "../shell/list-head.tsx";
import { placeIn } from "../text/code-place.ts";
import { utcText } from "../text/utc.ts";
import { runNotes, tookText } from "./run-words.ts";
import type { RunsState } from "./runs-state.ts";

const COLUMNS: readonly ListColumn[] = [
  { name: "Close, UTC" },
  { name: "Interval", kind: "roomy" },
  { name: "Took", kind: "figure" },
  { name: "Checked", kind: "figure roomy" },
  { name: "Matches", kind: "figure" },
  { name: "Signals", kind: "figure" },
  { name: "Skipped", kind: "figure roomy" },
  { name: "Errors", kind: "figure" },
];

/** Properties of the panel. */
export interface RunsPanelProps {
  readonly runs: RunsState;
  /** Puts the cursor at a place of the code. */
  readonly onGoTo: (line: number, column: number) => void;
}

/** A trader's runs that ended, newest first: when, how long, over how many symbols, and what went wrong. */
export function RunsPanel({ runs, onGoTo }: RunsPanelProps): JSX.Element {
  useEffect(() => {
    void runs.load();
    return () => runs.close();
  }, [runs]);
  const phase = runs.runs.phase.value;
  const read = lastOf(phase);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, which is to be possible from the keyboard, too
    <section class="panel-body runs-panel" aria-label="Past runs" tabIndex={0} data-runs={phase.kind}>
      <div class="preview-head">
        <p class="muted" role="status">
          {read === undefined ? (phase.kind === "asking" ? "Loading …" : "") : headText(read.executions, read.cursor)}
        </p>
        <button type="button" class="button" onClick={() => void runs.load()}>
          Read again
        </button>
      </div>
      {phase.kind === "failed" ? (
        <p class="trouble" role="alert">
          The runs couldn't be loaded: {phase.detail}
        </p>
      ) : null}
      {read === undefined || read.executions.length === 0 ? null : (
        <table class="list small runs">
          <caption class="unseen">Past runs, newest first</caption>
          <ListHead columns={COLUMNS} />
          <tbody>
            {read.executions.map((run) => (
              <Run key={`${run.closeTime} ${run.interval}`} run={run} onGoTo={onGoTo} />
            ))}
          </tbody>
        </table>
      )}
      {read === undefined || read.cursor === null ? null : (
        <button type="button" class="button more" onClick={() => void runs.older()}>
          Older
        </button>
      )}
    </section>
  );
}

function Run({ run, onGoTo }: { run: PastExecution; onGoTo: RunsPanelProps["onGoTo"] }): JSX.Element {
  const { interval, closeTime, symbolsChecked, matches, signals, skipped, errors, error, status } = run;
  const notes = runNotes(run);
  const place = error === null ? undefined : placeIn(error);
  const isBad = status === "failed" || errors > 0;
  return (
    <>
      <tr class={notes.length === 0 ? "entry" : "entry run-noted"}>
        <th scope="row" class="cell-close">
          {utcText(closeTime + 1).replace(" UTC", "")}
        </th>
        <td class="roomy">{interval}</td>
        <td class="figure">{tookText(run)}</td>
        <td class="figure roomy">{symbolsChecked.toLocaleString("en-US")}</td>
        <td class="figure">{matches.toLocaleString("en-US")}</td>
        <td class="figure">{signals.toLocaleString("en-US")}</td>
        <td class="figure roomy">{skipped.toLocaleString("en-US")}</td>
        <td class={isBad ? "figure down" : "figure"}>{status === "failed" ? "failed" : errors}</td>
      </tr>
      {notes.length === 0 ? null : (
        <tr class="run-notes">
          <td colSpan={COLUMNS.length} class={isBad ? "down" : "muted"}>
            {notes.join(" ")}
            {place === undefined ? null : (
              <button type="button" class="link" onClick={() => onGoTo(...place)}>
                Go to line {place[0]}
              </button>
            )}
          </td>
        </tr>
      )}
    </>
  );
}

function headText(runs: readonly PastExecution[], cursor: string | null): string {
  const oldest = runs.at(-1);
  if (oldest === undefined) return "No run yet. A trader that is on runs at each close of its interval.";
  const bad = runs.filter(({ status, errors }) => status === "failed" || errors > 0).length;
  const since = cursor === null ? "all that are kept" : `since ${utcText(oldest.closeTime + 1)}`;
  return `${countOf(runs.length, "run")}, ${since}${bad === 0 ? ", none with errors" : `, ${bad} with errors`}`;
}
