import type { JSX } from "preact";
import type { TraderPerformance } from "../../src/wire/mod.ts";
import { OutcomeTable } from "../backtests/outcome-table.tsx";
import { type LatestAnswer, shownOf } from "../shell/latest-answer.ts";
import { recordEdgeTexts, recordNotes, recordText } from "./record-words.ts";

/** Properties of a record. */
export interface RecordViewProps {
  readonly record: LatestAnswer<TraderPerformance>;
  /** Names the version: "version 3". */
  readonly title: string;
  /** Whether the figures stand elsewhere. */
  readonly isBrief?: boolean;
}

/** What became of the signals of one version: figures beside the baseline, and whether an edge is seen. */
export function RecordView({ record, title, isBrief = false }: RecordViewProps): JSX.Element {
  const phase = record.phase.value;
  const shown = shownOf(phase);
  return (
    <section class="record" aria-label={`Record of ${title}`} data-record={phase.kind}>
      <p class={phase.kind === "failed" ? "small down" : "small"} role="status">
        {phase.kind === "failed"
          ? `No record: ${phase.detail}`
          : shown === undefined
            ? "Reading the record …"
            : recordText(shown)}
      </p>
      {shown === undefined || shown.from === null ? null : (
        <>
          {isBrief ? null : <OutcomeTable outcomes={shown.outcomes} />}
          <ul class="backtest-edges" aria-label={`What the figures of ${title} say`}>
            {recordEdgeTexts(shown.outcomes).map((text) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
          <ul class="backtest-edges muted" aria-label={`Notes on ${title}`}>
            {recordNotes(shown).map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
