import { amountText } from "../text/amount.ts";
import { percentText } from "../text/percent.ts";
import { priceText } from "../text/price.ts";
import type { CrosshairMove, HeldCrosshair } from "./crosshair-keys.ts";
import { type StudyResult, studyText, valuesText } from "./studies.ts";

/** What a screen reader says after a key has moved the crosshair: the candle's figures, or the price alone where only that has moved. */
export function crosshairWords(
  move: CrosshairMove,
  { kline, price }: HeldCrosshair,
  decimals: number,
  studies: readonly string[],
  timeText: (moment: number) => string,
): string {
  if ("steps" in move) return `Price ${priceText(price, decimals)}.`;
  const { openTime, open, high, low, close, volume } = kline;
  const figures = [
    `open ${priceText(open, decimals)}`,
    `high ${priceText(high, decimals)}`,
    `low ${priceText(low, decimals)}`,
    `close ${priceText(close, decimals)}`,
    percentText((100 * (close - open)) / open),
    `volume ${amountText(volume)}`,
    ...studies,
  ];
  return `${timeText(openTime)}: ${figures.join(", ")}.`;
}

/** Each study in sight with its values at the kline `at`, as far as it has some there. */
export function studyWords(studies: readonly StudyResult[], at: number, decimals: number): string[] {
  return studies.flatMap((study) => {
    const text = study.isHidden ? "" : valuesText(study, at, decimals);
    return text === "" ? [] : [`${studyText(study, studies)} ${text}`];
  });
}

/** The traders that gave signals at a candle: "signal of Dip, Breakout". */
export function signalsText(names: string): string {
  return names === "" ? "signal" : `signal of ${names}`;
}
