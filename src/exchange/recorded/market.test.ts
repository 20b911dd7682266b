import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import { csvText } from "../../../web/text/csv.ts";
import { KLINE_COLUMNS, type Kline } from "../../core/mod.ts";
import { unitsOf } from "../exact.ts";
import { RecordedMarket } from "./market.ts";

const OPEN = Date.UTC(2026, 1, 10);
const all = Number.POSITIVE_INFINITY;
const root = mkdtempSync(join(tmpdir(), "vyx-recorded-"));
afterAll(() => rmSync(root, { recursive: true }));

let folders = 0;
function folder(files: Record<string, string | Uint8Array>): string {
  folders += 1;
  const path = join(root, String(folders));
  mkdirSync(path);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content);
  return path;
}

const FIGURES = "10.5,12,9,11,3.5";
const REST = "38.5,7,1.5,16.5,0";
const first = {
  openTime: OPEN,
  closeTime: OPEN + 59_999,
  open: 10.5,
  high: 12,
  low: 9,
  close: 11,
  volume: 3.5,
  quoteVolume: 38.5,
  trades: 7,
  takerBuyVolume: 1.5,
  takerBuyQuoteVolume: 16.5,
  closed: true,
} as Kline;
/** The first minute's figures as the page exports them, so many milliseconds later. */
const exported = (laterMs: number): (string | number)[] =>
  KLINE_COLUMNS.map((column) =>
    column === "openTime" || column === "closeTime" ? new Date(first[column] + laterMs).toISOString() : first[column],
  );
/** What a recording of OHLCV doesn't have. */
const UNKNOWN = {
  quoteVolume: Number.NaN,
  trades: Number.NaN,
  takerBuyVolume: Number.NaN,
  takerBuyQuoteVolume: Number.NaN,
};
const dumpRow = `${OPEN},${FIGURES},${OPEN + 59_999},${REST}`;
const HEADER =
  "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore";

function minute(files: Record<string, string | Uint8Array>): Kline | undefined {
  return new RecordedMarket(folder(files)).klines("BTCUSDT", "1m", OPEN, OPEN, 1)[0];
}

describe("recorded klines are read", () => {
  test.each([
    ["a dump without a header", { "BTCUSDT-1m-2026-02.csv": dumpRow }],
    ["a dump with a header, and Windows' line ends", { "BTCUSDT-1m-2026-02.csv": `${HEADER}\r\n${dumpRow}\r\n` }],
    ["microseconds", { "BTCUSDT-1m-2026-02.csv": `${OPEN}000,${FIGURES},${OPEN + 59_999}999,${REST}` }],
    ["gzip", { "BTCUSDT-1m-2026-02.csv.gz": gzipSync(dumpRow) }],
    ["zip", { "BTCUSDT-1m-2026-02.zip": zipSync({ "BTCUSDT-1m-2026-02.csv": new TextEncoder().encode(dumpRow) }) }],
    [
      "ISO times and other names",
      {
        "btcusdt_1m_somebody.csv": `open_time,open,high,low,close,volume,close_time,qav,num_trades,taker_base,taker_quote,ignore,symbol
2026-02-10 00:00:00+00:00,${FIGURES},2026-02-10 00:00:59.999000+00:00,${REST},BTCUSDT`,
      },
    ],
    [
      "REST JSON",
      { "BTCUSDT_1m.json": `[[${OPEN},"10.5","12","9","11","3.5",${OPEN + 59_999},"38.5",7,"1.5","16.5","0"]]` },
    ],
    ["a byte order mark before a header", { "BTCUSDT-1m-2026-02.csv": `\uFEFF${HEADER}\n${dumpRow}\n` }],
    ["CR alone at the ends of lines", { "BTCUSDT-1m-2026-02.csv": `${HEADER}\r${dumpRow}\r` }],
    ["seconds", { "BTCUSDT-1m-x.csv": `${OPEN / 1_000},${FIGURES},${OPEN / 1_000 + 59.999},${REST}` }],
    ["nanoseconds", { "BTCUSDT-1m-x.csv": `${OPEN}000000,${FIGURES},${OPEN + 59_999}999999,${REST}` }],
    [
      "ISO times without a zone as UTC",
      { "BTCUSDT-1m-x.csv": `${HEADER}\n2026-02-10 00:00:00,${FIGURES},2026-02-10T00:00:59.999,${REST}` },
    ],
    [
      "a zip with other files beside its CSV",
      {
        "BTCUSDT-1m-2026-02.zip": zipSync({
          "README.txt": new TextEncoder().encode("klines"),
          "__MACOSX/._BTCUSDT-1m-2026-02.csv": new Uint8Array([0, 5, 22, 7]),
          "BTCUSDT-1m-2026-02.csv": new TextEncoder().encode(dumpRow),
        }),
      },
    ],
    [
      "the page's own export with its indicators, without its open candle",
      {
        "BTCUSDT-1m-2026-02-10.csv": csvText([
          [...KLINE_COLUMNS, "closed", "EMA 20", "MACD 12 26 9 signal"],
          [...exported(0), "true", "", ""],
          [...exported(60_000), "false", 11.25, -3],
        ]),
      },
    ],
    [
      "the page's export of earlier versions, with times in milliseconds",
      {
        "BTCUSDT-1m-2026-02-10.csv": csvText([
          [...KLINE_COLUMNS, "closed"],
          [...KLINE_COLUMNS.map((column) => first[column]), "true"],
        ]),
      },
    ],
    ["twice, if alike", { "BTCUSDT-1m-a.csv": dumpRow, "BTCUSDT-1m-b.csv": dumpRow }],
  ])("%s", (_name, files) => {
    expect(minute(files)).toEqual(first);
  });

  test("freqtrade's JSON", () => {
    const json = JSON.stringify([[OPEN, 10.5, 12, 9, 11, 3.5]]);
    expect(minute({ "BTC_USDT-1m.json": json })).toEqual({ ...first, ...UNKNOWN });
  });

  test.each([
    ["no columns for them", `date,open,high,low,close,volume\n${OPEN},${FIGURES}`, UNKNOWN],
    ["empty cells", `${HEADER}\n${OPEN},${FIGURES},${OPEN + 59_999},, ,,,`, UNKNOWN],
    ["one empty cell", `${HEADER}\n${OPEN},${FIGURES},${OPEN + 59_999},38.5,,1.5,16.5,0`, { trades: Number.NaN }],
  ])("what isn't there is unknown, and a close time follows from the interval: %s", (_name, text, unknown) => {
    expect(minute({ "BTCUSDT-1m-x.csv": text })).toEqual({ ...first, ...unknown });
  });

  test("null in JSON is unknown", () => {
    const row = [OPEN, "10.5", "12", "9", "11", "3.5", OPEN + 59_999, null, null, "1.5", "16.5", "0"];
    const unknown = { quoteVolume: Number.NaN, trades: Number.NaN };
    expect(minute({ "BTCUSDT_1m.json": JSON.stringify([row]) })).toEqual({ ...first, ...unknown });
  });

  test("sums with an unknown part are unknown, in those columns alone", () => {
    const row = (at: number, rest: string): string =>
      `${OPEN + at * 60_000},${FIGURES},${OPEN + at * 60_000 + 59_999},${rest}`;
    const rows = [row(0, REST), row(1, "38.5,,1.5,16.5,0"), row(2, REST), row(3, "1e8,7,1.5,,0"), row(4, REST)];
    const market = new RecordedMarket(folder({ "BTCUSDT-1m-x.csv": [HEADER, ...rows].join("\n") }));
    const figures = { volume: 17.5, quoteVolume: 100_000_154, takerBuyVolume: 7.5 };
    const unknown = { trades: Number.NaN, takerBuyQuoteVolume: Number.NaN };
    expect(market.klines("BTCUSDT", "5m", OPEN, OPEN, 1)).toMatchObject([{ ...figures, ...unknown }]);
    expect(market.pairs).toMatchObject([{ priceDecimals: 1, quantityDecimals: 1 }]);
  });

  test("what one file doesn't know of a candle, another one tells", () => {
    const large = dumpRow.replace("38.5", "4466070436.70123456");
    const files = {
      "BTCUSDT-1m-a.csv": `date,open,high,low,close,volume\n${OPEN},${FIGURES}`,
      "BTCUSDT-1m-b.csv": large,
    };
    const kline = minute(files) as Kline;
    expect(kline).toEqual({ ...first, quoteVolume: Number("4466070436.70123456") });
    expect(unitsOf(kline, "quoteVolume")).toBe(446_607_043_670_123_456n);
  });

  test("the archive of several symbols, each by its own name", () => {
    const file = new TextEncoder().encode(dumpRow);
    const zip = zipSync({ "BTCUSDT-1m-a.csv": file, "ETHUSDT-1m-a.csv": file });
    const market = new RecordedMarket(folder({ "BTCUSDT-1m-all.zip": zip }));
    expect(market.pairs.map(({ symbol }) => symbol)).toEqual(["BTCUSDT", "ETHUSDT"]);
  });

  test("contracts whose names have more than letters and digits", () => {
    const market = new RecordedMarket(folder({ "BTCUSD_PERP-1m-2026-02.csv": dumpRow, "ETHUSDT-1m-x.csv": dumpRow }));
    expect(market.pairs.map(({ symbol, base, quote }) => [symbol, base, quote])).toEqual([
      ["BTCUSD_PERP", "BTC", "USD"],
      ["ETHUSDT", "ETH", "USDT"],
    ]);
  });

  test("what can't be read by its name is told", () => {
    const files = { "BTCUSDT-1m-x.csv": dumpRow, "notes.csv": "a,b", "ABC-7m-x.csv": dumpRow, "readme.md": "" };
    const { passedOver } = new RecordedMarket(folder(files));
    expect(passedOver.map((path) => path.slice(path.lastIndexOf("/") + 1))).toEqual(["ABC-7m-x.csv", "notes.csv"]);
  });

  test("a volume can't be unknown: without its column it is 0, and the file is named", () => {
    const narrow = `open_time,open,high,low,close,quote_volume\n${OPEN},10.5,12,9,11,38.5`;
    const market = new RecordedMarket(folder({ "BTCUSDT-1m-x.csv": narrow, "ETHUSDT-1m-x.csv": dumpRow }));
    expect(market.klines("BTCUSDT", "1m", OPEN, OPEN, 1)).toEqual([
      { ...first, ...UNKNOWN, volume: 0, quoteVolume: 38.5 },
    ]);
    expect(market.withoutVolume).toEqual(["BTCUSDT-1m-x.csv"]);
  });

  test("a month is written 1mo", () => {
    const market = new RecordedMarket(
      folder({ "BTCUSDT-1mo-2026-02.csv": `${Date.UTC(2026, 1, 1)},${FIGURES},${Date.UTC(2026, 2, 1) - 1},${REST}` }),
    );
    expect(market.baseOf("BTCUSDT")).toBe("1M");
  });

  test.each([
    ["nothing there", {}, /holds no kline files: expected names such as BTCUSDT-1m-2026-02.csv/],
    ["files without a row", { "BTCUSDT-1m-x.csv": "", "ETHUSDT-1m-x.csv": HEADER }, /the files in .* hold no klines/],
    ["a broken archive", { "BTCUSDT-1m-x.csv.gz": "no gzip" }, /can't be unpacked/],
    ["a short row", { "BTCUSDT-1m-x.csv": `${dumpRow}\n1,2,3` }, /BTCUSDT-1m-x.csv, line 2: 3 columns, expected/],
    [
      "nonsense",
      { "BTCUSDT-1m-x.csv": `${OPEN},10,9,12,11,1,${OPEN + 59_999},${REST}` },
      /line 1: not a kline: high_is_not_highest/,
    ],
    [
      "a row without a volume",
      { "BTCUSDT-1m-x.csv": dumpRow.replace(",3.5,", ",,") },
      /line 1: not a kline: not_a_num/,
    ],
    ["words for a figure", { "BTCUSDT-1m-x.csv": dumpRow.replace("38.5", "NaN") }, /line 1: not a kline: not_a_number/],
    ["words for a count", { "BTCUSDT-1m-x.csv": dumpRow.replace(",7,", ",none,") }, /line 1: not a kline: not_a_numb/],
    [
      "two rows on one line",
      { "BTCUSDT-1m-x.csv": `${dumpRow}\n${dumpRow}${dumpRow}` },
      /line 2: 23 columns, expected 12/,
    ],
    [
      "a row off the minute",
      { "BTCUSDT-1m-x.csv": dumpRow.replace(String(OPEN), String(OPEN + 15_000)) },
      /line 1: not a kline: no 1m candle opens at 2026-02-10T00:00:15.000Z: the one around it opens at 2026-02-10T00:00:00.000Z/,
    ],
    [
      "a row that ends late",
      { "BTCUSDT-1m-x.csv": dumpRow.replace(String(OPEN + 59_999), String(OPEN + 60_000)) },
      /line 1: not a kline: a 1m candle of 2026-02-10T00:00:00.000Z ends at 2026-02-10T00:00:59.999Z, not at 2026-02-10T00:01/,
    ],
    [
      "a time that is none",
      { "BTCUSDT-1m-x.csv": dumpRow.replace(String(OPEN), "2026-99-99") },
      /line 1: not a kline: not_a_number/,
    ],
    [
      "a zip without data",
      { "BTCUSDT-1m-x.zip": zipSync({ "README.txt": new Uint8Array([65]) }) },
      /holds no .csv or .json/,
    ],
    ["a header without a price", { "BTCUSDT-1m-x.csv": "open_time,open,high,low\n1,2,3,4" }, /the header has no close/],
    ["JSON that is none", { "BTCUSDT_1m.json": "[1,2" }, /BTCUSDT_1m.json isn't JSON/],
    [
      "two that differ",
      { "BTCUSDT-1m-a.csv": dumpRow, "BTCUSDT-1m-b.csv": dumpRow.replace(",11,", ",10,") },
      /BTCUSDT 1m: two files differ about 2026-02-10/,
    ],
  ])("%s is named", (_name, files, words) => {
    expect(() => new RecordedMarket(folder(files as Record<string, string>))).toThrow(words);
  });

  test("symbols that weren't recorded, and a folder that isn't there", () => {
    expect(() => new RecordedMarket(folder({ "BTCUSDT-1m-x.csv": dumpRow }), ["ETHUSDT"])).toThrow(
      "holds no klines of ETHUSDT",
    );
    expect(() => new RecordedMarket(join(root, "absent"))).toThrow("absent can't be read");
  });
});

const DATA = join(import.meta.dir, "../../../../shared/data");

const CASES = join(import.meta.dir, "../../../../shared/cases/dumps");

describe.skipIf(!existsSync(CASES))("files as people have them", () => {
  test.each([
    ["bom", 200],
    ["cr", 200],
    ["seconds", 200],
    ["nanos", 200],
  ])("%s: all rows are read", (name, rows) => {
    const market = new RecordedMarket(join(CASES, name));
    expect(market.klines("AUSDT", "1m", 0, Number.MAX_SAFE_INTEGER, all)).toHaveLength(rows);
  });

  test.each([
    ["glued", /AUSDT-1m-2026-02.csv, line \d+: \d+ columns, expected 12/],
    ["misaligned", /BTCUSDT-1m-2018-02.csv, line \d+: not a kline: no 1m candle opens at/],
  ])("%s: refused with file and line", (name, words) => {
    expect(() => new RecordedMarket(join(CASES, name))).toThrow(words);
  });

  test("perpmix, zipmulti: every symbol is there", () => {
    expect(new RecordedMarket(join(CASES, "perpmix")).pairs.map(({ symbol }) => symbol)).toEqual([
      "BTCUSD_PERP",
      "ETHUSDT",
    ]);
    expect(
      new RecordedMarket(join(CASES, "zipmulti")).klines("AUSDT", "1m", 0, Number.MAX_SAFE_INTEGER, all).length,
    ).toBeGreaterThan(200);
  });
});

describe.skipIf(!existsSync(DATA))("the recorded market", () => {
  test("each row of each dump is there, and nothing else", () => {
    const market = new RecordedMarket(join(DATA, "um_1m_full"), ["LTCUSDT", "ALGOUSDT"]);
    for (const { symbol } of market.pairs) {
      const lines = gunzipSync(readFileSync(join(DATA, `um_1m_full/${symbol}-1m-2026-02.csv.gz`)))
        .toString()
        .trim()
        .split("\n")
        .slice(1);
      const klines = market.klines(symbol, "1m", 0, Number.MAX_SAFE_INTEGER, all);
      const columns = klines.map((kline) => {
        const {
          openTime,
          open,
          high,
          low,
          close,
          volume,
          closeTime,
          quoteVolume,
          trades,
          takerBuyVolume,
          takerBuyQuoteVolume,
        } = kline;
        return [
          openTime,
          open,
          high,
          low,
          close,
          volume,
          closeTime,
          quoteVolume,
          trades,
          takerBuyVolume,
          takerBuyQuoteVolume,
        ];
      });
      expect(columns).toEqual(lines.map((line) => line.split(",").slice(0, 11).map(Number)) as never);
    }
  });

  test("holes stay holes, and recorded hours go before those added up", () => {
    const market = new RecordedMarket(join(DATA, "spot_htf_full"), ["BTCUSDT"]);
    expect(market.baseOf("BTCUSDT")).toBe("15m");
    const twoHours = market.klines("BTCUSDT", "2h", 0, Date.UTC(2020, 0, 1) - 1, all);
    const raw = JSON.parse(
      gunzipSync(readFileSync(join(DATA, "spot_htf_full/BTCUSDT-2h-2017-08-17_2019-12-31.json.gz"))).toString(),
    );
    expect(twoHours.map(({ openTime, closeTime }) => [openTime, closeTime])).toEqual(
      raw.map((row: number[]) => [row[0], row[6]]),
    );
    const fourHours = market.klines("BTCUSDT", "4h", 0, Number.MAX_SAFE_INTEGER, 3, true);
    const hours = market.klines("BTCUSDT", "1h", fourHours[0]?.openTime ?? 0, (fourHours[1]?.openTime ?? 0) - 1, 4);
    expect(fourHours[0]?.high).toBe(Math.max(...hours.map(({ high }) => high)));
  });

  test("all 61 symbols of the wide recording", () => {
    const market = new RecordedMarket(join(DATA, "um_1m_wide"));
    expect(market.pairs).toHaveLength(61);
    for (const { symbol } of market.pairs)
      expect(market.klines(symbol, "1m", 0, Number.MAX_SAFE_INTEGER, all)).toHaveLength(8_641);
  });
});
