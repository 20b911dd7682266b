import { expect, test } from "bun:test";
import { readLists, writeLists } from "./watchlist-text.ts";
import { MOST_LISTS, MOST_SYMBOLS, Watchlists } from "./watchlists.ts";

function setUp(kept: Record<string, string> = {}) {
  const map = new Map(Object.entries(kept));
  const storage = {
    getItem: (name: string) => map.get(name) ?? null,
    setItem: (name: string, value: string) => void map.set(name, value),
    removeItem: (name: string) => void map.delete(name),
  };
  return { lists: new Watchlists(storage), again: () => new Watchlists(storage), map };
}

test("the favourites of before are the first list, and the star adds to the chosen one", () => {
  const { lists, again } = setUp({ "vyx.favourites": "BTCUSDT,ETHUSDT" });
  expect(lists.lists.value).toEqual([{ name: "Favourites", symbols: ["BTCUSDT", "ETHUSDT"] }]);
  expect(lists.add(" Layer 2 ")).toBeUndefined();
  expect([lists.chosen.value, lists.symbols.value.size]).toEqual(["Layer 2", 0]);
  lists.toggle("ARBUSDT");
  lists.toggle("OPUSDT");
  lists.toggle("ARBUSDT");
  expect([...again().symbols.value]).toEqual(["OPUSDT"]);
  again().choose("Favourites");
  expect([...again().symbols.value]).toEqual(["BTCUSDT", "ETHUSDT"]);
});

test("a symbol moves to another list, once, and a full list refuses it and changes nothing", () => {
  const { lists } = setUp({ "vyx.favourites": "BTCUSDT,ETHUSDT" });
  lists.add("Majors");
  expect(lists.move("BTCUSDT", "Favourites", "Majors")).toBeUndefined();
  expect(lists.move("BTCUSDT", "Favourites", "Majors")).toBeUndefined();
  expect(lists.lists.value.map(({ symbols }) => symbols.join())).toEqual(["ETHUSDT", "BTCUSDT"]);
  for (let at = 1; at < MOST_SYMBOLS; at += 1) expect(lists.toggle(`S${at}`, "Majors")).toBeUndefined();
  expect(lists.move("ETHUSDT", "Favourites", "Majors")).toBe('"Majors" is full: a list holds at most 200 symbols.');
  expect(lists.lists.value[0]?.symbols).toEqual(["ETHUSDT"]);
});

test("names are unique in any case, and a renamed list stays chosen", () => {
  const { lists } = setUp();
  lists.add("Majors");
  expect(lists.add("majors")).toBe('There is already a list "Majors".');
  expect(lists.rename("Majors", "FAVOURITES")).toBe('There is already a list "Favourites".');
  expect(lists.rename("Majors", "MAJORS")).toBeUndefined();
  expect(lists.chosen.value).toBe("MAJORS");
  for (const name of ["", "  ", "# no", "x".repeat(41)]) expect(lists.add(name)).toStartWith("A list's name has");
  for (let at = 2; at < MOST_LISTS; at += 1) expect(lists.add(`List ${at}`)).toBeUndefined();
  expect(lists.add("one too many")).toBe("There can be at most 20 lists. Delete one first.");
});

test("a deleted list's place is taken by the first, and the last list is only emptied", () => {
  const { lists } = setUp({ "vyx.favourites": "BTCUSDT" });
  lists.add("Majors");
  lists.remove("Majors");
  expect(lists.chosen.value).toBe("Favourites");
  lists.remove("Favourites");
  expect(lists.lists.value).toEqual([{ name: "Favourites", symbols: [] }]);
});

test("lists are read from the text that they were written to, and from TradingView's", () => {
  const lists = [
    { name: "Majors", symbols: ["BTCUSDT", "BYBIT:ETHUSDT.P"] },
    { name: "Empty", symbols: [] },
  ];
  expect(readLists(writeLists(lists), "First")).toEqual(lists);
  expect(readLists("BINANCE:BTCUSDT,###Layer 2,BINANCE:ARBUSDT,BINANCE:OPUSDT.P, arbusdt", "First")).toEqual([
    { name: "First", symbols: ["BTCUSDT"] },
    { name: "Layer 2", symbols: ["ARBUSDT", "BINANCE:OPUSDT.P"] },
  ]);
});

test("a text replaces all lists only if it fits", () => {
  const { lists, again } = setUp({ "vyx.favourites": "BTCUSDT" });
  expect(lists.replace(" \n ")).toStartWith("The text has no lists.");
  const many = Array.from({ length: MOST_SYMBOLS + 1 }, (_, at) => `S${at}`).join(",");
  expect(lists.replace(`# Long\n${many}`)).toBe('"Long" has 201 symbols. A list holds at most 200.');
  expect(lists.symbols.value.has("BTCUSDT")).toBe(true);
  expect(lists.replace("# Mine\nETHUSDT")).toBeUndefined();
  expect([again().chosen.value, ...again().symbols.value]).toEqual(["Mine", "ETHUSDT"]);
});

test("what the browser kept is bounded: lists, their names, and symbols that can be some", () => {
  const symbols = ["BTCUSDT", "<img src=x>", "BTCUSDT", ...Array.from({ length: 300 }, (_, at) => `S${at}`)];
  const kept = [
    { name: "One", symbols },
    { name: "one", symbols: ["ETHUSDT"] },
    ...[
      { name: "", symbols: [] },
      { name: "x".repeat(41), symbols: [] },
      { name: "# no", symbols: [] },
    ],
    ...Array.from({ length: 30 }, (_, at) => ({ name: `L${at}`, symbols: [] })),
  ];
  const { lists } = setUp({ "vyx.watchlists": JSON.stringify({ chosen: "One", lists: kept }) });
  const [first, second] = lists.lists.value;
  expect([first?.name, first?.symbols.length, first?.symbols.slice(0, 2)]).toEqual(["One", 200, ["BTCUSDT", "S0"]]);
  expect([second?.name, lists.lists.value.length, lists.chosen.value]).toEqual(["L0", 20, "One"]);
  expect(setUp({ "vyx.favourites": "BTCUSDT,<b>" }).lists.lists.value[0]?.symbols).toEqual(["BTCUSDT"]);
});

test("a text with entries that can't be symbols is refused, and they are named", () => {
  const { lists } = setUp({ "vyx.favourites": "BTCUSDT" });
  expect(lists.replace("# Mine\nETHUSDT\n<img>\nNASDAQ:AAPL")).toBe(
    "These aren't symbols of an exchange that is known here: <IMG>, NASDAQ:AAPL. Remove them.",
  );
  expect(lists.replace("A! B! C! D! E! F! G!")).toEndWith("A!, B!, C!, D!, E! and 2 more. Remove them.");
  expect([...lists.symbols.value]).toEqual(["BTCUSDT"]);
});

test("what the browser kept and isn't a list is none", () => {
  for (const text of ["{half", "null", '{"lists":[]}', '{"lists":[{"name":1,"symbols":[]}]}', '{"lists":7}']) {
    const { lists } = setUp({ "vyx.watchlists": text });
    expect(lists.lists.value).toEqual([{ name: "Favourites", symbols: [] }]);
  }
});

test("a list that the browser has no room for is refused, and nothing changes", () => {
  const full = new Watchlists({
    getItem: () => null,
    setItem: () => {
      throw new Error("QuotaExceededError");
    },
    removeItem: () => {},
  });
  expect(full.toggle("BTCUSDT")).toStartWith("This browser's storage for the page is full.");
  expect(full.add("Layer 2")).toStartWith("This browser's storage for the page is full.");
  expect(full.lists.value).toEqual([{ name: "Favourites", symbols: [] }]);
});
