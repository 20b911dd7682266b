import type { Anatomy, FrameAnatomy, Members, Row, TroubleWords } from "../../faults/anatomy.ts";

/** The parts of Binance's frames. On a combined connection the event is in `data`. */
export const BINANCE_FRAMES: FrameAnatomy = {
  events: (message) => {
    const data = "data" in message ? message.data : message;
    return (Array.isArray(data) ? data : [data]) as Members[];
  },
  shift: (message, byMs) => {
    for (const event of BINANCE_FRAMES.events(message)) if (typeof event.E === "number") event.E += byMs;
  },
  setFigures: (event, value) => {
    const figures = figuresOf(event);
    figures.c = value;
    figures.v = value;
  },
  highBelowLow: (event) => {
    const figures = figuresOf(event);
    figures.h = "0.00000001";
    figures.l = (Number(figures.c) * 2 + 1).toFixed(8);
  },
  wrongTypes: (event) => {
    event.E = "yesterday";
    event.k = "none";
    event.c = {};
  },
  unknown: (event) => {
    event.e = "mystery";
  },
  nonsense: {
    "no data": () => '{"stream":"btcusdt@kline_1m","data":null}',
    "data of nonsense": () => '{"stream":7,"data":[1,2,{"e":"kline"}]}',
    "a kline without one": () => '{"e":"kline","s":"BTCUSDT"}',
    "a ticker without figures": () => '{"e":"24hrMiniTicker","s":"BTCUSDT"}',
    "half a notice": () => '{"e":"serverSh',
  },
  junk: {
    "an unknown event": () => '{"e":"marketMood","E":1,"s":"BTCUSDT"}',
    "an acknowledgement": () => '{"result":null,"id":1}',
    "an error": () => '{"error":{"code":2,"msg":"Invalid request"},"id":7}',
    "bytes that are no text": () => new Uint8Array([0, 1, 2, 255]),
    "a kline without figures": () => '{"e":"kline","E":1,"s":"BTCUSDT","k":{"i":"1m","t":0}}',
    "an empty array": () => "[]",
    "no JSON": () => "ping",
  },
};

const WORDS: TroubleWords = {
  // Source: Binance API, error codes, 2026-07.
  broken: [
    [500, '{"code":-1000,"msg":"An unknown error occurred while processing the request."}'],
    [502, "<html><head><title>502 Bad Gateway</title></head><body></body></html>"],
    [
      503,
      '{"code":-1008,"msg":"Server is currently overloaded with other requests. Please try again in a few minutes."}',
    ],
    [504, '{"code":-1007,"msg":"Timeout waiting for response from backend server."}'],
  ],
  // Source: reports of 2026.
  restricted: {
    code: 0,
    msg: "Service unavailable from a restricted location according to 'b. Eligibility' in the terms.",
  },
  tooMany: { code: -1003, msg: "Too much request weight used." },
  unknownSymbol: { code: -1121, msg: "Invalid symbol." },
};

/** What both of Binance's markets have in common. */
const COMMON: Omit<Anatomy, "list" | "words"> = {
  frames: BINANCE_FRAMES,
  rows: { rowsOf: (body) => (Array.isArray(body) ? (body as Row[]) : []), newestFirst: false, times: [0, 6], low: 3 },
};

function listWith(statuses: readonly unknown[]): Anatomy["list"] {
  return {
    entriesOf: (body) => {
      const symbols = (body as Members | null)?.symbols;
      return Array.isArray(symbols) ? symbols : [];
    },
    statuses,
    base: "baseAsset",
    spoiled: ["filters", [null]],
  };
}

/** Binance spot. Statuses: none of the documentation's, or once in it (reports). */
export const SPOT_ANATOMY: Anatomy = {
  ...COMMON,
  list: listWith(["PRE_MARKET", "PENDING_TRADING", "AUCTION_MATCH", "POST_TRADING", "", 7, null]),
  words: {
    ...WORDS,
    shutdown: (now, isWrapped) => {
      const event = JSON.stringify({ e: "serverShutdown", E: now });
      // Either form occurs on a combined connection (Binance, 2026-05-08).
      return isWrapped ? `{"stream":"!serverShutdown","data":${event}}` : event;
    },
  },
};

/** Binance USDⓈ-M. Statuses: those of its documentation that no contract of ours has, and some of nobody's. */
export const USDM_ANATOMY: Anatomy = {
  ...COMMON,
  list: listWith(["PRE_DELIVERING", "DELIVERED", "PRE_SETTLE", "AUCTION_MATCH", "", 7, null]),
  words: WORDS,
};

function figuresOf(event: Members): Members {
  return typeof event.k === "object" && event.k !== null ? (event.k as Members) : event;
}
