import type { Anatomy, Members, Row } from "../../../../src/exchange/faults/anatomy.ts";

/** Where faults find what they spoil. */
export const ANATOMY: Anatomy = {
  frames: {
    // A candle is a list, a ticker an object.
    events: ({ data }) => (Array.isArray(data) ? data : [data]) as Members[],
    shift: (message, byMs) => {
      if (typeof message.ts === "number") message.ts += byMs;
    },
    setFigures: (event, value) => {
      const isCandle = Array.isArray(event);
      event[isCandle ? 4 : "lastPr"] = value;
      event[isCandle ? 5 : "baseVolume"] = value;
    },
    highBelowLow: (event) => {
      event[Array.isArray(event) ? 2 : "high24h"] = "0.00000001";
    },
    wrongTypes: (event) => {
      event[Array.isArray(event) ? 0 : "lastPr"] = {};
    },
    unknown: (_, message) => {
      message.arg = { instType: "SPOT", channel: "mystery", instId: "BTCUSDT" };
    },
    nonsense: { "no data": () => '{"action":"update","arg":{"channel":"candle1m","instId":"BTCUSDT"},"data":null}' },
    junk: { "a pong": () => "pong", "bytes that are no text": () => new Uint8Array([0, 1, 255]) },
  },
  rows: { rowsOf: (body) => listIn(body) as Row[], newestFirst: false, times: [0], low: 3 },
  list: { entriesOf: listIn, statuses: ["gray", "", 7, null], base: "baseCoin", spoiled: ["status", null] },
  words: { broken: [[502, "<html><body>502 Bad Gateway</body></html>"]] },
};

function listIn(body: unknown): unknown[] {
  const data = (body as Members | null)?.data;
  return Array.isArray(data) ? data : [];
}
