import type { JSX } from "preact";
import { openTimeOf } from "../../src/core/mod.ts";
import type { Signal } from "../../src/wire/mod.ts";
import { chartHash } from "../chart/chart-route.ts";
import type { Page } from "../shell/page.ts";
import { factsText } from "../text/facts.ts";
import { priceText } from "../text/price.ts";
import { utcText } from "../text/utc.ts";

/** Properties of a row. */
export interface SignalRowProps {
  readonly signal: Signal;
  readonly page: Page;
  /** Asks why the signal was given. */
  readonly onWhy: (signal: Signal) => void;
}

/** One signal; the whole row leads to the chart at its candle. */
export function SignalRow({ signal, page, onWhy }: SignalRowProps): JSX.Element {
  const { symbol, interval, closeTime, price, facts, traderId } = signal;
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
      </td>
      <td class="figure">{priceText(price, market.decimals(symbol, price))}</td>
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
