import type { Random } from "../../core/mod.ts";
import type { FrameAnatomy, Members } from "./anatomy.ts";

/** Characters of the largest thing that comes in a frame's place. */
const HUGE_CHARACTERS = 256 * 1024;

type Spoiler = (event: Members, frames: FrameAnatomy, message: Members) => void;

const figures =
  (value: unknown): Spoiler =>
  (event, { setFigures }) =>
    setFigures(event, value);

/** Ways to spoil one event, each such that what comes out can't be taken for a candle or a ticker. */
const SPOILERS: Readonly<Record<string, Spoiler>> = {
  "numbers in place of text": figures(12.5),
  NaN: figures("NaN"),
  infinite: figures("Infinity"),
  "empty figures": figures(""),
  "null for figures": figures(null),
  "words for figures": figures("twelve"),
  negative: figures("-1.00000000"),
  "high below low": (event, { highBelowLow }) => highBelowLow(event),
  "wrong types": (event, { wrongTypes }) => wrongTypes(event),
  "an unknown event": (event, { unknown }, message) => unknown(event, message),
};

/** Things that have nothing to do with a frame, before and after those that look like one of the exchange's. */
const SHAPES: Readonly<Record<string, () => string>> = {
  nothing: () => "",
  null: () => "null",
  true: () => "true",
  "a number": () => "42",
  "a word": () => '"kline"',
  "an empty object": () => "{}",
  "an empty array": () => "[]",
  "an array of nonsense": () => '[[],null,1,"x",{},[{}]]',
};
const OTHERS: Readonly<Record<string, () => string>> = {
  "a page": () => "<html><body>502 Bad Gateway</body></html>",
  "control characters": () => "\u0000\u0001\ufffd\ufffd",
  "something huge": () => `{"e":"huge","x":"${"x".repeat(HUGE_CHARACTERS)}"}`,
  "something deep": () => `${"[".repeat(2_000)}${"]".repeat(2_000)}`,
};

/** Something that comes in a frame's place and can't be meant, with a word for it; never a candle that could be right. */
export function garbageFor(
  frame: string,
  frames: FrameAnatomy,
  random: Random,
): { readonly text: string; readonly name: string } {
  const pick = <T>(from: Readonly<Record<string, T>>): [string, T] => {
    const entries = Object.entries(from);
    return entries[Math.floor(random() * entries.length)] as [string, T];
  };
  if (random() < 0.5) {
    const [name, make] = pick({ ...SHAPES, ...frames.nonsense, ...OTHERS });
    return { text: make(), name };
  }
  const message = JSON.parse(frame) as Members;
  const [name, spoil] = pick(SPOILERS);
  for (const event of frames.events(message)) spoil(event, frames, message);
  return { text: JSON.stringify(message), name };
}

/** The beginning of a frame, never all of it. */
export function truncated(frame: string, random: Random): string {
  return frame.slice(0, 1 + Math.floor(random() * (frame.length - 1)));
}
