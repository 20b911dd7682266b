import type { ReadonlySignal } from "@preact/signals";
import type { JSX } from "preact";
import type { WireKline } from "../../src/wire/mod.ts";

import type { Page } from "../shell/page.ts";
import { amountText } from "../text/amount.ts";
import { direction, percentText } from "../text/percent.ts";
import { priceText } from "../text/price.ts";
import type { ChartState } from "./chart-feed.ts";
import type { ChartKind } from "./chart-kind.ts";
import type { ChartMarker } from "./chart-markers.ts";
import type { Klines } from "./chart-points.ts";
import { Countdown } from "./countdown.tsx";
import { signalsText } from "./crosshair-words.ts";
import type { StudyResult } from "./studies.ts";
import type { StudyChoice } from "./study-choice.ts";
import { StudyLegend } from "./study-legend.tsx";

/** Properties of the legend. */
export interface LegendProps {
  readonly page: Page;
  readonly state: ReadonlySignal<ChartState | undefined>;
  readonly choice: StudyChoice;
  readonly studies: ReadonlySignal<readonly StudyResult[]>;
  readonly pointed: ReadonlySignal<WireKline | undefined>;
  readonly kind: ReadonlySignal<ChartKind>;
  readonly marks: ReadonlySignal<readonly ChartMarker[]>;
  /** Whether symbols are compared. */
  readonly isCompared: ReadonlySignal<boolean>;
  /** Asks why a trader matched the kline or not. */
  readonly onWhy: () => void;
}

const SETTLED = "The exchange has no candles for the gaps shown here.";
const IN_DOUBT = "Some candles are missing or uncertain. The server is repairing them.";

/** The figures of the kline under the pointer, or of the last kline. The data attributes always describe the last kline. */
export function Legend({
  page,
  state: current,
  choice,
  studies,
  pointed,
  kind,
  marks,
  isCompared,
  onWhy,
}: LegendProps): JSX.Element {
  const { market, timeZone } = page;
  const state = current.value;
  const last = state?.klines.at(-1);
  const at = placeOf(state?.klines ?? [], pointed.value);
  const kline = state?.klines[at] ?? pointed.value ?? last;
  const decimals = kline === undefined ? 2 : market.decimals(state?.symbol ?? "", kline.close);
  const price = (value: number): string => priceText(value, decimals);
  const change = kline === undefined ? 0 : (100 * (kline.close - kline.open)) / kline.open;
  const found = marks.value.find(({ openTime }) => openTime === kline?.openTime);
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
              <span class="legend-date">{timeZone.text(kline.openTime).slice(0, 10)} </span>
              {timeZone.text(kline.openTime).slice(11)}
            </dd>
          </div>
          <Figure name="O" says="Open" text={price(kline.open)} />
          <Figure name="H" says="High" text={price(kline.high)} />
          <Figure name="L" says="Low" text={price(kline.low)} />
          <Figure name="C" says="Close" text={price(kline.close)} />
          <Figure name="Δ" says="Change from open to close" text={percentText(change)} />
          <Figure name="V" says="Volume" text={amountText(kline.volume)} />
        </dl>
      )}
      {kind.value === "heikin-ashi" ? (
        <p class="legend-kind" title="The figures are the market's; the candles that are drawn are Heikin Ashi">
          Heikin Ashi drawn
        </p>
      ) : null}
      <Countdown market={market} state={current} />
      {kline === undefined ? null : (
        <button
          type="button"
          class="link legend-why"
          aria-keyshortcuts="w"
          title="Why a trader matched this candle or not; right-click another candle to ask about that one"
          onClick={onWhy}
        >
          Why?
        </button>
      )}
      {found === undefined ? null : <p class="legend-marks">{signalsText(found.text)}</p>}
      <StudyLegend choice={choice} studies={studies} at={at} decimals={decimals} isCompared={isCompared.value} />
      {state?.phase !== "ready" || state.complete ? null : (
        <p class={state.settled ? "holes holes-settled" : "holes"} title={state.settled ? SETTLED : IN_DOUBT}>
          {state.settled ? "has holes" : "incomplete"}
        </p>
      )}
      {state?.phase === "ready" && state.detail !== "" ? <p class="holes">{state.detail}</p> : null}
    </div>
  );
}

/** The place of the kline under the pointer, which may have moved on since; without one, of the last. -1 when it left. */
function placeOf(klines: Klines, pointed: WireKline | undefined): number {
  if (pointed === undefined) return klines.length - 1;
  return klines.findLastIndex(({ openTime }) => openTime === pointed.openTime);
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
