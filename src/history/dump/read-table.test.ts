import { describe, expect, test } from "bun:test";
import { emptyKline } from "../../core/mod.ts";
import { FaultList } from "../fault.ts";
import type { Period } from "../period.ts";
import { Mark, Sheet } from "../sheet.ts";
import { readTable } from "./read-table.ts";

const OPEN = Date.UTC(2024, 0, 31);
const FIGURES = "10.5,12,9,11,3.5";
const REST = "38.5,7,1.5,16.5,0";
const row = (minute: number, unit = ""): string =>
  `${OPEN + minute * 60_000}${unit},${FIGURES},${OPEN + minute * 60_000 + 59_999}${unit && "999"},${REST}`;

function read(text: string | Uint8Array): {
  sheet: Sheet;
  found: Record<string, number>;
  places: Record<string, number[]>;
} {
  const sheet = Sheet.blank("2024-01-31" as Period);
  const faults = new FaultList("x.zip");
  readTable(typeof text === "string" ? new TextEncoder().encode(text) : text, sheet, faults);
  const all = faults.all();
  return {
    sheet,
    found: Object.fromEntries(all.map(({ kind, count }) => [kind, count])),
    places: Object.fromEntries(all.map(({ kind, places }) => [kind, places.map((at) => (at - OPEN) / 60_000)])),
  };
}

const present = (sheet: Sheet): number[] => [...sheet.marks.keys()].filter((at) => sheet.marks[at] === Mark.present);

describe("a dump's table", () => {
  test.each([
    ["line ends of Unix", [row(0), row(1), ""].join("\n")],
    ["of Windows", [row(0), row(1), ""].join("\r\n")],
    ["of the old Mac", [row(0), row(1), ""].join("\r")],
    ["no end of the last line", [row(0), row(1)].join("\n")],
    ["microseconds", [row(0, "000"), row(1, "000")].join("\n")],
    ["a byte order mark", `\uFEFF${row(0)}\n${row(1)}\n`],
    [
      "a header",
      `open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore\n${row(0)}\n${row(1)}\n`,
    ],
    ["no last column", [row(0), row(1)].map((one) => one.replace(/,0$/, "")).join("\n")],
  ])("is read with %s", (_name, text) => {
    const { sheet, found } = read(text);
    expect(found).toEqual({});
    expect(present(sheet)).toEqual([0, 1]);
    expect(sheet.read(1, emptyKline())).toMatchObject({
      openTime: OPEN + 60_000,
      closeTime: OPEN + 119_999,
      high: 12,
      volume: 3.5,
      trades: 7,
      takerBuyQuoteVolume: 16.5,
    });
  });

  test("has the figures that JavaScript reads from their texts, to the last bit", () => {
    const texts = [
      "42283.58000000",
      "0.00001234",
      "98765432109.12345678",
      "0.1",
      "123456789012345.67",
      "4466070436.70123456",
    ];
    for (const text of texts) {
      const { sheet } = read(row(0).replace(",3.5,", `,${text},`).replace(",38.5,", `,${text},`));
      const { volume, quoteVolume } = sheet.read(0, emptyKline());
      expect([volume, quoteVolume]).toEqual([Number(text), Number(text)]);
    }
  });

  test.each([
    ["glued rows", `${row(0)}${row(1)}\n${row(2)}`, { glued: 1 }, [0, 1, 2]],
    ["a doubled row", `${row(0)}\n${row(0)}\n${row(1)}`, { doubled: 1 }, [0, 1]],
    ["two rows that differ", `${row(0)}\n${row(0).replace("38.5", "39")}\n${row(1)}`, { contradicting: 1 }, [1]],
    [
      "a third row for them",
      `${row(0)}\n${row(0).replace("38.5", "39")}\n${row(0)}\n${row(1)}`,
      { contradicting: 2 },
      [1],
    ],
    ["disorder", `${row(1)}\n${row(0)}`, { disordered: 1 }, [0, 1]],
    [
      "a row off the grid",
      `${row(0)}\n${row(1).replace(String(OPEN + 60_000), String(OPEN + 67_300))}`,
      { off_grid: 1 },
      [0],
    ],
    ["too few columns", `${row(0)}\n${row(1).split(",").slice(0, 7)}`, { wrong_columns: 1 }, [0]],
    ["a high below the low", `${row(0)}\n${row(1).replace("12,9", "9,12")}`, { high_is_not_highest: 1 }, [0]],
    ["a figure that is none", `${row(0)}\n${row(1).replace("38.5", "1O")}`, { not_a_number: 1 }, [0]],
    ["a row of another day", `${row(0)}\n${row(1_440)}`, { out_of_range: 1 }, [0]],
  ])("with %s: it is named, and the rest is taken", (_name, text, faults, minutes) => {
    const { sheet, found } = read(text);
    expect(found).toEqual(faults);
    expect(present(sheet)).toEqual(minutes);
  });

  test("names the minute of what is wrong", () => {
    const { places } = read([row(0), row(5), row(5), row(4), `${row(7)}${row(8)}`].join("\n"));
    expect(places).toEqual({ doubled: [5], disordered: [4], glued: [7] });
  });

  test.each([
    ["nothing", "", "has no rows"],
    ["another header", `a,b,c\n${row(0)}`, "has the columns a,b,c"],
  ])("that holds %s isn't one", (_name, text, words) => {
    expect(() => read(text)).toThrow(words);
  });
});
