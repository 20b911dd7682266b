import type { UnixMs } from "../../core/mod.ts";

/** A JSON object, as a frame or an answer holds it. */
export type Members = Record<string, unknown>;

/** A row of an answer with klines. */
export type Row = unknown[];

/** Where a fault finds what it spoils in a market's frames and answers, and the exchange's own words for trouble. */
export interface Anatomy {
  readonly frames: FrameAnatomy;
  readonly rows: RowAnatomy;
  readonly list: ListAnatomy;
  readonly words: TroubleWords;
}

/** The parts of a frame. A message is a whole frame, an event one candle or ticker in it. */
export interface FrameAnatomy {
  /** The events in a message. */
  events(message: Members): Members[];
  /** Dates an event off, and what of its message dates it. */
  shift(message: Members, byMs: number): void;
  /** Sets a price and an amount of an event. */
  setFigures(event: Members, value: unknown): void;
  /** Makes an event's high lower than its low. */
  highBelowLow(event: Members): void;
  /** Gives members of an event another type than they have. */
  wrongTypes(event: Members): void;
  /** Makes an event one that nobody knows. */
  unknown(event: Members, message: Members): void;
  /** What might come in a frame's place and looks like one from afar, by a word for it. */
  readonly nonsense: Readonly<Record<string, () => string>>;
  /** What may come over a connection and proves nothing of the market, by a word for it. */
  readonly junk: Readonly<Record<string, () => string | Uint8Array>>;
}

/** The parts of an answer with klines. */
export interface RowAnatomy {
  /** The rows, to be changed where they are; none where the answer has none. */
  rowsOf(body: unknown): Row[];
  readonly newestFirst: boolean;
  /** The positions of the open time and, where rows have one, the close time. */
  readonly times: readonly number[];
  readonly low: number;
}

/** The parts of an answer with the symbols. */
export interface ListAnatomy {
  /** The entries, to be changed where they are; none where the answer has none. */
  entriesOf(body: unknown): unknown[];
  /** Statuses that no document has, or that say nothing of trading. */
  readonly statuses: readonly unknown[];
  /** The member with the base asset. */
  readonly base: string;
  /** A member that a client reads, and what it can't make sense of there. */
  readonly spoiled: readonly [member: string, value: unknown];
}

/** What the exchange says of trouble. What it never says is left out, and so is the fault: `FAULTS` has the markets of each. */
export interface TroubleWords {
  /** Answers of a server that has trouble of its own. */
  readonly broken: readonly (readonly [status: number, body: string])[];
  /** Where it doesn't serve. */
  readonly restricted?: unknown;
  /** Too many requests. */
  readonly tooMany?: unknown;
  /** A symbol that it doesn't know. */
  readonly unknownSymbol?: unknown;
  /** Errors inside a good answer, by a word for each; the last one only where klines were asked for. */
  readonly insideGood?: readonly (readonly [code: number, text: string])[];
  /** The body of an error inside a good answer. */
  problem?(code: number, text: string, now: UnixMs): unknown;
  /** The frame that says that the server goes down. */
  shutdown?(now: UnixMs, isWrapped: boolean): string;
}
