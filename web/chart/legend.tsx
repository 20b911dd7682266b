import type { ReadonlySignal } from "@preact/signals";
import type { JSX } from "preact";
import type { Kline } from "../../src/core/mod.ts";
import type { Market } from "../market/market.ts";
import { amountText } from "../text/amount.ts";
import { direction } from "../text/percent.ts";
import { priceText } from "../text/price.ts";
import { utcText } from "../text/utc.ts";
import type { ChartState } from "./chart-feed.ts";

/** What the legend is drawn from. */
export interface LegendProps {
  readonly market: Market;
  readonly state: ReadonlySignal<ChartState | undefined>;
  readonly pointed: ReadonlySignal<Kline | undefined>;
}

const SETTLED = "The exchange has no candle at some places. They stay empty; none is made up.";
const IN_DOUBT = "Candles are missing here, or in doubt, until the server has repaired them. Their places stay empty.";

/** The figures of the kline under the pointer, or of the last one. The data attributes always tell of the last one. */
export function Legend({ market, state: current, pointed }: LegendProps): JSX.Element {
  const state = current.value;
  const last = state?.klines.at(-1);
  const kline = pointed.value ?? last;
  const decimals = kline === undefined ? 2 : market.decimals(state?.symbol ?? "", kline.close);
  const price = (value: number): string => priceText(value, decimals);
  const change = kline === undefined ? 0 : (100 * (kline.close - kline.open)) / kline.open;
  return (
    <div
      class="legend"
      data-series={`${state?.symbol}:${state?.interval}`}
      data-phase={state?.phase}
      data-open-time={last?.openTime}
      data-last-close={last?.close}
    >
      {kline === undefined ? null : (
        <dl class={direction(change)}>
          <div class="legend-time">
            <dt class="unseen">Open time</dt>
            <dd>
              <span class="legend-date">{utcText(kline.openTime).slice(0, 10)} </span>
              {utcText(kline.openTime).slice(11)}
            </dd>
          </div>
          <Figure name="O" says="Open" text={price(kline.open)} />
          <Figure name="H" says="High" text={price(kline.high)} />
          <Figure name="L" says="Low" text={price(kline.low)} />
          <Figure name="C" says="Close" text={price(kline.close)} />
          <Figure name="V" says="Volume" text={amountText(kline.volume)} />
        </dl>
      )}
      {state === undefined || state.complete || state.phase === "loading" ? null : (
        <p class={state.settled ? "holes holes-settled" : "holes"} title={state.settled ? SETTLED : IN_DOUBT}>
          {state.settled ? "has holes" : "incomplete"}
        </p>
      )}
      {state?.phase === "ready" && state.detail !== "" ? <p class="holes">{state.detail}</p> : null}
    </div>
  );
}

function Figure({ name, says, text }: { name: string; says: string; text: string }): JSX.Element {
  return (
    <div>
      <dt>
        <abbr title={says}>{name}</abbr>
      </dt>
      <dd>{text}</dd>
    </div>
  );
}
