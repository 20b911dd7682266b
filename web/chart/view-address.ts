import { routeHash } from "../shell/route.ts";
import type { TimeZone } from "../text/time-zone.ts";
import { CHART_KINDS, type ChartKind } from "./chart-kind.ts";
import type { ChartChoice } from "./chart-route.ts";
import { comparedText, readCompared } from "./compared.ts";
import type { ChosenStudy } from "./studies.ts";
import { readStudies, studiesText } from "./study-text.ts";
import { chartsText, ONE_CHART, readCharts, type SideBySide } from "./view-charts.ts";
import { NEWEST, rangeText, readRange, type ViewRange } from "./view-range.ts";

/** What a chart shows besides its symbol and interval. Each member has a row in {@link VIEW_PARTS}. */
export interface ChartView {
  readonly range: ViewRange;
  readonly studies: readonly ChosenStudy[];
  readonly scale: PriceScale;
  readonly kind: ChartKind;
  readonly zone: TimeZone;
  readonly signals: "own" | "all";
  readonly charts: SideBySide;
  /** Symbols that all charts are compared with. */
  readonly compare: readonly string[];
}

/** How prices are spaced. */
export type PriceScale = "linear" | "log";

/** One part of the view, as the address has it. */
export interface ViewPart<Value> {
  /** What the part is in an address that states a view without it. It is left out of the address. */
  readonly fallback: Value;
  /** What is expected, for people. */
  readonly expects: string;
  /** Undefined for a text that means nothing. */
  readonly read: (text: string) => Value | undefined;
  readonly write: (value: Value) => string;
}

/** The parts by their names in the address. A new part is a member of {@link ChartView} and a row here. */
export const VIEW_PARTS: { readonly [Name in keyof ChartView]: ViewPart<ChartView[Name]> } = {
  range: { fallback: NEWEST, expects: "newest-120, or two moments in milliseconds", read: readRange, write: rangeText },
  studies: { fallback: [], expects: "indicators such as ema-20_rsi-14", read: readStudies, write: studiesText },
  scale: oneOf("linear", ["linear", "log"]),
  kind: oneOf(
    "candles",
    CHART_KINDS.map(({ kind }) => kind),
  ),
  zone: oneOf("utc", ["utc", "local"]),
  signals: oneOf("own", ["own", "all"]),
  compare: {
    fallback: [],
    expects: "up to four symbols such as ETHUSDT*SOLUSDT",
    read: readCompared,
    write: comparedText,
  },
  charts: {
    fallback: ONE_CHART,
    expects: "2 or 4 charts such as -*ETHUSDT-5m, where - is the one that the address names",
    read: readCharts,
    write: chartsText,
  },
};

const NAMES = Object.keys(VIEW_PARTS) as (keyof ChartView)[];

/** A view that an address states, and what in it means nothing. */
export interface ReadView {
  /** Undefined when the address states no part: then the chart shows what this browser kept. */
  readonly view: ChartView | undefined;
  /** A sentence for each part that isn't understood. */
  readonly faults: readonly string[];
}

/** Reads the view in an address's query. Where one part is stated, those that aren't have their fallbacks. */
export function readView(query: Readonly<Record<string, string>>): ReadView {
  const faults: string[] = [];
  const members = NAMES.map((name) => [name, readPart(name, query[name], faults)]);
  const isStated = NAMES.some((name) => query[name] !== undefined);
  return { view: isStated ? (Object.fromEntries(members) as ChartView) : undefined, faults };
}

/** The address of a chart with its view. */
export function viewHash({ symbol, interval }: ChartChoice, view: ChartView): string {
  const parts = NAMES.map((name) => [name, writtenPart(name, view)] as const);
  return routeHash("chart", [symbol, interval], Object.fromEntries(parts.filter(([, text]) => text !== "")));
}

/** A part that is one of a few names. */
export function oneOf<const Name extends string>(fallback: NoInfer<Name>, names: readonly Name[]): ViewPart<Name> {
  return {
    fallback,
    expects: names.join(" or "),
    read: (text) => names.find((name) => name === text),
    write: (name) => name,
  };
}

function readPart<Name extends keyof ChartView>(
  name: Name,
  text: string | undefined,
  faults: string[],
): ChartView[Name] {
  const { fallback, expects, read }: ViewPart<ChartView[Name]> = VIEW_PARTS[name];
  const value = text === undefined ? fallback : read(text);
  if (value !== undefined) return value;
  faults.push(`"${name}=${(text ?? "").slice(0, 40)}" in the address means nothing; expected ${expects}.`);
  return fallback;
}

/** Empty for the fallback. */
function writtenPart<Name extends keyof ChartView>(name: Name, view: ChartView): string {
  const { fallback, write }: ViewPart<ChartView[Name]> = VIEW_PARTS[name];
  const text = write(view[name]);
  return text === write(fallback) ? "" : text;
}
