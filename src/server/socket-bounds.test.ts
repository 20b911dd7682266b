import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keyAccess, keyRecord } from "../../tests/helpers/keys.ts";
import { RawSocket } from "../../tests/helpers/raw-socket.ts";
import { BTC, LIFE, type ServedMarket, START, serveMarket } from "../../tests/helpers/served-market.ts";
import { until } from "../../tests/helpers/until.ts";
import type { Kline } from "../core/mod.ts";
import type { Signal } from "../wire/mod.ts";
import { changeKeyFile } from "./keys/key-file.ts";
import type { KeyRecord } from "./keys/key-record.ts";
import { KeyRing } from "./keys/key-ring.ts";
import { watchKeyFile } from "./keys/key-watch.ts";

const MINUTE = 60_000;
const NOW = START + 300 * MINUTE;

type Message = Record<string, unknown> & { type: string };

interface Client {
  readonly heard: Message[];
  readonly closed: Promise<CloseEvent>;
  ask(request: object): void;
  of(type: string): Message[];
}

let market: ServedMarket;
const cleanUp: (() => void)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0)) step();
  await market.server.stop();
});

function serve(keys: readonly KeyRecord[]): KeyRing {
  const ring = new KeyRing(keys);
  market = serveMarket({ with: { access: keyAccess(ring), tellsSignals: true } });
  return ring;
}

async function connect(key: string): Promise<Client> {
  const socket = new WebSocket(`${market.server.url.replace("http", "ws")}/ws`, {
    headers: { "x-api-key": key },
  } as never);
  const heard: Message[] = [];
  socket.onmessage = ({ data }) => heard.push(JSON.parse(data));
  const closed = new Promise<CloseEvent>((resolve) => {
    socket.onclose = resolve;
  });
  await until(() => heard.length > 0);
  return {
    heard,
    closed,
    ask: (request) => socket.send(JSON.stringify(request)),
    of: (type) => heard.filter((message) => message.type === type),
  };
}

/** What is under way has arrived when the answer to a ping has. */
async function settled(client: Client): Promise<void> {
  const pongs = client.of("pong").length;
  client.ask({ op: "ping" });
  await until(() => client.of("pong").length > pongs);
}

async function metric(name: string): Promise<number> {
  const text = await (await market.get("/metrics")).text();
  return Number(new RegExp(`^${name} (.*)$`, "m").exec(text)?.[1]);
}

async function remaining(key: string): Promise<number> {
  const { headers } = await market.get("/health", { "x-api-key": key });
  return Number(headers.get("ratelimit-remaining"));
}

describe("a request that names many channels", () => {
  const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `kline:S${index}USDT:1m`);

  test("costs a token for each hundred, also where it is refused or ends nothing", async () => {
    serve([keyRecord("a", { rate: "100/min" })]);
    const client = await connect("a");
    const before = await remaining("a");
    client.ask({ id: 1, op: "subscribe", channels: names(1_000) });
    client.ask({ id: 2, op: "unsubscribe", channels: names(500) });
    client.ask({ id: 3, op: "unsubscribe", channels: names(20) });
    await settled(client);
    expect(client.of("error")).toMatchObject([{ id: 1, code: "unknown_symbol" }]);
    expect(client.of("ack").map(({ id }) => id)).toEqual([2, 3]);
    // The question itself costs one.
    expect(before - (await remaining("a"))).toBe(10 + 5 + 1);
  });

  test("isn't looked at when its price can't be paid", async () => {
    serve([keyRecord("a", { rate: "9/min" })]);
    const client = await connect("a");
    client.ask({ id: 1, op: "subscribe", channels: names(790) });
    client.ask({ id: 2, op: "subscribe", channels: names(790) });
    await settled(client);
    expect(client.of("error")).toMatchObject([
      { id: 1, code: "unknown_symbol" },
      { id: 2, code: "rate_limited", retryAfterSeconds: expect.any(Number) },
    ]);
  });

  test("is read in its turn, and what its socket sends next waits for it", async () => {
    serve([keyRecord("a", { rate: "100/min" })]);
    const client = await connect("a");
    client.ask({ id: 1, op: "subscribe", channels: ["kline:BTCUSDT:1m", ...names(200)] });
    client.ask({ id: 2, op: "subscribe", channels: Array(200).fill("close:1m") });
    client.ask({ id: 3, op: "unsubscribe", channels: ["close:1m"] });
    client.ask({ id: 4, op: "subscribe", channels: ["close:5m"] });
    await settled(client);
    const answers = client.heard.filter(({ type }) => type === "ack" || type === "error");
    expect(answers.map(({ id }) => id)).toEqual([1, 2, 3, 4]);
  });
});

describe("a subscribe costs what its snapshots hold", () => {
  test("before anything is done; what is too dear changes nothing and says when it can be paid", async () => {
    // Connecting costs 1; of all symbols' minutes as many count as series hold, 2 × 500.
    serve([keyRecord("a", { rate: "3/min" })]);
    const client = await connect("a");
    const since = { "closed:*:1m": 0 };
    client.ask({ id: 1, op: "subscribe", channels: ["closed:*:1m", "close:1m"], since });
    client.ask({ id: 2, op: "subscribe", channels: ["closed:*:1m", "kline:BTCUSDT:5m"], since });
    client.ask({ id: 3, op: "subscribe", channels: ["kline:BTCUSDT:5m", "close:5m"] });
    client.ask({ id: 4, op: "subscribe", channels: ["close:5m", "kline:*:1m", "closed:*:1m"] });
    await settled(client);
    expect(client.of("ack").map(({ id }) => id)).toEqual([1, 3, 4]);
    expect(client.of("error")).toEqual([
      {
        type: "error",
        id: 2,
        code: "rate_limited",
        detail: "3 requests are used up (this one counts as 2): try again in 20 s",
        retryAfterSeconds: 20,
      },
    ]);
    const channels = client.of("snapshot").map(({ channel }) => channel);
    expect(channels.filter((channel) => channel === "kline:BTCUSDT:5m")).toHaveLength(1);
    await market.clock.turn(20_000);
    client.ask({ id: 5, op: "subscribe", channels: ["kline:BTCUSDT:1h", "close:5m"] });
    await settled(client);
    expect(client.of("ack").map(({ id }) => id)).toEqual([1, 3, 4, 5]);
  });

  test("so whoever asks for the whole market again and again is sent it as often as was paid, and no more", async () => {
    serve([keyRecord("a", { rate: "11/min" })]);
    const client = await connect("a");
    const channels = ["closed:*:1m", "closed:*:5m", "closed:*:1h"];
    const since = Object.fromEntries(channels.map((channel) => [channel, 0]));
    for (let id = 0; id < 90; id += 1) client.ask({ id, op: "subscribe", channels, since });
    await settled(client);
    const paid = client.of("ack").length;
    // 2 symbols × (500 minutes at most + 500 + 500): 2 or 3 of the 10 that are left.
    expect(paid).toBeGreaterThan(1);
    expect(paid).toBeLessThan(6);
    expect(client.of("error")).toHaveLength(90 - paid);
    expect(client.of("snapshot").length).toBeLessThanOrEqual(paid * channels.length * 2);
  });

  test("at most nine tenths of what the bucket holds, as connecting costs something too", async () => {
    serve([keyRecord("a", { rate: "2/min" })]);
    const client = await connect("a");
    const channels = ["closed:*:1m", "closed:*:5m", "closed:*:1h"];
    client.ask({ id: 1, op: "subscribe", channels, since: Object.fromEntries(channels.map((name) => [name, 0])) });
    await settled(client);
    expect([client.of("ack").length, client.of("snapshot").length]).toEqual([1, 6]);
  });

  test("with the names that it gives at most nine tenths, so that it can be paid", async () => {
    serve([keyRecord("a", { rate: "2/min" })]);
    const client = await connect("a");
    // Connecting leaves 1; the names alone count half of it.
    client.ask({ id: 1, op: "subscribe", channels: Array(50).fill("closed:*:1m"), since: { "closed:*:1m": 0 } });
    await settled(client);
    expect([client.of("error"), client.of("ack").length]).toEqual([[], 1]);
  });

  test("and one that could pay for the names alone is told when all of it can be paid", async () => {
    serve([keyRecord("a", { rate: "4/min" })]);
    const client = await connect("a");
    // Connecting leaves 3. Each request costs 1 for its names and 1 for the klines.
    const ask = (id: number): void =>
      client.ask({ id, op: "subscribe", channels: Array(100).fill("closed:*:1m"), since: { "closed:*:1m": 0 } });
    ask(1);
    ask(2);
    await settled(client);
    expect(client.of("error")).toMatchObject([{ id: 2, code: "rate_limited", retryAfterSeconds: 30 }]);
    await market.clock.turn(30_000);
    ask(3);
    await settled(client);
    expect(client.of("ack").map(({ id }) => id)).toEqual([1, 3]);
  });

  test("something for empty snapshots too: a client that has the newest kline of many series can't ask for them all the time", async () => {
    serve([keyRecord("a", { rate: "10/h" })]);
    const client = await connect("a");
    const channels = [BTC, LIFE].flatMap((symbol) =>
      ["kline", "closed"].flatMap((kind) => ["1m", "5m", "1h"].map((interval) => `${kind}:${symbol}:${interval}`)),
    );
    const since = Object.fromEntries(channels.map((name) => [name, NOW + 3_600_000]));
    for (let id = 0; id < 20; id += 1) client.ask({ id, op: "subscribe", channels, since });
    await settled(client);
    // Connecting costs 1, and each request as much.
    expect([client.of("ack").length, client.of("error").length]).toEqual([9, 11]);
  });

  test("nothing for channels without one and for those that the socket has; little for a resume close to now", async () => {
    serve([keyRecord("a", { rate: "100/h" })]);
    const client = await connect("a");
    client.ask({ op: "subscribe", channels: ["close:1m", "kline:*:1m", "closed:*:1m"] });
    client.ask({ op: "subscribe", channels: ["close:1m", "kline:*:1m", "closed:*:1m"] });
    await settled(client);
    expect(await remaining("a")).toBe(98);
    const near = NOW - 10 * 60_000;
    const channels = ["closed:*:1m", "closed:*:5m", "closed:*:1h"];
    client.ask({ op: "subscribe", channels, since: Object.fromEntries(channels.map((name) => [name, near])) });
    await settled(client);
    expect(await remaining("a")).toBe(96);
    expect(client.of("snapshot")).toHaveLength(6);
  });
});

describe("a key's change reaches its sockets", () => {
  const signal: Signal = {
    id: 1,
    traderId: "t",
    traderVersion: 1,
    symbol: BTC,
    interval: "1m",
    closeTime: START,
    price: 1,
    facts: {},
    createdAt: START,
  };

  test("through the file of keys: signals end with trade, the socket with stream", async () => {
    const folder = mkdtempSync(join(tmpdir(), "vyx-scopes-"));
    cleanUp.push(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, "keys.json");
    const write = (scopes: KeyRecord["scopes"]): void =>
      changeKeyFile(path, NOW, () => [keyRecord("a", { name: "a", scopes })]);
    write(["read", "stream", "trade"]);
    const ring = serve([]);
    const watch = watchKeyFile(path, { changed: (keys) => ring.replace(keys), failed: () => {} });
    cleanUp.push(() => watch.stop());
    await until(() => ring.size === 1);
    const client = await connect("a");
    client.ask({ id: 1, op: "subscribe", channels: ["signals", "closed:BTCUSDT:1m"] });
    await settled(client);
    market.server.hub.signal(signal, "key:a");
    write(["read", "stream"]);
    await until(() => client.of("error").length > 0);
    market.server.hub.signal(signal, "key:a");
    market.stream(market.minutes[300] as Kline);
    await settled(client);
    expect(client.of("signal")).toHaveLength(1);
    expect(client.of("error")).toEqual([
      { type: "error", id: null, code: "forbidden", detail: "signals: this needs a key with the scope trade" },
    ]);
    expect(client.of("kline")).toHaveLength(1);
    client.ask({ id: 2, op: "subscribe", channels: ["signals"] });
    await settled(client);
    expect(client.of("error")[1]).toMatchObject({ id: 2, code: "forbidden" });
    write(["read"]);
    expect((await client.closed).code).toBe(4500);
  });

  test("at delivery: no signal goes out once the scope is gone, however soon after", async () => {
    const ring = serve([keyRecord("a", { name: "a", scopes: ["read", "stream", "trade"] })]);
    const client = await connect("a");
    client.ask({ id: 1, op: "subscribe", channels: ["signals"] });
    await settled(client);
    ring.replace([keyRecord("a", { name: "a", scopes: ["read", "stream"] })]);
    market.server.hub.signal(signal, "key:a");
    market.server.hub.signal(signal, "key:a");
    await settled(client);
    expect([client.of("signal").length, client.of("error").length]).toEqual([0, 1]);
  });
});

describe("a socket that goes on", () => {
  test("sending too fast is closed with 4009, though some of its messages are accepted in between", async () => {
    serve([keyRecord("a")]);
    const client = await connect("a");
    for (let round = 0; round < 4; round += 1) {
      for (let sent = 0; sent < 220; sent += 1) client.ask({ op: "ping" });
      await until(() => client.heard.length === 1 + 220 * (round + 1));
      await market.clock.turn(5_000);
    }
    expect(client.of("error")).toHaveLength(480);
    for (let sent = 0; sent < 180; sent += 1) client.ask({ op: "ping" });
    expect((await client.closed).code).toBe(4009);
  });

  test.each(["ping", "pong"] as const)("sending too many %ss is closed with 4009", async (type) => {
    market = serveMarket();
    const client = await RawSocket.open(`${market.server.url}/ws`);
    await until(() => client.messages.length === 1);
    /** Something is sent behind them, so that its answer shows that they were taken. */
    const send = async (count: number): Promise<void> => {
      const answered = client.messages.length;
      client.control(type, count);
      client.send({ op: "ping" });
      await until(() => client.messages.length > answered);
    };
    await send(100);
    await market.clock.turn(1_000);
    await send(20);
    expect([client.closed, client.pongs]).toEqual([undefined, type === "ping" ? 120 : 0]);
    client.control(type, 1_000_000);
    await until(() => client.closed !== undefined);
    expect(client.closed).toBe(4009);
    // The runtime answers a ping before it tells of it, and none after the close.
    expect(client.pongs).toBeLessThanOrEqual(121);
    expect(await metric("vyx_messages_refused_total")).toBe(1);
    client.end();
  });

  test("answering the server's own pings may do so as often as it is asked", async () => {
    market = serveMarket({ historyMinutes: 500 });
    const client = await connect("");
    const channels = [BTC, LIFE].map((symbol) => `kline:${symbol}:1m`);
    const since = Object.fromEntries(channels.map((name) => [name, START + MINUTE]));
    for (let round = 1; round <= 60; round += 1) {
      client.ask({ op: "subscribe", channels, since });
      await until(() => client.of("snapshot").length >= 2 * round);
    }
    await settled(client);
    // A ping follows each of them.
    expect(client.of("snapshot").filter((message) => JSON.stringify(message).length > 64 * 1024)).toHaveLength(120);
    await market.clock.turn(1_000);
    await settled(client);
    expect(await metric("vyx_messages_refused_total")).toBe(0);
  });

  test("reading nothing is closed with 4008 after 30 s, whatever it sends meanwhile", async () => {
    market = serveMarket();
    const client = await RawSocket.open(`${market.server.url}/ws`);
    client.send({ id: 1, op: "subscribe", channels: ["kline:*:1m"] });
    await until(() => client.messages.some(({ type }) => type === "ack"));
    client.pause();
    for (let state = 0; market.server.hub.outboxes.size === 0; state += 2_000) {
      for (let one = 0; one < 2_000; one += 1) {
        market.stream({ ...(market.minutes[300] as Kline), closed: false, trades: state + one });
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    for (let second = 0; second < 29; second += 1) {
      await market.clock.turn(1_000);
      client.send({ op: "ping" });
    }
    expect([market.server.hub.sockets, market.server.hub.outboxes.waitingBytes > 0]).toEqual([1, true]);
    await until(async () => {
      await market.clock.turn(1_000);
      return market.server.hub.sockets === 0;
    });
    expect([market.server.hub.outboxes.closes.stalled, market.server.hub.outboxes.waitingBytes]).toEqual([1, 0]);
    client.resume();
    await until(() => client.closed !== undefined);
    expect(client.closed).toBe(4008);
    client.end();
  });
});
