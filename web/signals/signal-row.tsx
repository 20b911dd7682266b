import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { openTimeOf } from "../../src/core/mod.ts";
import type { ListedSignal, SignalOutcome } from "../../src/wire/mod.ts";
import { chartHash } from "../chart/chart-route.ts";
import type { Page } from "../shell/page.ts";
import { ageText } from "../text/age.ts";
import { factsText, factText } from "../text/facts.ts";
import { direction } from "../text/percent.ts";
import { priceText } from "../text/price.ts";
import { returnText } from "../text/returns.ts";
import { utcText } from "../text/utc.ts";
import { allOutcomes, outcomesText, outcomeText, outcomeTitle } from "./outcome-words.ts";
import { percentSince } from "./price-since.ts";

/** Properties of a row. */
export interface SignalRowProps {
  readonly signal: ListedSignal;
  readonly page: Page;
  /** The facts that have a column of their own. */
  readonly columns: readonly string[];
  /** Asks why the signal was given. */
  readonly onWhy: (signal: ListedSignal) => void;
}

/** One signal; the whole row leads to the chart at its candle. */
export function SignalRow({ signal, page, columns, onWhy }: SignalRowProps): JSX.Element {
  const { symbol, interval, closeTime, price, facts, traderId } = signal;
  const { market, traders } = page;
  const outcomes = allOutcomes(signal.outcomes);
  const name = traders.get(traderId)?.name ?? "…";
  const priced = priceText(price, market.decimals(symbol, price));
  const others = Object.fromEntries(Object.entries(facts).filter(([key]) => !columns.includes(key)));
  return (
    <tr class="entry row-link" data-signal={signal.id}>
      <td class="cell-close">
        <Moment page={page} symbol={symbol} at={closeTime + 1} />
      </td>
      <th scope="row">
        <a href={chartHash({ symbol, interval }, openTimeOf(interval, closeTime))}>{symbol}</a>
      </th>
      <td class="roomy">{interval}</td>
      <td class="cell-name">
        {name}
        <p class="muted small narrow">
          {[interval, priced, factsText(facts)].filter((text) => text !== "").join(" · ")}
        </p>
        <p class="muted small narrow">{outcomesText(outcomes)}</p>
      </td>
      <td class="figure roomy">{priced}</td>
      <Since page={page} signal={signal} />
      {outcomes.map((one) => (
        <Outcome key={one.horizon} outcome={one} />
      ))}
      {columns.map((key) => (
        <td key={key} class="figure fact roomy">
          {facts[key] === undefined ? "" : factText(facts[key])}
        </td>
      ))}
      <td class="facts roomy">{factsText(others)}</td>
      <td class="cell-actions">
        <button
          type="button"
          class="button small why-button"
          aria-label={`Why? ${symbol}, ${utcText(closeTime + 1).replace(" UTC", "")}`}
          onClick={() => onWhy(signal)}
        >
          Why?
        </button>
      </td>
    </tr>
  );
}

/** How long ago the candle closed, and when exactly while the row is pointed at or has the focus. */
function Moment({ page, symbol, at }: { page: Page; symbol: string; at: number }): JSX.Element {
  const age = useComputed(() => `${ageText(page.market.timeOf(symbol) - at)} ago`);
  const exact = utcText(at);
  return (
    <time dateTime={new Date(at).toISOString()} title={exact}>
      <span class="moment-age">{age}</span>
      <span class="moment-exact">{exact}</span>
    </time>
  );
}

/** How far the price went from the signal until now. */
function Since({ page, signal }: Pick<SignalRowProps, "page" | "signal">): JSX.Element {
  const { symbol, price } = signal;
  const { rows } = page.market;
  const percent = useComputed(() => {
    const row = rows.count.value > 0 ? rows.get(symbol) : undefined;
    return percentSince(price, row?.ticker.value.price);
  });
  const text = useComputed(() => (percent.value === undefined ? "–" : returnText(percent.value)));
  const kind = useComputed(() => `figure ${percent.value === undefined ? "muted" : direction(percent.value)}`);
  return <td class={kind}>{text}</td>;
}

/** The return after some candles. */
function Outcome({ outcome }: { outcome: SignalOutcome }): JSX.Element {
  const kind = outcome.state === "known" ? direction(outcome.returnPercent ?? 0) : "muted";
  return (
    <td class={`figure roomy outcome ${kind}`} title={outcomeTitle(outcome)}>
      {outcomeText(outcome)}
    </td>
  );
}
