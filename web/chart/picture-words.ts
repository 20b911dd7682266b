import { amountText } from "../text/amount.ts";
import { direction, percentText } from "../text/percent.ts";
import { priceText } from "../text/price.ts";
import type { ChartColors } from "./chart-colors.ts";
import { CHART_KINDS, type ChartKind } from "./chart-kind.ts";
import type { Klines } from "./chart-points.ts";
import type { ChartChoice } from "./chart-route.ts";
import { type StudyResult, studyText, valuesText } from "./studies.ts";

/** A text of the picture's legend, in its colour. */
export interface PictureText {
  readonly text: string;
  readonly color: string;
}

/** What stands above the chart in a picture. */
export interface PictureWords {
  /** The series, such as "BTCUSDT 5m", and how it is drawn where that isn't as candles. */
  readonly title: string;
  /** Source and moment. */
  readonly note: string;
  /** The last candle's figures, then each study with its values there. */
  readonly legend: readonly PictureText[];
}

/** What a picture is of. */
export interface PictureSubject {
  readonly choice: ChartChoice;
  readonly kind: ChartKind;
  readonly klines: Klines;
  readonly studies: readonly StudyResult[];
  /** Of prices. */
  readonly decimals: number;
  readonly note: string;
  /** A moment in the chart's time zone. */
  readonly timeText: (moment: number) => string;
}

/** The words of a picture whose last candle in sight opens at or before `to`. */
export function pictureWords(subject: PictureSubject, to: number, colors: ChartColors): PictureWords {
  const { choice, kind, klines, studies, decimals, note, timeText } = subject;
  const kindText = kind === "candles" ? [] : [CHART_KINDS.find((one) => one.kind === kind)?.name ?? kind];
  const title = [`${choice.symbol} ${choice.interval}`, ...kindText].join(" · ");
  const at = klines.findLastIndex(({ openTime }) => openTime <= to);
  const kline = klines[at];
  if (kline === undefined) return { title, note, legend: [] };
  const { openTime, open, high, low, close, volume } = kline;
  const change = (100 * (close - open)) / open;
  const figures = Object.entries({ O: open, H: high, L: low, C: close }).map(
    ([name, price]) => `${name} ${priceText(price, decimals)}`,
  );
  const own = {
    text: [timeText(openTime), ...figures, percentText(change), `V ${amountText(volume)}`].join("  "),
    color: { up: colors.up, down: colors.down, flat: colors.text }[direction(change)],
  };
  const others = studies
    .filter(({ isHidden }) => !isHidden)
    .map((study) => ({
      text: `${studyText(study, studies)} ${valuesText(study, at, decimals) || "–"}`,
      color: colors.studies[study.color - 1] ?? colors.text,
    }));
  return { title, note, legend: [own, ...others] };
}
