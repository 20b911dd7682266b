import type { Random } from "../../core/mod.ts";

/** Characters of the largest thing that comes in a frame's place. */
const HUGE_CHARACTERS = 256 * 1024;

type Members = Record<string, unknown>;

/** Ways to spoil one event, each such that what comes out can't be taken for a candle or a ticker. */
const SPOILERS: Readonly<Record<string, (event: Members) => void>> = {
  "numbers in place of text": (event) => setFigures(event, 12.5),
  NaN: (event) => setFigures(event, "NaN"),
  infinite: (event) => setFigures(event, "Infinity"),
  "empty figures": (event) => setFigures(event, ""),
  "null for figures": (event) => setFigures(event, null),
  "words for figures": (event) => setFigures(event, "twelve"),
  negative: (event) => setFigures(event, "-1.00000000"),
  "high below low": highBelowLow,
  "wrong types": (event) => {
    event.E = "yesterday";
    event.k = "none";
    event.c = {};
  },
  "an unknown event": (event) => {
    event.e = "mystery";
  },
};

/** Things that have nothing to do with a frame. */
const NONSENSE: Readonly<Record<string, () => string>> = {
  nothing: () => "",
  null: () => "null",
  true: () => "true",
  "a number": () => "42",
  "a word": () => '"kline"',
  "an empty object": () => "{}",
  "an empty array": () => "[]",
  "an array of nonsense": () => '[[],null,1,"x",{},[{}]]',
  "no data": () => '{"stream":"btcusdt@kline_1m","data":null}',
  "data of nonsense": () => '{"stream":7,"data":[1,2,{"e":"kline"}]}',
  "a kline without one": () => '{"e":"kline","s":"BTCUSDT"}',
  "a ticker without figures": () => '{"e":"24hrMiniTicker","s":"BTCUSDT"}',
  "half a notice": () => '{"e":"serverSh',
  "a page": () => "<html><body>502 Bad Gateway</body></html>",
  "control characters": () => "\u0000\u0001\ufffd\ufffd",
  "something huge": () => `{"e":"huge","x":"${"x".repeat(HUGE_CHARACTERS)}"}`,
  "something deep": () => `${"[".repeat(2_000)}${"]".repeat(2_000)}`,
};

/** Something that comes in a frame's place and can't be meant, with a word for it; never a candle that could be right. */
export function garbageFor(frame: string, random: Random): { readonly text: string; readonly name: string } {
  const pick = <T>(from: Readonly<Record<string, T>>): [string, T] => {
    const entries = Object.entries(from);
    return entries[Math.floor(random() * entries.length)] as [string, T];
  };
  if (random() < 0.5) {
    const [name, make] = pick(NONSENSE);
    return { text: make(), name };
  }
  const message = JSON.parse(frame) as Members;
  const data = "data" in message ? message.data : message;
  const [name, spoil] = pick(SPOILERS);
  for (const event of Array.isArray(data) ? data : [data]) spoil(event as Members);
  return { text: JSON.stringify(message), name };
}

/** The beginning of a frame, never all of it. */
export function truncated(frame: string, random: Random): string {
  return frame.slice(0, 1 + Math.floor(random() * (frame.length - 1)));
}

/** Sets a price and an amount of a kline or a ticker. */
function setFigures(event: Members, value: unknown): void {
  const figures = figuresOf(event);
  figures.c = value;
  figures.v = value;
}

function highBelowLow(event: Members): void {
  const figures = figuresOf(event);
  figures.h = "0.00000001";
  figures.l = (Number(figures.c) * 2 + 1).toFixed(8);
}

function figuresOf(event: Members): Members {
  return typeof event.k === "object" && event.k !== null ? (event.k as Members) : event;
}
