import { expect, test } from "bun:test";
import { MOST_SHOWN, type PaletteEntry, ranked } from "./ranking.ts";

const run = (): void => {};
const symbol = (base: string, quote: string, detail: string, weight: number): PaletteEntry => ({
  kind: "Symbol",
  title: `${base}${quote}`,
  detail,
  aliases: [base],
  weight,
  run,
});
const ENTRIES: readonly PaletteEntry[] = [
  { kind: "Screen", title: "Chart", run },
  { kind: "Screen", title: "Status", run },
  symbol("ENA", "USDT", "Ethena", 0.9),
  symbol("ETHFI", "USDT", "ether.fi", 0.8),
  symbol("ETH", "BTC", "Ethereum", 0.3),
  symbol("ETH", "USDT", "Ethereum", 0.9),
  symbol("BCH", "USDT", "Bitcoin Cash", 0.5),
  symbol("BTC", "USDT", "Bitcoin", 1),
  symbol("USDT", "TRY", "Tether", 0.2),
  { kind: "Trader", title: "Ethereum breakout", run },
  { kind: "Action", title: "Save a picture", run },
];

function found(...words: string[]): string[] {
  return ranked(ENTRIES, words).map(({ title }) => title);
}

test("the asset itself comes first, then what begins so, then words of its name", () => {
  expect(found("eth")).toEqual(["ETHUSDT", "ETHBTC", "ETHFIUSDT", "Ethereum breakout", "ENAUSDT"]);
  expect(found("bitcoin")).toEqual(["BTCUSDT", "BCHUSDT"]);
  expect(found("ETH", "btc")).toEqual(["ETHBTC"]);
});

test("every word has to match, anywhere in the title, or scattered from its beginning", () => {
  expect(found("cash", "usdt")).toEqual(["BCHUSDT"]);
  expect(found("pict")).toEqual(["Save a picture"]);
  expect(found("svpic")).toEqual(["Save a picture"]);
  expect(found("pvs")).toEqual([]);
  expect(found("eth", "nothing")).toEqual([]);
});

test("a screen comes before an action that matches as well", () => {
  const action: PaletteEntry = { kind: "Action", title: "Status of the server", run };
  expect(ranked([action, ...ENTRIES], ["stat"]).map(({ title }) => title)).toEqual(["Status", "Status of the server"]);
});

test("without words, the entries keep their order, and no more are shown than fit", () => {
  expect(ranked(ENTRIES, [""])).toEqual([...ENTRIES]);
  const many = Array.from({ length: MOST_SHOWN + 1 }, (_, at) => symbol(`S${at}`, "USDT", "", 0));
  expect(ranked(many, ["usdt"])).toHaveLength(MOST_SHOWN);
  expect(ranked(many, [])).toHaveLength(MOST_SHOWN);
});
