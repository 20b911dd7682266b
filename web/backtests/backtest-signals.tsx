import type { JSX } from "preact";
import { countOf, openTimeOf } from "../../src/core/mod.ts";
import type { WireBacktestSignal } from "../../src/wire/mod.ts";
import { chartHash } from "../chart/chart-route.ts";
import { type ListColumn, ListHead } from "../shell/list-head.tsx";
import type { Page } from "../shell/page.ts";
import { factsText } from "../text/facts.ts";
import { priceText } from "../text/price.ts";
import { returnText } from "../text/returns.ts";
import { utcText } from "../text/utc.ts";
import type { AskWhy } from "../why/why-question.ts";
import type { BacktestFound } from "./backtest-state.ts";

/** Properties of the list. */
interface SignalsProps {
  readonly page: Page;
  readonly found: BacktestFound;
  readonly horizon: number;
  readonly onWhy: AskWhy;
}

/** The newest signals; each row leads to the chart at its candle. */
export function BacktestSignals({ page, found, horizon, onWhy }: SignalsProps): JSX.Element {
  const { newest, count } = found;
  const columns: readonly ListColumn[] = [
    { name: "Close, UTC" },
    { name: "Symbol" },
    { name: "Price", kind: "figure" },
    { name: `Return after ${horizon}`, kind: "figure" },
    { name: "Facts", kind: "roomy" },
    { name: "Why?", kind: "cell-actions", isUnseen: true },
  ];
  return (
    <>
      <table class="list small">
        <caption class="unseen">The newest signals</caption>
        <ListHead columns={columns} />
        <tbody>
          {newest.map((signal) => (
            <Row key={`${signal.closeTime} ${signal.symbol}`} {...{ page, found, horizon, signal, onWhy }} />
          ))}
        </tbody>
      </table>
      {count > newest.length ? (
        <p class="muted more">and {countOf(count - newest.length, "older signal")}, which are in the figures above</p>
      ) : null}
    </>
  );
}

function Row({ page, found, horizon, signal, onWhy }: SignalsProps & { signal: WireBacktestSignal }): JSX.Element {
  const { interval } = found;
  const { symbol, closeTime, price, facts = {}, outcomes } = signal;
  const outcome = outcomes.find((one) => one.horizon === horizon);
  return (
    <tr class="entry row-link">
      <td class="cell-close">{utcText(closeTime + 1).replace(" UTC", "")}</td>
      <th scope="row">
        <a href={chartHash({ symbol, interval }, openTimeOf(interval, closeTime))}>{symbol}</a>
      </th>
      <td class="figure">{priceText(price, page.market.decimals(symbol, price))}</td>
      <td class="figure">{outcome?.returnPercent == null ? "not known yet" : returnText(outcome.returnPercent)}</td>
      <td class="facts roomy">{factsText(facts)}</td>
      <td class="cell-actions">
        <button
          type="button"
          class="button small why-button"
          aria-label={`Why? ${symbol}, ${utcText(closeTime + 1)}`}
          onClick={() => onWhy(symbol, interval, closeTime)}
        >
          Why?
        </button>
      </td>
    </tr>
  );
}
