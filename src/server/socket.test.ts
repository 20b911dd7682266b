import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { RawSocket } from "../../tests/helpers/raw-socket.ts";
import { BTC, LIFE, type ServedMarket, START, serveMarket } from "../../tests/helpers/served-market.ts";
import { minuteKlines } from "../../tests/helpers/truth.ts";
import { until } from "../../tests/helpers/until.ts";
import type { Kline, OpenTimeRange } from "../core/mod.ts";
import { type IdsMessage, PackedReader } from "../wire/mod.ts";

const MINUTE = 60_000;

type Message = Record<string, unknown> & { type: string };

/** A client that keeps what it hears. */
interface Client {
  readonly socket: WebSocket;
  readonly heard: Message[];
  readonly closed: Promise<CloseEvent>;
  ask(request: object | string): void;
  of(type: string): Message[];
}

let market: ServedMarket;
beforeEach(() => {
  market = serveMarket();
});
afterEach(() => market.server.stop());

async function connect(): Promise<Client> {
  const socket = new WebSocket(`${market.server.url.replace("http", "ws")}/ws`);
  const heard: Message[] = [];
  socket.onmessage = ({ data }) => heard.push(JSON.parse(data));
  const closed = new Promise<CloseEvent>((resolve) => {
    socket.onclose = resolve;
  });
  await until(() => heard.length > 0);
  return {
    socket,
    heard,
    closed,
    ask: (request) => socket.send(typeof request === "string" ? request : JSON.stringify(request)),
    of: (type) => heard.filter((message) => message.type === type),
  };
}

async function subscribed(channels: string[], since?: Record<string, number>): Promise<Client> {
  const client = await connect();
  client.ask({ id: 1, op: "subscribe", channels, since });
  await until(() => client.of("ack").length === 1);
  return client;
}

/** What is under way has arrived when the answer to a ping has. */
async function settled(client: Client): Promise<void> {
  const pongs = client.of("pong").length;
  client.ask({ op: "ping" });
  await until(() => client.of("pong").length > pongs);
}

const open = (kline: Kline, share: number): Kline => ({ ...kline, volume: kline.volume * share, closed: false });
const minute = (index: number): Kline => market.minutes[index] as Kline;

describe("channels", () => {
  test("hello comes first, and a ping is answered", async () => {
    const client = await connect();
    expect(client.heard[0]).toMatchObject({
      type: "hello",
      protocol: 1,
      serverTime: market.clock.now(),
      source: "recorded",
    });
    await settled(client);
  });

  test("kline: the ack, a snapshot of the last 100, then every state", async () => {
    const client = await subscribed(["kline:btcusdt:1m"]);
    market.stream(open(minute(300), 0.5));
    market.stream(minute(300));
    await settled(client);
    const channel = "kline:BTCUSDT:1m";
    expect(client.heard.slice(1, 5)).toEqual([
      { type: "ack", id: 1, channels: [channel] },
      { type: "snapshot", channel, klines: market.minutes.slice(200, 300), recovered: true },
      { type: "kline", channel, kline: open(minute(300), 0.5) },
      { type: "kline", channel, kline: minute(300) },
    ] as never);
  });

  test("closed: closes only, of longer intervals in the same breath", async () => {
    const client = await subscribed(["closed:BTCUSDT:1m", "closed:BTCUSDT:5m"]);
    for (let index = 300; index < 305; index += 1) {
      market.stream(open(minute(index), 0.5));
      market.stream(minute(index));
    }
    await settled(client);
    const told = client.of("kline").map(({ channel, kline }) => [channel, (kline as Kline).openTime]);
    expect(told).toEqual([
      ...[0, 1, 2, 3].map((index) => ["closed:BTCUSDT:1m", START + (300 + index) * MINUTE]),
      ["closed:BTCUSDT:5m", START + 300 * MINUTE],
      ["closed:BTCUSDT:1m", START + 304 * MINUTE],
    ]);
  });

  test("*: no snapshot, and every symbol's messages under its own name", async () => {
    const client = await subscribed(["kline:*:1m", "closed:*:1m"]);
    market.stream(minute(300));
    market.stream(open(minute(300), 0.5), LIFE);
    await settled(client);
    expect(client.of("snapshot")).toEqual([]);
    expect(client.of("kline").map(({ channel }) => channel)).toEqual([
      "kline:BTCUSDT:1m",
      "closed:BTCUSDT:1m",
      `kline:${LIFE}:1m`,
    ]);
  });

  test("* beside a symbol's own: each message once, whichever was first and whichever is left", async () => {
    const told = (client: Awaited<ReturnType<typeof subscribed>>): unknown[] =>
      client.of("kline").map(({ channel, kline }) => [channel, ((kline as Kline).openTime - START) / MINUTE]);
    const channels = ["closed:BTCUSDT:1m", "closed:*:1m"];
    const [one, other] = [await subscribed(channels), await subscribed(channels.toReversed())];
    market.stream(minute(300));
    for (const client of [one, other]) {
      await settled(client);
      expect(told(client)).toEqual([["closed:BTCUSDT:1m", 300]]);
    }
    for (const [client, left] of [
      [one, "closed:*:1m"],
      [other, "closed:BTCUSDT:1m"],
    ] as const) {
      client.socket.send(JSON.stringify({ id: 2, op: "unsubscribe", channels: [left] }));
      await settled(client);
    }
    market.stream(minute(301));
    for (const client of [one, other]) {
      await settled(client);
      expect(told(client)).toEqual([
        ["closed:BTCUSDT:1m", 300],
        ["closed:BTCUSDT:1m", 301],
      ]);
    }
  });

  test("since: all from there on, and whether the ring still reached back so far", async () => {
    const channel = "kline:BTCUSDT:1m";
    const at = (index: number): number => START + index * MINUTE;
    const near = await subscribed([channel], { [channel]: at(250) });
    await settled(near);
    expect(near.of("snapshot")[0]).toEqual({
      type: "snapshot",
      channel,
      klines: market.minutes.slice(250, 300) as never,
      recovered: true,
    });
    for (const kline of minuteKlines(at(300), 400, 5, () => false)) market.stream(kline);
    const far = await subscribed([channel], { [channel]: at(5) });
    await settled(far);
    expect(far.of("snapshot")[0]).toMatchObject({ recovered: false });
    expect(far.of("snapshot")[0]?.klines).toHaveLength(501);
  });

  test("since: over a minute that the exchange itself doesn't have, nothing is lost; over one that is in doubt, it may be", async () => {
    const channel = "kline:BTCUSDT:1m";
    const at = (index: number): number => START + index * MINUTE;
    market.stream(minute(301));
    const doubted = await subscribed([channel], { [channel]: at(290) });
    await settled(doubted);
    expect(doubted.of("snapshot")[0]).toMatchObject({ recovered: false });
    const range = { from: at(300), to: at(300) } as OpenTimeRange;
    market.store.apply({ type: "history", symbol: BTC, interval: "1m", klines: [], ...range });
    const known = await subscribed([channel], { [channel]: at(290) });
    await settled(known);
    expect(known.of("snapshot")[0]).toMatchObject({ recovered: true });
    expect(known.of("snapshot")[0]?.klines).toHaveLength(11);
  });

  test("closed:* with since: each symbol's closes from there on", async () => {
    const channel = "closed:*:1m";
    const client = await subscribed([channel], { [channel]: START + 298 * MINUTE });
    await settled(client);
    expect(
      client.of("snapshot").map(({ channel, klines, recovered }) => [channel, (klines as []).length, recovered]),
    ).toEqual([
      ["closed:BTCUSDT:1m", 2, true],
      [`closed:${LIFE}:1m`, 2, true],
    ]);
  });

  test("tickers: all first, then those that changed", async () => {
    const client = await subscribed(["tickers", "ticker:BTCUSDT"]);
    const ticker = market.store.ticker(BTC);
    market.store.apply({ type: "ticker", ticker: { ...ticker, price: 105 } as never });
    market.server.hub.flushTickers();
    await settled(client);
    expect(client.of("ticker").map((message) => (message.ticker as { price: number }).price)).toEqual([101, 105]);
    const [all, changed] = client
      .of("tickers")
      .map((message) => message.tickers as { symbol: string; price: number }[]);
    expect(all?.map(({ symbol }) => symbol)).toEqual(["BTCUSDT", LIFE]);
    expect(changed).toMatchObject([{ symbol: "BTCUSDT", price: 105 }]);
  });

  test("close: once all symbols have closed", async () => {
    const client = await subscribed(["close:1m"]);
    market.stream(minute(300));
    market.stream(minute(300), LIFE);
    await settled(client);
    expect(client.of("close")).toEqual([
      { type: "close", interval: "1m", closeTime: minute(300).closeTime, symbols: [BTC, LIFE], pending: [] },
    ]);
  });

  test("nothing comes after an unsubscribe", async () => {
    const client = await subscribed(["kline:BTCUSDT:1m"]);
    client.ask({ id: 2, op: "unsubscribe", channels: ["kline:btcusdt:1m"] });
    await settled(client);
    market.stream(minute(300));
    await settled(client);
    expect(client.of("ack").at(-1)).toEqual({ type: "ack", id: 2, channels: ["kline:BTCUSDT:1m"] });
    expect(client.of("kline")).toEqual([]);
  });
});

describe("bad requests", () => {
  test.each([
    [{ id: 7, op: "subscribe", channels: ["kline:NOPEUSDT:1m"] }, 7, "unknown_symbol", "NOPEUSDT is not followed here"],
    [{ id: 7, op: "subscribe", channels: ["kline:BTC:1m"] }, 7, "unknown_symbol", "did you mean BTCUSDT?"],
    [{ id: 7, op: "subscribe", channels: ["kline:BTCUSDT:4h"] }, 7, "unknown_interval", "expected one of 1m, 5m, 1h"],
    [{ id: 7, op: "subscribe", channels: ["klines"] }, 7, "invalid_parameter", "expected kline:{symbol|*}:{interval}"],
    [{ id: 7, op: "subscribe", channels: ["signals"] }, 7, "invalid_parameter", "no signals"],
    [
      { id: 8, op: "subscribe", channels: ["closed:BTCUSDT:1m"], since: { "closed:BTCUSDT:5m": 0 } },
      ...([8, "invalid_parameter", "since names closed:BTCUSDT:5m, which is not among the channels"] as const),
    ],
    [{ id: 7, op: "subscribe" }, 7, "invalid_parameter", "channels is missing: expected a list of channels such as"],
    [{ id: 7, op: "subscribe", channels: "tickers" }, 7, "invalid_parameter", "channels: expected a list of channels"],
    [{ id: 7, op: "subscribe", channels: [] }, 7, "invalid_parameter", "at least one channel"],
    [
      { id: 9, op: "subscribe", channels: Array.from({ length: 2_500 }, () => "tickers") },
      ...([9, "invalid_parameter", "channels: 2500 channels in one request: expected at most 1000"] as const),
    ],
    [
      { id: 10, op: "subscribe", channels: ["kline:BTCUSDT:1m"], since: { "kline:BYBIT:*:1m": 0 } },
      ...([10, "unknown_symbol", "BYBIT"] as const),
    ],
    [
      { id: 9, op: "subscribe", channels: ["kline:BTCUSDT:1m"], since: { "kline:BTCUSDT:1m": "0" } },
      ...([9, "invalid_parameter", "since.kline:BTCUSDT:1m: expected the open time of a kline"] as const),
    ],
    [{ id: "a", op: "dance" }, "a", "invalid_parameter", "op: expected subscribe, unsubscribe or ping"],
    [{ id: 7 }, 7, "invalid_parameter", "op is missing: expected subscribe, unsubscribe or ping"],
    [{ id: {}, op: "ping" }, null, "invalid_parameter", "id: expected a number or a text"],
  ])("%j: an error, nothing subscribed, and the socket stays", async (request, id, code, words) => {
    const client = await connect();
    client.ask(request);
    await settled(client);
    expect(client.of("error")[0]).toMatchObject({ id, code });
    expect(client.of("error")[0]?.detail).toContain(words);
    expect(client.of("ack")).toEqual([]);
  });

  test.each([
    ["{half", "expected a JSON text frame"],
    ["[1]", "expected a JSON object such as"],
    [`{"op":"ping","x":"${"x".repeat(140_000)}"}`, "frame too large: expected 131072 characters at most"],
    [new Uint8Array([1]), "expected JSON text frames, not binary ones"],
  ])("a broken sender is told what is wrong, and closed: %.10s", async (frame, detail) => {
    const client = await connect();
    client.socket.send(frame);
    expect((await client.closed).code).toBe(4501);
    expect(client.of("error")).toMatchObject([{ id: null, code: "invalid_parameter" }]);
    expect(client.of("error")[0]?.detail).toStartWith(detail);
  });

  test("more channels than a socket may have: 4502", async () => {
    market.store.apply({
      type: "symbols",
      symbols: Array.from({ length: 600 }, (_, index) => ({
        ...market.store.symbols()[0],
        symbol: `S${index}USDT`,
      })) as never,
    });
    const client = await connect();
    const channels = (kind: string): string[] => Array.from({ length: 600 }, (_, index) => `${kind}:S${index}USDT:1m`);
    client.ask({ op: "subscribe", channels: channels("kline") });
    await settled(client);
    client.ask({ op: "subscribe", channels: channels("closed") });
    expect((await client.closed).code).toBe(4502);
    expect(client.of("error").at(-1)?.detail).toStartWith("a socket may have 1024 channels at most");
  });
});

describe("a client that doesn't keep up", () => {
  /** Subscribes, stops reading, and is sent so much that the server notices. */
  async function slowClient(): Promise<RawSocket> {
    const client = await RawSocket.open(`${market.server.url}/ws`);
    client.send({ id: 1, op: "subscribe", channels: ["kline:*:1m", "tickers"] });
    await until(() => client.messages.some(({ type }) => type === "tickers"));
    client.pause();
    for (let round = 1; market.server.hub.outboxes.size === 0; round += 1) {
      for (let state = 0; state < 2_000; state += 1)
        market.stream({ ...open(minute(300), 0.5), trades: round * 10_000 + state });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return client;
  }
  const klines = (client: RawSocket): Kline[] =>
    client.messages.filter(({ type }) => type === "kline").map(({ kline }) => kline as Kline);

  test("gets every close, in order, and of the open kline only the newest state, never after its close", async () => {
    const client = await slowClient();
    const late = minuteKlines(START + 300 * MINUTE, 50, 6, () => false);
    for (const kline of late) {
      for (let state = 1; state < 100; state += 1) market.stream({ ...open(kline, state / 100), trades: state });
      market.stream(kline);
    }
    for (const trades of [1, 2, 3]) market.stream({ ...open(minute(300), 0.5), trades }, LIFE);
    client.resume();
    await until(() => klines(client).some(({ trades }) => trades === 3));
    const got = klines(client);
    expect(got.filter(({ closed }) => closed)).toEqual(late);
    const afterFirstClose = got.slice(got.findIndex(({ closed }) => closed));
    expect(afterFirstClose.filter(({ closed }) => !closed)).toEqual([{ ...open(minute(300), 0.5), trades: 3 }]);
    expect(client.closed).toBeUndefined();
    await until(() => market.server.hub.outboxes.size === 0);
    const next = {
      ...(late.at(-1) as Kline),
      openTime: START + 350 * MINUTE,
      closeTime: START + 351 * MINUTE - 1,
    } as Kline;
    market.stream(next);
    await until(() => klines(client).at(-1)?.openTime === next.openTime);
    client.end();
  });

  test("is closed with 4008 when more closes wait than may be kept", async () => {
    const client = await slowClient();
    const late = minuteKlines(START + 300 * MINUTE, 20_000, 6, () => false);
    for (const kline of late) market.stream(kline);
    await until(() => market.server.hub.sockets === 0 || client.closed !== undefined);
    client.resume();
    await until(() => client.closed !== undefined);
    expect(client.closed).toBe(4008);
    client.end();
  });
});

describe("format", () => {
  const upgrade = { connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13" };

  test("packed: klines come in binary frames after the ids, and everything else as before", async () => {
    const socket = new WebSocket(`${market.server.url.replace("http", "ws")}/ws?format=packed`);
    socket.binaryType = "arraybuffer";
    const packed = new PackedReader();
    const heard: object[] = [];
    socket.onmessage = ({ data }) => {
      if (data instanceof ArrayBuffer) heard.push({ binary: packed.read(new Uint8Array(data)) });
      else heard.push(JSON.parse(data));
      const last = heard.at(-1) as IdsMessage;
      if (last.type === "ids") packed.learn(last);
    };
    await until(() => heard.length === 1);
    socket.send(JSON.stringify({ id: 1, op: "subscribe", channels: ["kline:BTCUSDT:1m", "ticker:BTCUSDT"] }));
    await until(() => heard.length === 5);
    market.stream(open(minute(300), 0.5));
    market.stream({ ...open(minute(300), 0.7), quoteVolume: Number.NaN });
    market.stream(minute(300));
    await until(() => heard.length === 7);
    const channel = "kline:BTCUSDT:1m";
    expect(heard.slice(1, 4)).toEqual([
      { type: "ack", id: 1, channels: [channel, "ticker:BTCUSDT"] },
      { type: "ids", symbols: { BTCUSDT: 0 } },
      { type: "snapshot", channel, klines: market.minutes.slice(200, 300), recovered: true },
    ] as never);
    expect(heard.slice(5)).toEqual([
      {
        binary: {
          messages: [
            { type: "kline", channel, kline: open(minute(300), 0.5) },
            { type: "kline", channel, kline: { ...open(minute(300), 0.7), quoteVolume: null } },
          ],
        },
      },
      { binary: { messages: [{ type: "kline", channel, kline: minute(300) }] } },
    ] as never);
    socket.close();
  });

  test("another one is refused with 400, which names those that there are", async () => {
    const answer = await market.get("/ws?format=xml", upgrade);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      code: "invalid_parameter",
      detail: 'format is "xml": expected json, packed or timed',
    });
  });
});

test("a server that stops says so with 4001, and takes no new sockets", async () => {
  const client = await connect();
  const stopped = market.server.stop();
  expect((await client.closed).code).toBe(4001);
  await stopped;
  expect(fetch(`${market.server.url}/health`)).rejects.toThrow();
  market = serveMarket();
});
