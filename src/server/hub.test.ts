import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  Client,
  callerOf,
  Market,
  type Message,
  MINUTE,
  MINUTES,
  RATE,
  START,
  SYMBOLS,
  settle,
  turn,
} from "../../tests/helpers/hub-market.ts";
import type { Kline, Symbol } from "../core/mod.ts";
import { STREAM_FORMATS } from "../wire/mod.ts";
import { MAX_WAITING_BYTES_PER_CALLER } from "./waiting-bytes.ts";

const at = (index: number): number => START + index * MINUTE;
const minuteOf = ({ openTime }: Kline): number => (openTime - START) / MINUTE;

describe("a client is sent", () => {
  test("the ack, then snapshots, then what happened meanwhile; what closed meanwhile is in them", async () => {
    const market = new Market();
    const client = new Client(market);
    client.ask(["closed:AUSDT:1m", "kline:BUSDT:1m"], { "closed:AUSDT:1m": at(148) });
    market.stream(SYMBOLS[0] as Symbol, true);
    market.stream(SYMBOLS[1] as Symbol, false);
    expect(client.heard).toEqual([]);
    await settle(client);
    market.stream(SYMBOLS[0] as Symbol, true);
    market.stream(SYMBOLS[1] as Symbol, true);
    await settle(client);
    const told = client.heard.map(({ type, channel = "", klines, kline }) => [
      type,
      channel,
      type === "snapshot" ? [klines[0], klines.at(-1)].map((one) => minuteOf(one as Kline)) : kline && minuteOf(kline),
    ]);
    expect(told).toEqual([
      ["ack", "", undefined],
      ["snapshot", "closed:AUSDT:1m", [148, 150]],
      ["snapshot", "kline:BUSDT:1m", [51, 150]],
      ["kline", "closed:AUSDT:1m", 151],
      ["kline", "kline:BUSDT:1m", 150],
    ] as never);
    market.stop();
  });

  test("klines that closed after its since even if that lies ahead", async () => {
    const market = new Market();
    const client = new Client(market);
    client.ask(["closed:AUSDT:1m"], { "closed:AUSDT:1m": at(1_000) });
    market.stream(SYMBOLS[0] as Symbol, true);
    await settle(client);
    expect(client.heard[1]?.klines.map(minuteOf)).toEqual([150]);
    market.stop();
  });

  test("a channel that it has already once more only with since, and together with one that still waits", async () => {
    const market = new Market();
    const client = new Client(market);
    client.ask(["closed:AUSDT:1m"]);
    await settle(client);
    client.ask(["closed:AUSDT:1m"]);
    await settle(client);
    expect(client.heard.filter(({ type }) => type === "snapshot")).toHaveLength(1);
    for (const since of [140, 120, 145]) client.ask(["closed:AUSDT:1m"], { "closed:AUSDT:1m": at(since) });
    await settle(client);
    const snapshots = client.heard.filter(({ type }) => type === "snapshot").map(({ klines }) => klines.map(minuteOf));
    expect(snapshots.slice(1)).toEqual([Array.from({ length: 30 }, (_, index) => 120 + index)]);
    expect(client.heard.at(-1)?.type).toBe("snapshot");
    market.stop();
  });

  test("recovered: false when the store forgot what it lacks before the snapshot was made", async () => {
    const market = new Market();
    const client = new Client(market);
    client.ask(["closed:AUSDT:1m"], { "closed:AUSDT:1m": at(10) });
    for (let index = 0; index < 100; index += 1) market.stream(SYMBOLS[0] as Symbol, true);
    await settle(client);
    expect(client.heard[1]).toMatchObject({ type: "snapshot", recovered: false });
    expect(client.heard[1]?.klines.map(minuteOf).slice(-1)).toEqual([249]);
    market.stop();
  });

  test("what was held back for a snapshot that it doesn't want any more", async () => {
    const market = new Market();
    const client = new Client(market);
    client.ask(["closed:AUSDT:1m"]);
    await settle(client);
    client.ask(["closed:*:1m"], { "closed:*:1m": at(100) });
    for (const symbol of SYMBOLS) market.stream(symbol, true);
    client.leave("closed:*:1m");
    for (const symbol of SYMBOLS) market.stream(symbol, true);
    await settle(client);
    const closes = client.heard.filter(({ type }) => type === "kline");
    expect(closes.map(({ channel, kline }) => [channel, minuteOf(kline)])).toEqual([
      ["closed:AUSDT:1m", 150],
      ["closed:AUSDT:1m", 151],
    ]);
    expect(client.heard.filter(({ type }) => type === "snapshot")).toHaveLength(1);
    market.stop();
  });
});

describe("no client holds up others", () => {
  test("a client whose message can't be made is closed with 1011, the fault is told, and the next one is served", async () => {
    const market = new Market();
    const [bad, good] = [new Client(market), new Client(market, callerOf(RATE))];
    const send = bad.send.bind(bad);
    bad.send = (text) => {
      if (String(text).includes('"snapshot"')) throw new Error("no such message");
      return send(text);
    };
    bad.ask(["closed:AUSDT:1m"]);
    good.ask(["closed:AUSDT:1m"]);
    await settle(good);
    expect(bad.code).toBe(1011);
    expect(market.errors).toEqual([new Error("no such message")]);
    expect(good.heard.map(({ type }) => type)).toEqual(["ack", "snapshot"]);
    expect(market.hub.outboxes.size).toBe(0);
    market.stop();
  });

  test("a client that reads nothing is sent a few snapshots, and the next caller all of its own", async () => {
    const market = new Market();
    const [greedy, modest] = [new Client(market), new Client(market)];
    const names = SYMBOLS.flatMap((symbol) => [`closed:${symbol}:1m`, `kline:${symbol}:1m`]);
    greedy.ask(names, Object.fromEntries(names.map((name) => [name, 0])));
    modest.ask(names, Object.fromEntries(names.map((name) => [name, 0])));
    await settle(modest);
    expect(modest.heard.filter(({ type }) => type === "snapshot")).toHaveLength(6);
    expect([market.hub.outboxes.pendingSnapshots, greedy.getBufferedAmount() < 4 * 64 * 1024]).toEqual([5, true]);
    await settle(greedy);
    expect(greedy.heard.filter(({ type }) => type === "snapshot")).toHaveLength(6);
    expect([market.hub.outboxes.pendingSnapshots, market.hub.outboxes.size]).toEqual([0, 0]);
    market.stop();
  });
});

describe("the sockets of a caller that are sent more than it may be", () => {
  const PACED = { amount: 30, perMs: 3_000 };
  const [SYMBOL] = SYMBOLS as [Symbol];
  let streamed = 0;
  const updates = ({ heard }: Client): number =>
    heard.filter(({ type, kline }) => type === "kline" && !kline.closed).length;

  /** Three sockets of one caller and one of another, which listen to all klines. */
  async function listening(): Promise<{ market: Market; greedy: Client[]; modest: Client }> {
    const market = new Market(PACED);
    const caller = callerOf(RATE);
    const greedy = [1, 2, 3].map(() => new Client(market, caller));
    const modest = new Client(market);
    for (const client of [...greedy, modest]) client.ask(["kline:*:1m", "close:1m"]);
    for (const client of [...greedy, modest]) await settle(client);
    return { market, greedy, modest };
  }

  /** Open states, a check after each, as many as a second brings. */
  async function stream(market: Market, states: number, clients: readonly Client[]): Promise<void> {
    for (let sent = 0; sent < states; sent += 1) {
      streamed += 1;
      market.stream(SYMBOL, false, streamed);
      market.now += 1_000 / states;
      market.hub.check();
      await turn();
      for (const client of clients) client.read(10);
    }
  }

  test("get the newest states only, no more than the rate in all, and no other caller's do", async () => {
    const { market, greedy, modest } = await listening();
    // The first are published: each of the three is sent ten. The other caller stays below its rate.
    await stream(market, 10, [...greedy, modest]);
    expect([...greedy, modest].map(updates)).toEqual([10, 10, 10, 10]);
    expect([market.hub.outboxes.size, market.hub.outboxes.pacings]).toEqual([0, 0]);
    await stream(market, 20, [...greedy, modest]);
    await stream(market, 20, [...greedy, modest]);
    expect(updates(modest)).toBe(50);
    const sent = greedy.map(updates);
    // What it had, and what came in three seconds; the last message may go past it.
    expect(sent.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(30 + 30 + 3);
    for (const one of sent) expect(one).toBeGreaterThanOrEqual(15);
    expect(market.hub.outboxes.conflations).toBeGreaterThan(0);
    expect([market.hub.outboxes.size, market.hub.outboxes.pacings]).toEqual([3, 3]);
    market.stop();
  });

  test("get each closed kline and each close all the same, and aren't closed as slow while the server lets them wait", async () => {
    const { market, greedy, modest } = await listening();
    await stream(market, 30, greedy);
    expect(market.hub.outboxes.size).toBe(3);
    for (let closes = 0; closes < 40; closes += 1) {
      market.stream(SYMBOL, true);
      market.now += 100;
      market.hub.check();
      await turn();
      for (const client of greedy) client.read(10);
    }
    for (let waited = 0; waited < 60_000; waited += 100) {
      market.now += 100;
      market.hub.check();
      await turn();
      for (const client of [...greedy, modest]) client.read(100);
    }
    for (const client of [...greedy, modest]) {
      const closed = client.heard.filter(({ type, kline }) => type === "kline" && kline.closed);
      expect(closed.map(({ kline }) => minuteOf(kline))).toEqual(Array.from({ length: 40 }, (_, index) => 150 + index));
      expect(client.code).toBeUndefined();
    }
    market.stop();
  });

  test("share the runtime's publishing again once half of the allowance is there", async () => {
    const { market, greedy } = await listening();
    await stream(market, 30, greedy);
    expect(market.hub.outboxes.size).toBe(3);
    const check = async (): Promise<void> => {
      market.hub.check();
      await turn();
      for (const client of greedy) client.read(10);
    };
    market.now += 1_000;
    await check();
    await check();
    expect(market.hub.outboxes.size).toBe(3);
    market.now += 5_000;
    await check();
    await check();
    expect(market.hub.outboxes.size).toBe(0);
    const before = greedy.map(updates);
    market.stream(SYMBOL, false, streamed + 1);
    for (const client of greedy) client.read(10);
    expect(greedy.map(updates)).toEqual(before.map((count) => count + 1));
    market.stop();
  });
});

describe("a client that lets too much wait is closed with 4008", () => {
  test("the one that holds most, where too much waits for its caller; no other caller's", async () => {
    const market = new Market();
    const caller = callerOf(RATE);
    const [most, less, other] = [new Client(market, caller), new Client(market, caller), new Client(market)];
    most.ask(["closed:AUSDT:1m"], { "closed:AUSDT:1m": 0 });
    for (const client of [less, other]) client.ask(["closed:AUSDT:1m"]);
    await turn();
    market.hub.check();
    const waiting = [most, less, other].map(({ data }) => data.backlog.waitingBytes);
    expect(waiting).toEqual([most, less, other].map((client) => client.getBufferedAmount()));
    market.waiting.change(caller, MAX_WAITING_BYTES_PER_CALLER - (waiting[1] as number) - 1);
    market.hub.check();
    expect([most.code, less.code, other.code]).toEqual([4008, undefined, undefined]);
    expect(market.hub.outboxes.closes).toEqual({ stalled: 0, backlog: 0, lost: 0, full: 1, signals: 0 });
    expect([market.hub.sockets, market.hub.outboxes.waitingBytes]).toEqual([
      2,
      (waiting[1] as number) + (waiting[2] as number),
    ]);
    market.stop();
    expect([market.hub.outboxes.waitingBytes, market.waiting.of(other.data.caller)]).toEqual([0, 0]);
  });

  test("after 30 s without any pong, even if the system takes all that it is sent", async () => {
    const market = new Market();
    const names = SYMBOLS.map((symbol) => `closed:${symbol}:1m`);
    const client = new Client(market);
    client.isSwallowed = true;
    while (market.hub.outboxes.pendingSnapshots === 0) {
      client.ask(names, Object.fromEntries(names.map((name) => [name, 0])));
      await turn();
    }
    // Half a megabyte is sent ahead; the rest waits as a few numbers.
    expect(client.data.flight.unread).toBeLessThan(600_000);
    market.hub.check();
    market.now = 29_999;
    market.hub.check();
    expect(client.code).toBeUndefined();
    market.now = 30_000;
    market.hub.check();
    expect([client.code, market.hub.outboxes.closes.stalled]).toEqual([4008, 1]);
    market.stop();
  });

  test("unless its pongs show that it reads, however slowly", async () => {
    const market = new Market();
    const names = SYMBOLS.flatMap((symbol) => [`closed:${symbol}:1m`, `kline:${symbol}:1m`]);
    const client = new Client(market);
    client.isSwallowed = true;
    for (let asked = 0; asked < 5; asked += 1) {
      client.ask(names, Object.fromEntries(names.map((name) => [name, 0])));
      await turn();
    }
    for (let waited = 0; waited < 300_000 && client.hasUnread; waited += 25_000) {
      market.now += 25_000;
      client.read(4);
      await turn();
      market.hub.check();
    }
    expect([client.code, market.hub.outboxes.size]).toEqual([undefined, 0]);
    market.stop();
  });
});

/** What a naive client makes of its messages: each series' closed klines one after another, none left out. */
class NaiveTwin {
  readonly #last: Map<string, number> = new Map();
  readonly #channels: Set<string> = new Set();
  /** Channels that must begin with a snapshot. */
  readonly #isNew: Set<string> = new Set();

  take({ type, channel, klines, kline, channels, recovered }: Message): void {
    if (type === "ack") for (const name of channels) this.#join(name);
    if (type === "left") this.#leave(channels[0] as string);
    if (type === "snapshot") this.#snapshot(channel, klines, recovered);
    if (type === "kline") this.#kline(channel, kline);
  }

  get last(): ReadonlyMap<string, number> {
    return this.#last;
  }

  hears(channel: string): boolean {
    return this.#channels.has(channel) || this.#channels.has(channel.replace(/:.*:/, ":*:"));
  }

  #join(name: string): void {
    if (name.includes("*")) {
      for (const one of this.#isNew) if (one.replace(/:.*:/, ":*:") === name) this.#isNew.delete(one);
    } else if (!this.hears(name)) this.#isNew.add(name);
    this.#channels.add(name);
  }

  #leave(name: string): void {
    this.#channels.delete(name);
    this.#isNew.delete(name);
    for (const channel of this.#last.keys()) if (!this.hears(channel)) this.#last.delete(channel);
  }

  #snapshot(channel: string, klines: readonly Kline[], recovered: boolean): void {
    expect(this.hears(channel)).toBe(true);
    this.#isNew.delete(channel);
    const minutes = klines.filter(({ closed }) => closed).map(minuteOf);
    for (const [index, minute] of minutes.entries())
      if (index > 0) expect(minute).toBe((minutes[index - 1] as number) + 1);
    const [first, newest, last] = [minutes[0], minutes.at(-1), this.#last.get(channel)];
    if (last !== undefined && newest !== undefined) expect(newest).toBeGreaterThanOrEqual(last);
    if (last !== undefined && first !== undefined && recovered) expect(first).toBeLessThanOrEqual(last + 1);
    if (newest !== undefined) this.#last.set(channel, newest);
  }

  #kline(channel: string, kline: Kline): void {
    expect([this.hears(channel), this.#isNew.has(channel)]).toEqual([true, false]);
    const last = this.#last.get(channel);
    const minute = minuteOf(kline);
    if (last !== undefined) expect(minute).toBe(last + 1);
    if (kline.closed) this.#last.set(channel, minute);
  }
}

const CHANNELS = ["kline", "closed"].flatMap((kind) => ["*", ...SYMBOLS].map((symbol) => `${kind}:${symbol}:1m`));
const channel = fc.constantFrom(...CHANNELS);
const step = fc.oneof(
  fc.record({
    do: fc.constant("ask" as const),
    names: fc.uniqueArray(channel, { minLength: 1, maxLength: 4 }),
    since: fc.option(fc.constantFrom(0, 100, 148, 1_000), { nil: undefined }),
  }),
  fc.record({ do: fc.constant("leave" as const), name: channel }),
  fc.record({ do: fc.constant("stream" as const), symbol: fc.constantFrom(...SYMBOLS), closed: fc.boolean() }),
  fc.record({ do: fc.constant("read" as const), most: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ do: fc.constant("turn" as const) }),
  fc.record({ do: fc.constant("check" as const) }),
  fc.record({ do: fc.constant("tick" as const) }),
);

test.each(STREAM_FORMATS)(
  "%s: whatever a client asks for, leaves and reads, each series comes without a gap and in order",
  async (format) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
        const market = new Market();
        const client = new Client(market, undefined, format);
        for (const one of steps) {
          if (one.do === "ask") {
            const { since } = one;
            client.ask(
              one.names,
              since === undefined ? {} : Object.fromEntries(one.names.map((name) => [name, at(since)])),
            );
          } else if (one.do === "leave") client.leave(one.name);
          else if (one.do === "stream" && (market.closed.get(one.symbol) ?? 0) < MINUTES.length)
            market.stream(one.symbol, one.closed);
          else if (one.do === "read") client.read(one.most);
          else if (one.do === "check") market.hub.check();
          else if (one.do === "tick") market.hub.flushPacked();
          else await turn();
        }
        market.hub.flushPacked();
        await settle(client);
        market.hub.check();
        const twin = new NaiveTwin();
        for (const message of client.heard) twin.take(message);
        for (const [name, last] of twin.last) expect([name, last]).toEqual([name, market.lastOf(name)]);
        for (const name of client.data.channels.keys()) expect(twin.hears(name)).toBe(true);
        expect([client.code, market.hub.outboxes.size, market.waiting.total]).toEqual([undefined, 0, 0]);
        market.stop();
      }),
      { numRuns: 300 },
    );
  },
);
