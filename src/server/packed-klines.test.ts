import { describe, expect, test } from "bun:test";
import {
  Client,
  callerOf,
  Market,
  type Message,
  MINUTES,
  RATE,
  SYMBOLS,
  settle,
  turn,
} from "../../tests/helpers/hub-market.ts";
import { parseSymbol, type Symbol, seededRandom } from "../core/mod.ts";
import { MAX_PACKED_KLINES } from "../wire/mod.ts";
import { CHECK_EVERY_CHARACTERS } from "./market-messages.ts";

const [A, B] = SYMBOLS as [Symbol, Symbol];
const NEW = parseSymbol("NEWUSDT");

/** A packed client that also counts its frames. */
class Counting extends Client {
  readonly frames: (string | Uint8Array)[] = [];

  override send(frame: string | Bun.BufferSource): number {
    this.frames.push(frame instanceof Uint8Array ? frame : String(frame));
    return super.send(frame);
  }

  get binary(): Uint8Array[] {
    return this.frames.flatMap((frame) => (typeof frame === "string" ? [] : [frame]));
  }
}

function packed(market: Market): Counting {
  return new Counting(market, callerOf(RATE), "packed");
}

const klines = ({ heard }: Client): Message[] => heard.filter(({ type }) => type === "kline");
const bySeries = (client: Client): Record<string, Message[]> =>
  Object.groupBy(klines(client), ({ channel }) => channel) as Record<string, Message[]>;

describe("a packed socket that keeps up", () => {
  test("gets the states of a tick in one frame, closed klines in one of their own, and each series in order", async () => {
    const market = new Market();
    const client = packed(market);
    client.ask(["kline:*:1m"]);
    for (const symbol of SYMBOLS) market.stream(symbol, false);
    for (const symbol of SYMBOLS) {
      market.stream(symbol, true);
      market.stream(symbol, false);
    }
    expect(client.binary).toHaveLength(0);
    market.hub.flushPacked();
    expect(client.binary.map((bytes) => [(bytes[0] as number) & 0x0f, bytes[2]])).toEqual([
      [0, 3],
      [2, 3],
      [0, 3],
    ]);
    await settle(client);
    for (const told of Object.values(bySeries(client))) {
      expect(told.map(({ kline }) => kline.closed)).toEqual([false, true, false]);
    }
    market.stop();
  });

  test("gets exactly the messages of a JSON socket, whatever comes in a tick", async () => {
    const random = seededRandom(7);
    const market = new Market();
    const clients = [new Client(market), packed(market)] as const;
    for (const client of clients) client.ask(["kline:*:1m", "closed:AUSDT:1m", "close:1m"]);
    for (const client of clients) await settle(client);
    for (let step = 0; step < 500; step += 1) {
      const symbol = SYMBOLS[Math.floor(random() * SYMBOLS.length)] as Symbol;
      market.stream(symbol, random() < 0.4, step);
      if (random() < 0.1) market.hub.flushPacked();
      for (const client of clients) client.read(1_000);
    }
    market.hub.flushPacked();
    for (const client of clients) await settle(client);
    expect(klines(clients[1]).length).toBeGreaterThan(400);
    expect(bySeries(clients[1])).toEqual(bySeries(clients[0]));
    const closes = ({ heard }: Client): Message[] => heard.filter(({ type }) => type === "close");
    expect(closes(clients[1])).toEqual(closes(clients[0]));
    market.stop();
  });

  test("gets a close after the klines that closed, and nothing after it has left", async () => {
    const market = new Market();
    const client = packed(market);
    client.ask(["closed:*:1m", "close:1m"]);
    for (const symbol of SYMBOLS) market.stream(symbol, true);
    for (const symbol of SYMBOLS) market.stream(symbol, true);
    client.leave("closed:*:1m");
    market.hub.flushPacked();
    await settle(client);
    expect(client.heard.map(({ type }) => type)).toEqual([
      "ack",
      ...["kline", "kline", "kline", "close"],
      ...["kline", "kline", "kline", "close"],
      "left",
    ]);
    market.stop();
  });

  test("gets no state from before it came or after it left, and none twice when it stops and starts to keep up", async () => {
    const market = new Market();
    const [early, late] = [packed(market), packed(market)];
    early.ask(["kline:*:1m"]);
    market.stream(A, false, 1);
    late.ask(["kline:*:1m"]);
    market.stream(A, false, 2);
    early.leave("kline:*:1m");
    market.hub.flushPacked();
    for (const client of [early, late]) await settle(client);
    expect([klines(early).length, klines(late).length]).toEqual([2, 1]);
    expect(early.heard.at(-1)?.type).toBe("left");
    market.stream(B, true);
    late.ask(["closed:AUSDT:1m"]);
    market.stream(B, true);
    await settle(late);
    market.stream(B, true);
    await settle(late);
    market.hub.flushPacked();
    await settle(late);
    expect(bySeries(late)["kline:BUSDT:1m"]?.map(({ kline }) => kline.openTime)).toEqual(
      MINUTES.slice(150, 153).map(({ openTime }) => openTime),
    );
    market.stop();
  });

  test("gets what waits for the end of the tick before a snapshot that holds it", async () => {
    const market = new Market();
    const client = packed(market);
    client.ask(["closed:AUSDT:1m"]);
    await settle(client);
    client.ask(["closed:AUSDT:1m"], { "closed:AUSDT:1m": 0 });
    market.stream(A, true);
    await settle(client);
    market.hub.flushPacked();
    await settle(client);
    expect(client.heard.slice(2).map(({ type }) => type)).toEqual(["kline", "ack", "snapshot"]);
    market.stop();
  });

  test("is sent the same bytes as all others", () => {
    const market = new Market();
    const clients = [packed(market), packed(market)] as const;
    for (const client of clients) client.ask(["kline:*:1m"]);
    market.stream(A, false);
    market.hub.flushPacked();
    expect(clients[0].binary).toHaveLength(1);
    expect(clients[0].binary[0]).toBe(clients[1].binary[0] as Uint8Array);
    market.stop();
  });

  test("gets several frames where a tick has more klines than one holds", async () => {
    const market = new Market();
    const client = packed(market);
    client.ask(["kline:*:1m"]);
    for (let state = 1; state <= 2 * MAX_PACKED_KLINES + 1; state += 1) market.stream(A, false, state);
    market.hub.flushPacked();
    await settle(client);
    expect(klines(client)).toHaveLength(2 * MAX_PACKED_KLINES + 1);
    expect(client.binary).toHaveLength(3);
    market.stop();
  });

  test("gets the newest states only once its caller has been sent more than it may, and each closed kline", async () => {
    const market = new Market({ amount: 30, perMs: 3_000 });
    const client = packed(market);
    client.ask(["kline:*:1m"]);
    await settle(client);
    for (let state = 1; state <= 100; state += 1) {
      market.stream(A, state % 20 === 0, state);
      market.hub.flushPacked();
      market.hub.check();
      await turn();
      client.read(10);
    }
    expect([market.hub.outboxes.pacings, market.hub.outboxes.conflations > 0]).toEqual([1, true]);
    for (let waited = 0; waited < 60; waited += 1) {
      market.now += 1_000;
      market.hub.check();
      await settle(client);
    }
    expect(klines(client).filter(({ kline }) => kline.closed)).toHaveLength(5);
    expect([market.hub.outboxes.size, client.code]).toEqual([0, undefined]);
    market.stop();
  });

  test("is checked for slowness like any other", async () => {
    const market = new Market();
    const client = packed(market);
    client.ask(["kline:*:1m"]);
    let states = 0;
    while (market.hub.outboxes.size === 0) {
      market.stream(A, false, ++states);
      if (states % 500 === 0) market.hub.flushPacked();
    }
    const bytes = client.binary.reduce((sum, frame) => sum + frame.byteLength, 0);
    expect(bytes).toBeGreaterThanOrEqual(CHECK_EVERY_CHARACTERS);
    expect(bytes).toBeLessThan(CHECK_EVERY_CHARACTERS + 64 * 1024);
    await settle(client);
    market.stop();
  });
});

describe("a packed socket that becomes slow by what is published for its own move", () => {
  /** Publishes to a client almost as much as sockets are checked after; what waits for the end of the tick is more than the rest. */
  const fill = (market: Market, client: Counting): void => {
    const published = (): number => client.binary.reduce((sum, { byteLength }) => sum + byteLength, 0);
    let state = 0;
    for (; published() < CHECK_EVERY_CHARACTERS - 20_000; market.hub.flushPacked()) {
      for (let more = 0; more < 200; more += 1) market.stream(B, false, ++state);
    }
    for (let more = 0; more < MAX_PACKED_KLINES; more += 1) market.stream(B, false, ++state);
  };

  test.each<[string, string[], (slow: Counting) => void]>([
    ["begins a channel", ["kline:*:1m"], (slow) => slow.ask(["closed:AUSDT:1m"])],
    [
      "ends one that covered others",
      ["kline:*:1m", "closed:*:1m", "closed:AUSDT:1m"],
      (slow) => slow.leave("closed:*:1m"),
    ],
    ["is closed", ["kline:*:1m", "closed:*:1m", "closed:AUSDT:1m"], (slow) => slow.close(1000)],
  ])(
    "%s: no other socket of its caller loses a message by that, and nothing of it is kept once it is closed",
    async (_, channels, move) => {
      const market = new Market();
      const caller = callerOf(RATE);
      const [other, slow] = [new Counting(market, caller, "packed"), new Counting(market, caller, "packed")];
      other.ask(["closed:AUSDT:1m"]);
      await settle(other);
      slow.ask(channels);
      await settle(slow);
      fill(market, slow);
      expect(market.hub.outboxes.size).toBe(0);
      move(slow);
      market.hub.check();
      market.stream(A, true);
      market.hub.flushPacked();
      await settle(other);
      expect(klines(other)).toHaveLength(1);
      if (slow.code === undefined) slow.close();
      expect(market.hub.outboxes.size).toBe(0);
      market.stop();
    },
  );
});

describe("the ids of symbols are told before a frame names them", () => {
  const ids = ({ frames }: Counting): object[] =>
    frames.flatMap((frame) =>
      typeof frame === "string" && frame.includes('"ids"') ? [JSON.parse(frame).symbols] : [],
    );

  test("once: those of one symbol, or of all of a market, and of a symbol that is new later", async () => {
    const market = new Market();
    const [one, all, late] = [packed(market), packed(market), packed(market)];
    one.ask(["kline:BUSDT:1m"]);
    all.ask(["kline:*:1m"]);
    all.leave("kline:*:1m");
    all.ask(["kline:*:1m", "kline:AUSDT:1m"]);
    for (const client of [one, all]) await settle(client);
    market.list(NEW);
    for (const symbol of [...SYMBOLS, NEW]) market.stream(symbol, false);
    late.ask(["closed:*:1m"]);
    for (const symbol of [...SYMBOLS, NEW]) market.stream(symbol, true);
    market.hub.flushPacked();
    for (const client of [one, all, late]) await settle(client);
    expect(ids(one)).toEqual([{ BUSDT: 0 }]);
    expect(ids(all)).toEqual([{ AUSDT: 1, BUSDT: 0, CUSDT: 2 }, { NEWUSDT: 3 }]);
    expect(ids(late)).toEqual([{ AUSDT: 1, BUSDT: 0, CUSDT: 2, NEWUSDT: 3 }]);
    expect(klines(one)).toHaveLength(2);
    expect(klines(all)).toHaveLength(8);
    expect(klines(late)).toHaveLength(4);
    market.stop();
  });

  test("also to a client that reads too slowly to be published to", async () => {
    const market = new Market();
    const client = packed(market);
    client.ask(["kline:*:1m"]);
    await settle(client);
    for (let state = 0; market.hub.outboxes.size === 0; state += 1) {
      market.stream(A, false, state);
      market.hub.flushPacked();
      market.hub.check();
    }
    market.list(NEW);
    market.stream(NEW, false);
    market.stream(NEW, true);
    await settle(client);
    const told = klines(client).filter(({ channel }) => channel === "kline:NEWUSDT:1m");
    expect(told.map(({ kline }) => kline.closed)).toEqual([true]);
    market.stop();
  });
});

describe("a packed socket that reads slowly", () => {
  test("gets every closed kline, and the newest open states in one frame", async () => {
    const market = new Market();
    const client = packed(market);
    client.ask(["kline:*:1m"]);
    await settle(client);
    let state = 0;
    while (market.hub.outboxes.size === 0) {
      market.stream(A, false, ++state);
      market.hub.flushPacked();
      market.hub.check();
    }
    const sent = client.binary.length;
    for (let minute = 0; minute < 30; minute += 1) {
      for (const symbol of [A, B]) for (const closed of [false, true]) market.stream(symbol, closed, ++state);
    }
    for (const symbol of SYMBOLS) market.stream(symbol, false, ++state);
    await settle(client);
    await turn();
    const open = client.binary.slice(sent).filter((bytes) => ((bytes[0] as number) & 2) === 0);
    expect(open.map((bytes) => bytes[2])).toEqual([3]);
    for (const symbol of [A, B]) {
      const closed = bySeries(client)[`kline:${symbol}:1m`]?.filter(({ kline }) => kline.closed) ?? [];
      expect(closed).toHaveLength(30);
      expect(closed.map(({ kline }) => kline.openTime).toSorted()).toEqual(closed.map(({ kline }) => kline.openTime));
    }
    expect([market.hub.outboxes.size, client.code]).toEqual([0, undefined]);
    market.stop();
  });

  test("is closed with 4008 when more closed klines wait than may", async () => {
    const market = new Market();
    const client = packed(market);
    client.ask(["closed:*:1m"], { "closed:*:1m": 0 });
    await settle(client);
    client.isSwallowed = true;
    const { outbox } = client.data;
    expect(outbox).toBeUndefined();
    while (market.hub.outboxes.size === 0) {
      client.ask(["closed:AUSDT:1m"], { "closed:AUSDT:1m": 0 });
      await turn();
    }
    while (client.data.outbox?.fault === undefined) client.data.outbox?.keep(new Uint8Array(100_000));
    market.hub.check();
    expect([client.code, market.hub.outboxes.closes.backlog]).toEqual([4008, 1]);
    market.stop();
  });
});
