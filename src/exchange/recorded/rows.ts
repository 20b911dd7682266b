import { closeTimeOf, type Interval, InvalidInput, type Kline, klineFault, type UnixMs } from "../../core/mod.ts";
import type { RecordedFile } from "./files.ts";

/** The columns of a dump without a header row, as data.binance.vision writes them. */
const DUMP = [
  "open_time",
  "open",
  "high",
  "low",
  "close",
  "volume",
  "close_time",
  "quote_volume",
  "count",
  "taker_buy_volume",
  "taker_buy_quote_volume",
];

/** The names that recorders give to one column. */
const ALIASES: Readonly<Record<string, string>> = {
  qav: "quote_volume",
  quote_asset_volume: "quote_volume",
  num_trades: "count",
  number_of_trades: "count",
  trades: "count",
  taker_base: "taker_buy_volume",
  taker_buy_base_volume: "taker_buy_volume",
  taker_buy_base_asset_volume: "taker_buy_volume",
  taker_quote: "taker_buy_quote_volume",
  taker_buy_quote_asset_volume: "taker_buy_quote_volume",
};

/** Times above this are microseconds, as in spot dumps from 2025-01-01 on: in milliseconds it is the year 5138. */
const MICROSECONDS_FROM = 1e14;

/** A file's klines. Columns that it doesn't have (base volume, trades, taker) are zero. Throws InvalidInput with file and line. */
export function klinesOf(file: RecordedFile): Kline[] {
  const rows = file.text.trimStart().startsWith("[") ? jsonRows(file) : csvRows(file);
  return rows.map(({ cells, line }) => {
    const kline = klineOf(cells, file.interval);
    const fault = klineFault(kline);
    if (fault !== undefined) throw new InvalidInput(`${file.name}, line ${line}: not a kline: ${fault}`);
    return kline;
  });
}

type Cells = ReadonlyMap<string, unknown>;
type Row = { readonly cells: Cells; readonly line: number };

function klineOf(cells: Cells, interval: Interval): Kline {
  const openTime = timeOf(cells.get("open_time"));
  const amount = (name: string): number => Number(cells.get(name) ?? 0);
  return {
    openTime,
    closeTime: cells.has("close_time") ? timeOf(cells.get("close_time")) : closeTimeOf(interval, openTime),
    open: Number(cells.get("open")),
    high: Number(cells.get("high")),
    low: Number(cells.get("low")),
    close: Number(cells.get("close")),
    volume: amount("volume"),
    quoteVolume: amount("quote_volume"),
    trades: amount("count"),
    takerBuyVolume: amount("taker_buy_volume"),
    takerBuyQuoteVolume: amount("taker_buy_quote_volume"),
    closed: true,
  };
}

function jsonRows(file: RecordedFile): Row[] {
  let body: unknown;
  try {
    body = JSON.parse(file.text);
  } catch (cause) {
    throw new InvalidInput(`${file.name} isn't JSON: expected an array of rows as /api/v3/klines gives it`, { cause });
  }
  return (body as unknown[]).map((row, index) => {
    if (!Array.isArray(row) || row.length < DUMP.length) {
      throw new InvalidInput(`${file.name}, row ${index + 1}: expected 12 fields as /api/v3/klines gives them`);
    }
    return { cells: new Map(DUMP.map((name, column) => [name, row[column]])), line: index + 1 };
  });
}

function csvRows(file: RecordedFile): Row[] {
  const lines = file.text.split(/\r?\n/);
  const header = /^[a-z]/i.test(lines[0] ?? "")
    ? (lines[0] ?? "").split(",").map((name) => ALIASES[name.trim()] ?? name.trim())
    : undefined;
  const names = header ?? DUMP;
  for (const needed of ["open_time", "open", "high", "low", "close"]) {
    if (!names.includes(needed)) throw new InvalidInput(`${file.name}: the header has no ${needed}`);
  }
  const rows: Row[] = [];
  for (const [index, line] of lines.entries()) {
    if (line === "" || (index === 0 && header !== undefined)) continue;
    const values = line.split(",");
    if (values.length < Math.min(names.length, DUMP.length)) {
      throw new InvalidInput(`${file.name}, line ${index + 1}: ${values.length} columns, expected ${names.length}`);
    }
    rows.push({ cells: new Map(names.map((name, column) => [name, values[column]])), line: index + 1 });
  }
  return rows;
}

/** Milliseconds or microseconds since 1970, or an ISO date, with a space for the T too. */
function timeOf(value: unknown): UnixMs {
  const number = Number(value);
  if (Number.isFinite(number)) return (number >= MICROSECONDS_FROM ? Math.floor(number / 1_000) : number) as UnixMs;
  return Date.parse(
    String(value)
      .replace(" ", "T")
      .replace(/(\.\d{3})\d+/, "$1"),
  ) as UnixMs;
}
