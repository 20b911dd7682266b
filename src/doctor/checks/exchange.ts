import {
  countOf,
  differingColumns,
  type Interval,
  type Kline,
  MARKET_NAMES,
  type MarketId,
  openTimeOf,
  parseSymbol,
  previousOpenTime,
  type Symbol,
  type UnixMs,
  wildcardOf,
} from "../../core/mod.ts";
import { klineOf } from "../../wire/mod.ts";
import { ofEachMarket, type VisitedMarket } from "../by-market.ts";
import type { ExchangeBeside } from "../exchange-beside.ts";
import { good, type Outcome, skipped, wrong } from "../finding.ts";
import { type Visit, wordsOf } from "../visit.ts";

/** So many symbols of a market are compared, those with the most volume. Each costs the exchange one request an interval. */
const SYMBOLS = 3;

/** Minutes that are compared of a symbol, and candles of each longer interval. */
const MINUTES = 60;
const LONGER = 3;

/** A candle is compared once it has been over for so long by the exchange's clock, in milliseconds: the exchange itself may correct it before. */
const SETTLES_WITHIN_MS = 120_000;

/** So many differences are shown of each kind. */
const MOST_SHOWN = 2;

/** Something that differs: of which kind, and one line about where. */
interface Difference {
  readonly kind: string;
  readonly where: string;
}

/**
 * Whether the server's closed klines are the exchange's own, column by column: minutes, and longer candles that the server rolled up.
 * Asks the exchange, so it is made only on request.
 */
export async function exchange(visit: Visit): Promise<Outcome> {
  const { exchanges } = visit.deployment;
  if (exchanges === undefined) return skipped("not asked for: --compare-exchange asks the exchanges themselves");
  if (visit.keysWithheld !== undefined) return skipped(`not checked: ${visit.keysWithheld}`);
  return await ofEachMarket(visit, async (served) => {
    const { market, source } = served;
    if (market === undefined) return skipped("an older server doesn't say which market it has");
    const beside = exchanges(market, source);
    if (beside !== undefined) {
      // One exchange that doesn't answer keeps no other from being compared.
      return await compared(visit, served, market, beside).catch((cause: unknown) =>
        wrong(wordsOf(cause), "an answer of the exchange: can this machine reach it, and does it serve this place?"),
      );
    }
    return skipped(
      `the market is ${source}, so the exchange has other prices: name the stand-in, --compare-exchange ${market}=http://…`,
    );
  });
}

async function compared(
  visit: Visit,
  { symbols: followed, intervals }: VisitedMarket,
  market: MarketId,
  beside: ExchangeBeside,
): Promise<Outcome> {
  if (followed === 0) return skipped("the server follows no symbol");
  const asOf = await beside.time();
  const symbols = await largest(visit, market);
  const longer = intervals.filter((one) => one !== "1m" && one !== "1s" && beside.intervals.includes(one));
  const differences: Difference[] = [];
  let count = 0;
  for (const symbol of symbols) {
    for (const interval of ["1m", ...longer] as const) {
      const found = await comparedSeries(visit, beside, { symbol, interval }, asOf);
      count += found.count;
      differences.push(...found.differences);
    }
  }
  const what = `${countOf(count, "closed kline")} of ${symbols.join(", ")} (${["1m", ...longer].join(", ")})`;
  if (count === 0) {
    return wrong(
      `the server holds no closed klines that could be compared with the exchange's`,
      "some, two minutes after it became ready: see ready and holes",
    );
  }
  if (differences.length === 0) return good(`${what} equal the exchange's in every column`);
  return wrong(
    `${what} differ from the exchange's: ${inWords(differences)}`,
    `the same figures. Ask again in some minutes: the exchange may have corrected a candle just now. If it stays, the adapter of ${MARKET_NAMES[market]} misreads it: please report the line above`,
  );
}

/** The symbols with the most volume, as far as that is known. */
async function largest(visit: Visit, market: MarketId): Promise<Symbol[]> {
  const { tickers } = await visit.client.tickers({ symbols: [wildcardOf(market)] });
  return [...tickers]
    .sort((a, b) => (b.quoteVolume ?? b.volume * b.price) - (a.quoteVolume ?? a.volume * a.price))
    .slice(0, SYMBOLS)
    .map(({ symbol }) => parseSymbol(symbol));
}

async function comparedSeries(
  visit: Visit,
  beside: ExchangeBeside,
  { symbol, interval }: { readonly symbol: Symbol; readonly interval: Interval },
  asOf: UnixMs,
): Promise<{ readonly count: number; readonly differences: Difference[] }> {
  const limit = interval === "1m" ? MINUTES : LONGER;
  const { klines } = await visit.client.klines(symbol, interval, { limit, closed: true });
  const ours = klines.map(klineOf);
  const [first] = ours;
  // The last candle that has been over for long enough.
  const to = previousOpenTime(interval, openTimeOf(interval, asOf - SETTLES_WITHIN_MS));
  const early: Difference[] = ours
    .filter(({ closeTime }) => closeTime >= asOf)
    .map(({ openTime }) => ({ kind: "closed before the exchange's clock", where: nameOf(symbol, interval, openTime) }));
  if (first === undefined || first.openTime > to) return { count: 0, differences: early };
  const range = { from: first.openTime, to };
  const theirs = await beside.klines({ symbol, interval, range }, asOf);
  const held = new Map(ours.filter(({ openTime }) => openTime <= to).map((kline) => [kline.openTime, kline]));
  const differences = [
    ...early,
    ...theirs.refused.map((row): Difference => ({ kind: "a row of the exchange isn't believed", where: row })),
    ...theirs.klines.flatMap((kline) => differencesOf(symbol, interval, held.get(kline.openTime), kline)),
  ];
  const known = new Set(theirs.klines.map(({ openTime }) => openTime));
  for (const { openTime } of held.values()) {
    if (!known.has(openTime)) {
      differences.push({ kind: "the exchange doesn't have it", where: nameOf(symbol, interval, openTime) });
    }
  }
  return { count: held.size, differences };
}

function differencesOf(symbol: Symbol, interval: Interval, ours: Kline | undefined, theirs: Kline): Difference[] {
  const name = nameOf(symbol, interval, theirs.openTime);
  if (ours === undefined) return [{ kind: "the server doesn't have it", where: name }];
  return differingColumns(ours, theirs).map((column) => ({
    kind: column,
    where: `${name}: ${ours[column]} here, ${theirs[column]} there`,
  }));
}

function nameOf(symbol: Symbol, interval: Interval, openTime: number): string {
  return `${symbol} ${interval} ${new Date(openTime).toISOString().slice(0, 16)}Z`;
}

/** By kind, how often, with examples. */
function inWords(differences: readonly Difference[]): string {
  const kinds = new Map<string, string[]>();
  for (const { kind, where } of differences) kinds.set(kind, [...(kinds.get(kind) ?? []), where]);
  return [...kinds]
    .map(([kind, where]) => `${kind} in ${where.length} (${where.slice(0, MOST_SHOWN).join("; ")})`)
    .join(", ");
}
