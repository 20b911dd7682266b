import type { JSX } from "preact";
import { openTimeOf } from "../../src/core/mod.ts";
import type { ListedSignal, SignalOutcome } from "../../src/wire/mod.ts";
import { chartHash } from "../chart/chart-route.ts";
import type { Page } from "../shell/page.ts";
import { factsText } from "../text/facts.ts";
import { direction } from "../text/percent.ts";
import { priceText } from "../text/price.ts";
import { utcText } from "../text/utc.ts";
import { HORIZONS, outcomesText, outcomeText, outcomeTitle } from "./outcome-words.ts";

/** Properties of a row. */
export interface SignalRowProps {
  readonly signal: ListedSignal;
  readonly page: Page;
  /** Asks why the signal was given. */
  readonly onWhy: (signal: ListedSignal) => void;
}

/** One signal; the whole row leads to the chart at its candle. */
export function SignalRow({ signal, page, onWhy }: SignalRowProps): JSX.Element {
  const { symbol, interval, closeTime, price, facts, traderId, outcomes } = signal;
  const { market, traders } = page;
  const [day = "", time = ""] = utcText(closeTime + 1).split(" ");
  const name = traders.get(traderId)?.name ?? "…";
  return (
    <tr class="entry row-link" data-signal={signal.id}>
      <td class="cell-close">
        <span class="muted close-day">{day} </span>
        {time}
      </td>
      <th scope="row">
        <a href={chartHash({ symbol, interval }, openTimeOf(interval, closeTime))}>{symbol}</a>
      </th>
      <td class="roomy">{interval}</td>
      <td class="cell-name">
        {name}
        <p class="muted small narrow">{[interval, factsText(facts)].filter((text) => text !== "").join(" · ")}</p>
        <p class="muted small narrow">{outcomesText(outcomes)}</p>
      </td>
      <td class="figure">{priceText(price, market.decimals(symbol, price))}</td>
      {HORIZONS.map((horizon) => (
        <Outcome key={horizon} outcome={outcomes.find((one) => one.horizon === horizon)} />
      ))}
      <td class="facts roomy">{factsText(facts)}</td>
      <td class="cell-actions">
        <button
          type="button"
          class="button small why-button"
          aria-label={`Why? ${symbol}, ${day} ${time}`}
          onClick={() => onWhy(signal)}
        >
          Why?
        </button>
      </td>
    </tr>
  );
}

/** The return after some candles. A signal that has just come has none yet, and an older server tells none. */
function Outcome({ outcome }: { outcome: SignalOutcome | undefined }): JSX.Element {
  if (outcome === undefined) return <td class="figure roomy" />;
  const kind = outcome.state === "known" ? direction(outcome.returnPercent ?? 0) : "muted";
  return (
    <td class={`figure roomy outcome ${kind}`} title={outcomeTitle(outcome)}>
      {outcomeText(outcome)}
    </td>
  );
}
