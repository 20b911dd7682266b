import { decimalsText, exactText, minuteText, type UnixMs } from "../core/mod.ts";
import type { AlertCondition, AlertDirection, AlertEvent } from "../wire/mod.ts";

/** What an alert waits for, behind the symbol's name. @example "crosses 64,000 upwards" */
export function conditionText(condition: AlertCondition): string {
  switch (condition.kind) {
    case "level":
      return `crosses ${exactText(condition.level)}${wayOf(condition.direction)}`;
    case "line": {
      const { from, to, direction } = condition;
      return `crosses the line from ${exactText(from.price)} to ${exactText(to.price)}${wayOf(direction)}`;
    }
    case "move": {
      const verb = { up: "rises", down: "falls", either: "moves" }[condition.direction];
      return `${verb} by ${condition.percent} % within ${minutesText(condition.minutes)}`;
    }
    case "volume":
      return `has ${condition.times} times its average volume in ${minutesText(condition.minutes)}`;
  }
}

/** What happened, in a line. @example "BTCUSDT crossed 64,000 upwards" */
export function eventTitle({ symbol, condition, direction, reference, value, price }: AlertEvent): string {
  switch (condition.kind) {
    case "level":
      return `${symbol} crossed ${exactText(reference)}${wayOf(direction)}`;
    case "line":
      return `${symbol} crossed your line at ${likePrices(reference, price, value)}${wayOf(direction)}`;
    case "move": {
      const verb = direction === "up" ? "rose" : "fell";
      return `${symbol} ${verb} by ${Math.abs(value).toFixed(2)} % within ${minutesText(condition.minutes)}`;
    }
    case "volume":
      return `${symbol} has ${(value / reference).toFixed(1)} times its average volume in ${minutesText(condition.minutes)}`;
  }
}

/** The price and the moment: within the open candle, or only known to lie between two moments. */
export function eventDetails(event: AlertEvent): string {
  const { price, at, since, inOpenCandle, condition, value, direction } = event;
  const isCross = condition.kind === "level" || condition.kind === "line";
  const isBack = isCross && (direction === "up" ? value > price : value < price);
  const reached = isBack ? ` (it reached ${exactText(value)})` : "";
  if (since !== null)
    return `${exactText(price)}${reached} at ${momentText(at)} UTC; when it happened isn't known: no prices came since ${momentText(since)} UTC`;
  const candle = inOpenCandle ? "within the open 1m candle" : "at the close of the 1m candle";
  return `${exactText(price)}${reached} at ${momentText(at)} UTC, ${candle}`;
}

/** A computed price, with no more decimals than the market's own prices beside it have. */
function likePrices(computed: number, ...prices: readonly number[]): string {
  const decimals = Math.max(...prices.map(decimalsOf));
  return decimalsText(computed, decimals);
}

/** 80147.93 → 2, and 1.5e-7 → 8. */
function decimalsOf(price: number): number {
  const [, fraction = "", exponent = "0"] = /^\d+(?:\.(\d+))?(?:e-(\d+))?$/.exec(String(price)) ?? [];
  return fraction.length + Number(exponent);
}

function minutesText(minutes: number): string {
  return minutes === 1 ? "1 minute" : `${minutes} minutes`;
}

function wayOf(direction: AlertDirection | null): string {
  return direction === "up" ? " upwards" : direction === "down" ? " downwards" : "";
}

/** With seconds: an alert fires within a candle. */
function momentText(at: UnixMs): string {
  const seconds = Math.floor((at % 60_000) / 1_000);
  return `${minuteText(at)}:${String(seconds).padStart(2, "0")}`;
}
