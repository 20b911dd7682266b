import type { JSX } from "preact";
import type { Page } from "../shell/page.ts";
import { utcText } from "../text/utc.ts";
import type { AskWhy } from "../why/why-question.ts";
import { BacktestSignals } from "./backtest-signals.tsx";
import type { BacktestPhase, BacktestState } from "./backtest-state.ts";
import { edgeTexts, notesOf } from "./backtest-words.ts";
import { OutcomeTable } from "./outcome-table.tsx";
import { ReturnChart } from "./return-chart.tsx";

/** Properties of an outcome: a backtest that is done. */
type OutcomeProps = Extract<BacktestPhase, { readonly kind: "done" }> & {
  readonly page: Page;
  readonly backtest: BacktestState;
  readonly onWhy: AskWhy;
};

/** Failures of the filter that are shown. */
const MOST_ERRORS = 3;

/** What came of a backtest: figures beside the baseline, what they say, the returns, and the signals. */
export function BacktestOutcome({ page, backtest, result, found, asked, onWhy }: OutcomeProps): JSX.Element {
  const horizon = backtest.horizon.value ?? result.horizons[0];
  return (
    <div class="panel-body">
      <OutcomeTable outcomes={result.outcomes} />
      <ul class="backtest-edges" aria-label="What the figures say">
        {edgeTexts(result.outcomes).map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
      <ul class="backtest-edges muted" aria-label="Notes">
        {notesOf(result, asked.from).map((note) => (
          <li key={note}>{note}</li>
        ))}
        {result.firstErrors.slice(0, MOST_ERRORS).map(({ closeTime, symbol, message }) => (
          <li key={`${closeTime} ${symbol}`} class="down">
            {utcText(closeTime + 1)}, {symbol}: {message}
          </li>
        ))}
      </ul>
      {found.count === 0 || horizon === undefined ? null : (
        <>
          <ReturnChart
            horizons={result.horizons}
            horizon={horizon}
            histogram={found.histograms.get(horizon)}
            onChoose={(one) => {
              backtest.horizon.value = one;
            }}
          />
          <BacktestSignals page={page} found={found} horizon={horizon} onWhy={onWhy} />
        </>
      )}
    </div>
  );
}
