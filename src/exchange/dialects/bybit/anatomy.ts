import type { Anatomy, FrameAnatomy, Members, Row } from "../../faults/anatomy.ts";
import { envelope } from "./envelope.ts";

/** The parts of Bybit's frames: a candle is in a list, a ticker isn't. */
const FRAMES: FrameAnatomy = {
  events: ({ data }) => (Array.isArray(data) ? data : [data]) as Members[],
  shift: (message, byMs) => {
    if (typeof message.ts === "number") message.ts += byMs;
    for (const event of FRAMES.events(message)) if (typeof event.timestamp === "number") event.timestamp += byMs;
  },
  setFigures: (event, value) => {
    const [price, amount] = "confirm" in event ? ["close", "volume"] : ["lastPrice", "volume24h"];
    event[price as string] = value;
    event[amount as string] = value;
  },
  highBelowLow: (event) => {
    const [high, low, price] =
      "confirm" in event ? ["high", "low", event.close] : ["highPrice24h", "lowPrice24h", event.lastPrice];
    event[high as string] = "0.00000001";
    event[low as string] = (Number(price ?? 1) * 2 + 1).toFixed(8);
  },
  wrongTypes: (event) => {
    event.start = "yesterday";
    event.confirm = "perhaps";
    event.close = {};
    event.lastPrice = {};
  },
  unknown: (_, message) => {
    message.topic = "mystery.1.BTCUSDT";
  },
  nonsense: {
    "no data": () => '{"topic":"kline.1.BTCUSDT","type":"snapshot","ts":1,"data":null}',
    "data of nonsense": () => '{"topic":7,"data":[1,2,{"confirm":true}]}',
    "a kline without one": () => '{"topic":"kline.1.BTCUSDT","type":"snapshot","ts":1,"data":[]}',
    "a ticker without figures": () =>
      '{"topic":"tickers.BTCUSDT","type":"snapshot","ts":1,"data":{"symbol":"BTCUSDT"}}',
    "half a notice": () => '{"success":fal',
  },
  junk: {
    "an unknown topic": () => '{"topic":"moods.BTCUSDT","type":"snapshot","ts":1,"data":{}}',
    "an acknowledgement": () => '{"success":true,"ret_msg":"","conn_id":"0","req_id":"1","op":"subscribe"}',
    "a pong": () => '{"success":true,"ret_msg":"pong","conn_id":"0","req_id":"","op":"ping"}',
    "an error": () => '{"success":false,"ret_msg":"error:unknown op:","conn_id":"0","req_id":"7","op":""}',
    "bytes that are no text": () => new Uint8Array([0, 1, 2, 255]),
    "a kline without figures": () =>
      '{"topic":"kline.1.BTCUSDT","type":"snapshot","ts":1,"data":[{"start":0,"interval":"1"}]}',
    "no JSON": () => "ping",
  },
};

/** Where faults find what they spoil, and Bybit's words for trouble. */
export const BYBIT_ANATOMY: Anatomy = {
  frames: FRAMES,
  rows: { rowsOf: (body) => listOf(body) as Row[], newestFirst: true, times: [0], low: 3 },
  list: {
    entriesOf: listOf,
    // Those of its documentation that nothing here has, and some of nobody's.
    statuses: ["PreLaunch", "Settling", "Closed", "Paused", "", 7, null],
    base: "baseCoin",
    spoiled: ["priceFilter", null],
  },
  words: {
    broken: [
      [500, '{"retCode":10016,"retMsg":"Internal System Error.","result":{},"retExtInfo":{},"time":0}'],
      [502, "<html><head><title>502 Bad Gateway</title></head><body></body></html>"],
      [503, "<html><head><title>503 Service Temporarily Unavailable</title></head><body></body></html>"],
      [504, "<html><head><title>504 Gateway Time-out</title></head><body></body></html>"],
    ],
    insideGood: [
      [10_006, "Too many visits!"],
      [10_016, "Internal System Error."],
      [10_001, "Not supported symbols"],
    ],
    problem: (code, text, now) => envelope(code, text, {}, now),
  },
};

function listOf(body: unknown): unknown[] {
  const result = (body as Members | null)?.result as Members | null | undefined;
  return Array.isArray(result?.list) ? result.list : [];
}
