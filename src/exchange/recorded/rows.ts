import {
  ANY_UNKNOWN,
  closeTimeOf,
  DUMP_COLUMNS,
  dumpMoment,
  type Interval,
  InvalidInput,
  type Kline,
  klineFault,
  openTimeOf,
  UNREADABLE,
  type UnixMs,
} from "../../core/mod.ts";
import { type Amount, largeAmounts, noteExact, unitsOfText } from "../exact.ts";
import type { RecordedFile } from "./files.ts";

/** The columns that hold amounts. */
const COLUMN_OF: Readonly<Record<Amount, string>> = {
  volume: "volume",
  quoteVolume: "quote_volume",
  takerBuyVolume: "taker_buy_volume",
  takerBuyQuoteVolume: "taker_buy_quote_volume",
};

/** The columns of freqtrade's JSON. */
const FREQTRADE = ["open_time", "open", "high", "low", "close", "volume"];

/** The names that recorders give to one column, in lower case with underscores. */
const ALIASES: Readonly<Record<string, string>> = {
  date: "open_time",
  timestamp: "open_time",
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

/** What a file holds. */
export interface RecordedKlines {
  readonly klines: readonly Kline[];
  /** Whether it has the volume. Where it doesn't, that is 0: of all amounts, this one can't be unknown in Vyx. */
  readonly hasVolume: boolean;
}

/**
 * A file's closed klines; a row that says that its candle is still open is left out. Where the file doesn't have the quote volume, trades
 * or taker volumes, as a column or in one of its rows, they are unknown (NaN). Throws InvalidInput with file and line for anything that
 * isn't a kline of its interval.
 */
export function klinesOf(file: RecordedFile): RecordedKlines {
  const rows = file.text.trimStart().startsWith("[") ? jsonRows(file) : csvRows(file);
  const hasVolume = rows[0]?.cells.has("volume") ?? true;
  const klines = rows
    .filter(({ cells }) => cells.get("closed") !== "false")
    .map(({ cells, line }) => {
      const kline = klineOf(cells, file.interval);
      const fault = klineFault(kline, ANY_UNKNOWN) ?? placeFault(kline, file.interval);
      if (fault !== undefined) throw new InvalidInput(`${file.name}, line ${line}: not a kline: ${fault}`);
      return kline;
    });
  return { klines, hasVolume };
}

/** Why a kline isn't one of an interval. Exchanges have candles that close early, but none that close late. */
function placeFault({ openTime, closeTime }: Kline, interval: Interval): string | undefined {
  const shown = (time: UnixMs): string => new Date(time).toISOString();
  const aligned = openTimeOf(interval, openTime);
  if (aligned !== openTime) {
    return `no ${interval} candle opens at ${shown(openTime)}: the one around it opens at ${shown(aligned)}`;
  }
  const end = closeTimeOf(interval, openTime);
  if (closeTime <= end) return undefined;
  return `a ${interval} candle of ${shown(openTime)} ends at ${shown(end)}, not at ${shown(closeTime)}`;
}

type Cells = ReadonlyMap<string, unknown>;
type Row = { readonly cells: Cells; readonly line: number };

function klineOf(cells: Cells, interval: Interval): Kline {
  const openTime = timeOf(cells.get("open_time"));
  const kline: Kline = {
    openTime,
    closeTime: cells.has("close_time") ? timeOf(cells.get("close_time")) : closeTimeOf(interval, openTime),
    open: figureOf(cells.get("open")),
    high: figureOf(cells.get("high")),
    low: figureOf(cells.get("low")),
    close: figureOf(cells.get("close")),
    volume: cells.has("volume") ? figureOf(cells.get("volume")) : 0,
    quoteVolume: figureOf(cells.get("quote_volume")),
    trades: figureOf(cells.get("count")),
    takerBuyVolume: figureOf(cells.get("taker_buy_volume")),
    takerBuyQuoteVolume: figureOf(cells.get("taker_buy_quote_volume")),
    closed: true,
  };
  return noteExact(
    kline,
    largeAmounts(kline, (name) => unitsOfText(String(cells.get(COLUMN_OF[name])).trim())),
  );
}

/** A cell's figure: NaN where there is none (no such column, an empty cell, null), UNREADABLE for what isn't a number. */
function figureOf(cell: unknown): number {
  if (cell === undefined || cell === null || String(cell).trim() === "") return Number.NaN;
  const figure = Number(cell);
  return Number.isNaN(figure) ? UNREADABLE : figure;
}

function jsonRows(file: RecordedFile): Row[] {
  let body: unknown;
  try {
    body = JSON.parse(file.text);
  } catch (cause) {
    throw new InvalidInput(`${file.name} isn't JSON: expected an array of rows as /api/v3/klines gives it`, { cause });
  }
  return (body as unknown[]).map((row, index) => {
    const names: readonly string[] = Array.isArray(row) && row.length === FREQTRADE.length ? FREQTRADE : DUMP_COLUMNS;
    if (!Array.isArray(row) || row.length < names.length || row.length > DUMP_COLUMNS.length + 1) {
      throw new InvalidInput(
        `${file.name}, row ${index + 1}: expected 12 fields as /api/v3/klines gives them, or 6 as freqtrade does`,
      );
    }
    return { cells: new Map(names.map((name, column) => [name, row[column]])), line: index + 1 };
  });
}

function csvRows(file: RecordedFile): Row[] {
  const lines = file.text.split(/\r\n|\n|\r/);
  const header = /^[a-z]/i.test(lines[0] ?? "") ? (lines[0] ?? "").split(",").map(columnName) : undefined;
  const names: readonly string[] = header ?? DUMP_COLUMNS;
  // A dump's last column has no meaning.
  const most = header?.length ?? DUMP_COLUMNS.length + 1;
  for (const needed of ["open_time", "open", "high", "low", "close"]) {
    if (!names.includes(needed)) throw new InvalidInput(`${file.name}: the header has no ${needed}`);
  }
  const rows: Row[] = [];
  for (const [index, line] of lines.entries()) {
    if (line === "" || (index === 0 && header !== undefined)) continue;
    const values = line.split(",");
    if (values.length < Math.min(names.length, DUMP_COLUMNS.length)) {
      throw new InvalidInput(`${file.name}, line ${index + 1}: ${values.length} columns, expected ${names.length}`);
    }
    if (values.length > most) {
      const why = "is a line end missing between two rows?";
      throw new InvalidInput(`${file.name}, line ${index + 1}: ${values.length} columns, expected ${most}: ${why}`);
    }
    rows.push({ cells: new Map(names.map((name, column) => [name, values[column]])), line: index + 1 });
  }
  return rows;
}

/** A header's name as we call the column: `Open time`, `openTime` and `open_time` are one. */
function columnName(text: string): string {
  const name = text
    .trim()
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .replaceAll(" ", "_");
  return ALIASES[name] ?? name;
}

/** Seconds, milliseconds, microseconds or nanoseconds since 1970, or an ISO date, with a space for the T too. */
function timeOf(value: unknown): UnixMs {
  const text = String(value).trim();
  if (text !== "" && Number.isFinite(Number(text))) return dumpMoment(text);
  const iso = text.replace(" ", "T").replace(/(\.\d{3})\d+/, "$1");
  // A date without a zone is UTC, as all times here are.
  const hasZone = /Z$|[+-]\d\d:?\d\d$/i.test(iso) || !iso.includes("T");
  return Date.parse(hasZone ? iso : `${iso}Z`) as UnixMs;
}
