import { beforeAll, describe, expect, test } from "bun:test";
import { ManualClock } from "../../../tests/helpers/clock.ts";
import { minuteKlines } from "../../../tests/helpers/truth.ts";
import { InvalidInput, type Kline, type UnixMs } from "../../core/mod.ts";
import { PackedFrame } from "../../wire/mod.ts";
import {
  type BinaryFormat,
  type ClientOptions,
  createClient,
  packed,
  type StreamMessage,
  type SubscribeOptions,
} from "../mod.ts";

const START = Date.UTC(2026, 1, 10) as UnixMs;
const MINUTES = minuteKlines(START, 10, 7, () => false);
const at = (index: number): Kline => MINUTES[index] as Kline;

/** The server's end of a WebSocket. */
class FakeSocket {
  readonly url: string;
  readonly sent: { op: string; id?: number; channels?: string[]; since?: Record<string, number> }[] = [];
  isLeft = false;
  declare onmessage: ((event: { data: unknown }) => void) | null;
  declare binaryType: string | undefined;
  declare onclose: ((event: { code: number; reason: string }) => void) | null;

  constructor(url: string) {
    this.url = url;
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.isLeft = true;
  }

  says(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  /** A binary frame. */
  sends(bytes: Uint8Array): void {
    this.onmessage?.({ data: bytes.slice().buffer });
  }

  hello(epoch?: string): void {
    this.says({ type: "hello", protocol: 1, serverTime: START, version: "1", source: "simulated", epoch });
  }

  ends(code: number, reason = ""): void {
    this.onclose?.({ code, reason });
  }
}

/** A subscription that is being read, and the sockets that it opens. */
function reading(channels: string[], options: SubscribeOptions = {}, more: Partial<ClientOptions> = {}) {
  const clock = new ManualClock();
  const sockets: FakeSocket[] = [];
  class Opened extends FakeSocket {
    constructor(url: string) {
      super(url);
      sockets.push(this);
    }
  }
  const client = createClient({ url: "http://vyx.test/x", clock, random: () => 0.5, WebSocket: Opened, ...more });
  const subscription = client.subscribe(channels, options);
  const heard: StreamMessage[] = [];
  const end: { error?: unknown; isOver: boolean } = { isOver: false };
  void (async () => {
    try {
      for await (const message of subscription) heard.push(message);
    } catch (error) {
      end.error = error;
    }
    end.isOver = true;
  })();
  const socket = (): FakeSocket => sockets.at(-1) as FakeSocket;
  return { subscription, clock, sockets, socket, heard, end };
}

function closed(index: number): object {
  return { type: "kline", channel: "closed:A:1m", kline: at(index) };
}

describe("a subscription", () => {
  test("connects when it is read from, asks for its channels, and passes on what it hears", async () => {
    const { clock, socket, heard } = reading(["closed:a:1m", "tickers"], { since: { "closed:a:1m": START } });
    await clock.turn(0);
    expect(socket().url).toBe("ws://vyx.test/x/ws");
    socket().hello();
    expect(socket().sent).toEqual([
      { id: 1, op: "subscribe", channels: ["closed:A:1m", "tickers"], since: { "closed:A:1m": START } },
    ]);
    socket().says({ type: "snapshot", channel: "closed:A:1m", klines: MINUTES.slice(0, 3), recovered: true });
    socket().says({ type: "of a newer server" });
    socket().says({ type: "tickers", tickers: [] });
    await clock.turn(0);
    expect(heard).toEqual([
      { type: "connected", source: "simulated", version: "1" },
      { type: "kline", channel: "closed:A:1m", kline: at(1) },
      { type: "kline", channel: "closed:A:1m", kline: at(2) },
      { type: "tickers", tickers: [] },
    ]);
  });

  test("comes back after 4001, 4002, 4008 and cuts, each time later, and resumes where it was", async () => {
    const { clock, sockets, socket, heard } = reading(["closed:A:1m"]);
    await clock.turn(0);
    for (const [index, code] of [4001, 4002, 4008, 1006, 4321].entries()) {
      socket().hello();
      socket().says(closed(index));
      socket().ends(code);
      await clock.turn(0);
      expect(heard.at(-1)).toMatchObject({ type: "disconnected", retryInMs: 150 * 2 ** index });
      await clock.turn(150 * 2 ** index - 1);
      expect(sockets).toHaveLength(index + 1);
      await clock.turn(1);
      expect(sockets).toHaveLength(index + 2);
    }
    socket().hello();
    expect(socket().sent[0]).toMatchObject({ since: { "closed:A:1m": at(4).openTime } });
    expect(heard.filter(({ type }) => type === "kline")).toHaveLength(5);
  });

  test("calls a connection cut only if there was one", async () => {
    const { clock, socket, heard } = reading(["tickers"]);
    await clock.turn(0);
    socket().ends(1006);
    await clock.turn(150);
    expect(heard.at(-1)).toMatchObject({ type: "disconnected", reason: "no connection to the server (1006)" });
    socket().hello();
    socket().ends(1006);
    await clock.turn(0);
    expect(heard.at(-1)).toMatchObject({ type: "disconnected", reason: "the connection was cut (1006)" });
  });

  test("passes on a signal once, though the server after the last one tells it again", async () => {
    const { clock, socket, heard } = reading(["signals"]);
    const says = (id: number): void => {
      const facts = { interval: "1m", closeTime: START, price: 1, facts: {}, createdAt: START };
      socket().says({ type: "signal", signal: { id, traderId: "t", traderVersion: 1, symbol: "A", ...facts } });
    };
    await clock.turn(0);
    socket().hello();
    for (const id of [2, 1]) says(id);
    socket().ends(4002);
    await clock.turn(150);
    socket().hello();
    for (const id of [1, 2, 3]) says(id);
    await clock.turn(0);
    expect(heard.flatMap((message) => (message.type === "signal" ? message.signal.id : []))).toEqual([2, 1, 3]);
  });

  test("ends with an error on the codes that mean so, after what came before", async () => {
    for (const [code, word] of [
      [4500, "unauthorized"],
      [4501, "malformed"],
      [4502, "too_many_channels"],
      [4999, "closed"],
    ] as const) {
      const { clock, sockets, socket, heard, end } = reading(["closed:A:1m"]);
      await clock.turn(0);
      socket().hello();
      socket().says(closed(0));
      socket().ends(code, "says the server");
      await clock.turn(60_000);
      expect(heard.map(({ type }) => type)).toEqual(["connected", "kline"]);
      expect(end.error).toMatchObject({ name: "ClientError", code: word, retryable: false });
      expect(String(end.error)).toContain("says the server");
      expect([sockets.length, clock.sleepers]).toEqual([1, 0]);
    }
  });

  test("leaves no socket and no timer behind when the loop is left, or its signal aborted", async () => {
    for (const way of ["return", "abort"] as const) {
      const controller = new AbortController();
      const { subscription, clock, sockets, socket, end } = reading(["closed:A:1m"], { signal: controller.signal });
      await clock.turn(0);
      socket().hello();
      socket().says({ type: "kline", channel: "closed:A:1m", kline: at(0) });
      socket().says({ type: "kline", channel: "closed:A:1m", kline: at(2) });
      if (way === "return") void subscription.return();
      else controller.abort("enough");
      await clock.turn(60_000);
      expect(end).toEqual({ isOver: true });
      expect([sockets.length, sockets[0]?.isLeft, clock.sleepers]).toEqual([1, true, 0]);
    }
  });

  test("asks a silent server for a sign of life, and leaves it when none comes", async () => {
    const { clock, sockets, socket, heard } = reading(["tickers"]);
    await clock.turn(0);
    socket().hello();
    await clock.turn(5_000);
    expect(socket().sent.at(-1)).toEqual({ op: "ping" });
    socket().says({ type: "pong" });
    await clock.turn(9_999);
    expect(sockets).toHaveLength(1);
    await clock.turn(151 + 5_000);
    expect(heard).toContainEqual({ type: "disconnected", reason: "the server has gone silent", retryInMs: 150 });
    expect([sockets.length, sockets[0]?.isLeft]).toEqual([2, true]);
  });

  test("tells that a server is silent, and cuts the line only when patience has run out", async () => {
    const { clock, sockets, socket, heard } = reading(["tickers"], {}, { silenceMs: 900, silentPatienceMs: 4_000 });
    await clock.turn(0);
    socket().hello();
    await clock.turn(500);
    socket().says({ type: "pong" });
    await clock.turn(1_799);
    expect(heard.map(({ type }) => type)).toEqual(["connected"]);
    await clock.turn(1);
    expect(heard.map(({ type }) => type)).toEqual(["connected", "silent"]);
    await clock.turn(3_000);
    socket().says({ type: "pong" });
    await clock.turn(1_799);
    expect(heard.map(({ type }) => type)).toEqual(["connected", "silent", "heard"]);
    await clock.turn(1);
    expect(heard.map(({ type }) => type)).toEqual(["connected", "silent", "heard", "silent"]);
    await clock.turn(3_999);
    expect(sockets[0]?.isLeft).toBe(false);
    await clock.turn(1);
    expect(heard.map(({ type }) => type)).toEqual(["connected", "silent", "heard", "silent", "disconnected"]);
    expect(sockets[0]?.isLeft).toBe(true);
  });

  test("fetches a new ticket for each connection when it has a key, and ends when the key isn't taken", async () => {
    let tickets = 0;
    const answers: Response[] = [];
    const fetch = async (): Promise<Response> => {
      tickets += 1;
      return answers.shift() ?? Response.json({ ticket: `t ${tickets}`, expiresAt: START });
    };
    const { clock, sockets, socket, end } = reading(["tickers"], {}, { apiKey: "secret", fetch });
    await clock.turn(0);
    expect(socket().url).toBe("ws://vyx.test/x/ws?ticket=t+1");
    socket().hello();
    answers.push(new Response("", { status: 503 }));
    socket().ends(1006);
    await clock.turn(150 + 300);
    expect([sockets.length, tickets, socket().url]).toEqual([2, 3, "ws://vyx.test/x/ws?ticket=t+3"]);
    answers.push(new Response("", { status: 401 }));
    socket().ends(1006);
    await clock.turn(5_000);
    expect([sockets.length, tickets]).toEqual([2, 4]);
    expect(end.error).toMatchObject({ name: "ClientError", status: 401 });
  });

  test("fetches one more ticket when a server refuses the first, and ends when the second is refused, too", async () => {
    let tickets = 0;
    const fetch = async (): Promise<Response> => {
      tickets += 1;
      return Response.json({ ticket: `t${tickets}`, expiresAt: START });
    };
    const { clock, sockets, socket, end } = reading(["tickers"], {}, { apiKey: "secret", fetch });
    await clock.turn(0);
    socket().ends(4500, "this ticket has expired");
    await clock.turn(150);
    expect([sockets.length, socket().url]).toEqual([2, "ws://vyx.test/x/ws?ticket=t2"]);
    // A hello proves that tickets work: the next refusal is a first one again.
    socket().hello();
    socket().ends(1006);
    await clock.turn(300);
    socket().ends(4500, "this ticket has expired");
    await clock.turn(600);
    expect([sockets.length, tickets, end.isOver]).toEqual([4, 4, false]);
    socket().ends(4500, "this ticket has expired");
    await clock.turn(60_000);
    expect([sockets.length, tickets]).toEqual([4, 4]);
    expect(end.error).toMatchObject({ code: "unauthorized" });
  });

  test("ends at the first refusal without a key: no ticket was involved", async () => {
    const { clock, sockets, socket, end } = reading(["tickers"]);
    await clock.turn(0);
    socket().ends(4500, "this needs a key");
    await clock.turn(60_000);
    expect(sockets).toHaveLength(1);
    expect(end.error).toMatchObject({ code: "unauthorized" });
  });

  test("refuses what can't be meant", () => {
    const client = createClient({ url: "http://vyx.test" });
    expect(() => client.subscribe(["klines:A:1m"])).toThrow(InvalidInput);
    expect(() => client.subscribe([])).toThrow("no channel to subscribe to");
    expect(() => client.subscribe(["tickers"], { since: { "closed:A:1m": START } })).toThrow("not among the channels");
  });
});

describe("gaps", () => {
  test("are asked for, and told only when the server doesn't come up with what is missing", async () => {
    const { clock, socket, heard } = reading(["closed:A:1m"], { since: { "closed:A:1m": START } });
    await clock.turn(0);
    socket().hello();
    socket().says(closed(3));
    await clock.turn(500);
    expect(socket().sent.at(-1)).toMatchObject({ op: "subscribe", since: { "closed:A:1m": START } });
    socket().says({ type: "snapshot", channel: "closed:A:1m", klines: MINUTES.slice(0, 4), recovered: true });
    await clock.turn(1_000);
    expect(heard.slice(1)).toEqual([1, 2, 3].map((index) => closed(index) as StreamMessage));
    const asked = socket().sent.length;
    socket().says(closed(6));
    for (let waited = 0; waited < 9_500; waited += 500) {
      await clock.turn(500);
      socket().says({ type: "snapshot", channel: "closed:A:1m", klines: [at(3)], recovered: false });
    }
    await clock.turn(499);
    expect(heard).toHaveLength(4);
    expect(socket().sent.length).toBeGreaterThan(asked + 15);
    await clock.turn(501);
    expect(heard.slice(4)).toEqual([
      { type: "gap", channel: "closed:A:1m", from: at(4).openTime, to: at(5).openTime },
      closed(6) as StreamMessage,
    ]);
  });

  test("aren't asked for again while the answer is awaited: each request has its price", async () => {
    const { clock, socket } = reading(["closed:A:1m"], { since: { "closed:A:1m": START } });
    await clock.turn(0);
    socket().hello();
    socket().says(closed(3));
    const asked = (): number => socket().sent.filter(({ op }) => op === "subscribe").length;
    await clock.turn(500);
    expect(asked()).toBe(2);
    await clock.turn(4_999);
    expect(asked()).toBe(2);
    await clock.turn(1);
    expect(asked()).toBe(3);
  });

  test("wait for their time while the server says that they can't be paid for, however long that is", async () => {
    const { clock, socket, heard } = reading(["closed:A:1m", "closed:B:1m"], { since: { "closed:A:1m": START } });
    await clock.turn(0);
    socket().hello();
    socket().says({ type: "ack", id: 1, channels: ["closed:A:1m", "closed:B:1m"] });
    socket().says(closed(3));
    await clock.turn(500);
    const dear = { type: "error", id: 2, code: "rate_limited", detail: "try again in 60 s", retryAfterSeconds: 60 };
    socket().says(dear);
    for (let waited = 0; waited < 60_000; waited += 5_000) {
      await clock.turn(5_000);
      socket().says({ type: "pong" });
      if (waited < 55_000) expect(socket().sent.filter(({ op }) => op === "subscribe")).toHaveLength(2);
    }
    await clock.turn(500);
    expect(socket().sent.findLast(({ op }) => op === "subscribe")).toMatchObject({
      id: 3,
      channels: ["closed:A:1m"],
      since: { "closed:A:1m": START },
    });
    socket().says({ type: "snapshot", channel: "closed:A:1m", klines: MINUTES.slice(0, 4), recovered: true });
    await clock.turn(0);
    expect(heard.slice(1)).toEqual([1, 2, 3].map((index) => closed(index) as StreamMessage));
  });

  test("of a series in a * channel are asked for on its own, and let go of afterwards", async () => {
    const { clock, socket, heard } = reading(["closed:*:1m"]);
    await clock.turn(0);
    socket().hello();
    for (const index of [0, 2]) socket().says(closed(index));
    await clock.turn(500);
    expect(socket().sent.at(-1)).toMatchObject({ channels: ["closed:A:1m"], since: { "closed:A:1m": START } });
    socket().says({ type: "snapshot", channel: "closed:A:1m", klines: MINUTES.slice(0, 3), recovered: true });
    expect(socket().sent.at(-1)).toEqual({ op: "unsubscribe", channels: ["closed:A:1m"] });
    await clock.turn(0);
    expect(heard.slice(1)).toEqual([0, 1, 2].map((index) => closed(index) as StreamMessage));
  });

  test("a * channel resumes from the symbol that is furthest behind among those that trade", async () => {
    const { clock, socket } = reading(["closed:*:1m"]);
    await clock.turn(0);
    socket().hello();
    const of = (symbol: string, index: number): object => ({ ...closed(index), channel: `closed:${symbol}:1m` });
    const long = minuteKlines(START, 40, 7, () => false);
    for (const [symbol, indices] of [
      ["A", [28, 29, 30]],
      ["B", [28, 29]],
      ["HALTED", [1]],
    ] as const) {
      for (const index of indices) {
        socket().says({ ...of(symbol, 0), kline: long[index] });
      }
    }
    socket().ends(1006);
    await clock.turn(150);
    socket().hello();
    expect(socket().sent).toEqual([
      { id: 2, op: "subscribe", channels: ["closed:*:1m"], since: { "closed:*:1m": long[29]?.openTime as number } },
    ]);
  });

  test("of channels that can't be resumed are told after each return", async () => {
    const { clock, socket, heard } = reading(["close:1m", "tickers"]);
    await clock.turn(0);
    socket().hello();
    await clock.turn(0);
    expect(heard).toHaveLength(1);
    socket().ends(1006);
    await clock.turn(150);
    socket().hello();
    await clock.turn(0);
    expect(heard.slice(2)).toEqual([
      { type: "connected", source: "simulated", version: "1" },
      { type: "gap", channel: "close:1m" },
    ]);
  });
});

describe("a channel that the server doesn't have", () => {
  const lastAsked = ({ sent }: FakeSocket): number =>
    Number(sent.findLast(({ channels }) => String(channels) === "closed:A:1m")?.id);
  const refusal = (id: number): object => ({ type: "error", id, code: "unknown_symbol", detail: "A is not followed" });

  test("is asked for again for a while, since servers learn their symbols after they start; then it is told", async () => {
    const { clock, socket, heard, end } = reading(["closed:A:1m", "tickers"]);
    await clock.turn(0);
    socket().hello();
    socket().says(refusal(1));
    expect(
      socket()
        .sent.slice(1)
        .map(({ channels }) => channels),
    ).toEqual([["closed:A:1m"], ["tickers"]]);
    socket().says({ type: "ack", id: 3, channels: ["tickers"] });
    for (let asked = 0; heard.length < 2 && asked < 20; asked += 1) {
      socket().says(refusal(lastAsked(socket())));
      await clock.turn(500);
    }
    expect(heard[1]).toEqual({
      type: "refused",
      channel: "closed:A:1m",
      code: "unknown_symbol",
      detail: "A is not followed",
    });
    expect(end.isOver).toBe(false);
    const asked = socket().sent.length;
    await clock.turn(4_000);
    expect(socket().sent.filter(({ op }) => op === "subscribe").length).toBeLessThanOrEqual(asked);
  });

  test("ends the subscription if it was the only one, with the server's code", async () => {
    const { clock, socket, end } = reading(["closed:A:1m"]);
    await clock.turn(0);
    socket().hello();
    socket().says({ type: "error", id: 1, code: "unknown_interval", detail: "expected one of 5m" });
    await clock.turn(0);
    expect(end.error).toMatchObject({ code: "unknown_interval", message: "closed:A:1m: expected one of 5m" });
  });

  test("is found among many, which are asked for in few requests", async () => {
    const names = Array.from({ length: 900 }, (_, index) => `closed:S${index}:1m`);
    const { clock, socket, heard, end } = reading(names);
    await clock.turn(0);
    socket().hello();
    expect(socket().sent.map(({ channels }) => channels?.length)).toEqual([500, 400]);
    const subscribed = new Set<string>();
    for (let at = 0; at < socket().sent.length; at += 1) {
      const { id, channels = [] } = socket().sent[at] as { id: number; channels: string[] };
      if (channels.includes("closed:S123:1m")) {
        socket().says({ type: "error", id, code: "unknown_interval", detail: "not served" });
      } else {
        for (const channel of channels) subscribed.add(channel);
        socket().says({ type: "ack", id, channels });
      }
    }
    await clock.turn(0);
    expect([subscribed.size, socket().sent.length < 25, end.isOver]).toEqual([899, true, false]);
    expect(heard.slice(1)).toMatchObject([{ type: "refused", channel: "closed:S123:1m", code: "unknown_interval" }]);
  });

  test("isn't taken for refused when the request was one too many: it is asked for later", async () => {
    const { clock, socket, heard } = reading(["closed:A:1m"]);
    await clock.turn(0);
    socket().hello();
    socket().says({ type: "error", id: null, code: "rate_limited", detail: "too many messages" });
    await clock.turn(499);
    expect(socket().sent).toHaveLength(1);
    await clock.turn(1);
    expect(socket().sent[1]).toMatchObject({ id: 2, channels: ["closed:A:1m"] });
    expect(heard).toHaveLength(1);
  });

  test("that can't be paid for yet is asked for again when the server said so, and the others aren't held up", async () => {
    const channels = Array.from({ length: 600 }, (_, index) => `closed:S${index}:1m`);
    const { clock, socket, heard, end } = reading(channels);
    await clock.turn(0);
    socket().hello();
    expect(socket().sent.map(({ id, channels = [] }) => [id, channels.length])).toEqual([
      [1, 500],
      [2, 100],
    ]);
    const detail = "600 requests are used up (this one counts as 50): try again in 30 s";
    socket().says({ type: "error", id: 1, code: "rate_limited", detail, retryAfterSeconds: 30 });
    socket().says({ type: "ack", id: 2, channels: channels.slice(500) });
    for (let waited = 0; waited < 29_500; waited += 500) {
      await clock.turn(500);
      socket().says({ type: "pong" });
    }
    expect(socket().sent).toHaveLength(2);
    await clock.turn(500);
    expect(
      socket()
        .sent.slice(2)
        .map(({ channels = [] }) => channels),
    ).toEqual([channels.slice(0, 500)]);
    expect([heard.length, end.isOver]).toEqual([1, false]);
  });

  test("that the server takes away is told, and asked for again and again", async () => {
    const { clock, socket, heard, end } = reading(["signals", "tickers"]);
    await clock.turn(0);
    socket().hello();
    socket().says({ type: "ack", id: 1, channels: ["signals", "tickers"] });
    const detail = "signals: this needs a key with the scope trade";
    socket().says({ type: "error", id: null, code: "forbidden", detail });
    for (let asked = 0; asked < 25; asked += 1) {
      await clock.turn(500);
      const { id = 0, channels } = socket().sent.at(-1) ?? {};
      if (id > 1) expect(channels).toEqual(["signals"]);
      socket().says(id > 1 ? { type: "error", id, code: "forbidden", detail } : { type: "pong" });
    }
    expect(heard.slice(1)).toEqual([{ type: "refused", channel: "signals", code: "forbidden", detail }]);
    expect(end.isOver).toBe(false);
  });

  test("isn't given up when the server had it before", async () => {
    const { clock, socket, heard, end } = reading(["closed:A:1m"]);
    await clock.turn(0);
    socket().hello();
    socket().says({ type: "ack", id: 1, channels: ["closed:A:1m"] });
    socket().ends(4001);
    await clock.turn(150);
    socket().hello();
    for (let asked = 0; asked < 60; asked += 1) {
      socket().says(refusal(lastAsked(socket())));
      await clock.turn(500);
    }
    expect(heard.filter(({ type }) => type === "refused")).toHaveLength(1);
    expect(end.isOver).toBe(false);
    expect(socket().sent.filter(({ op }) => op === "subscribe").length).toBeGreaterThan(25);
  });
});

test("a reader that doesn't read is cut off at its bound, and resumed once it has caught up", async () => {
  const clock = new ManualClock();
  const sockets: FakeSocket[] = [];
  class Opened extends FakeSocket {
    constructor(url: string) {
      super(url);
      sockets.push(this);
    }
  }
  const client = createClient({ url: "http://vyx.test", clock, WebSocket: Opened });
  const subscription = client.subscribe(["closed:A:1m"], { maxWaiting: 4, since: { "closed:A:1m": START - 60_000 } });
  const first = subscription.next();
  await clock.turn(0);
  sockets[0]?.hello();
  for (let index = 0; index < 6; index += 1) sockets[0]?.says(closed(index));
  expect(sockets[0]?.isLeft).toBe(true);
  await clock.turn(60_000);
  expect(sockets).toHaveLength(1);
  const heard = [(await first).value];
  while (sockets.length === 1) heard.push((await subscription.next()).value);
  await clock.turn(0);
  sockets[1]?.hello();
  expect(sockets[1]?.sent[0]).toMatchObject({ since: { "closed:A:1m": at(3).openTime } });
  sockets[1]?.says({ type: "snapshot", channel: "closed:A:1m", klines: MINUTES.slice(3, 5), recovered: true });
  sockets[1]?.ends(4501);
  await expect(
    (async () => {
      for await (const message of subscription) heard.push(message);
    })(),
  ).rejects.toMatchObject({ code: "malformed" });
  expect(heard.filter((message) => message?.type === "kline").map((message) => message.kline)).toEqual(
    MINUTES.slice(0, 5),
  );
  expect(heard).toContainEqual({
    type: "disconnected",
    reason: "more than 4 messages wait to be read",
    retryInMs: undefined,
  });
});

describe("on a new epoch", () => {
  const kinds = (heard: readonly StreamMessage[]): string[] => heard.map(({ type }) => type);

  test("a subscription begins anew, and says so; on the same one it resumes", async () => {
    const { clock, socket, heard } = reading(["closed:A:1m"], { since: { "closed:A:1m": at(0).openTime } });
    await clock.turn(0);
    socket().hello("one");
    socket().says(closed(1));
    socket().says(closed(3));
    for (const epoch of ["one", undefined]) {
      socket().ends(4001);
      await clock.turn(1_000);
      socket().hello(epoch);
      expect(socket().sent[0]).toMatchObject({ since: { "closed:A:1m": at(1).openTime } });
    }
    socket().ends(4001);
    await clock.turn(1_000);
    socket().hello("two");
    expect(socket().sent[0]).not.toHaveProperty("since");
    // An older time than before: of the other market it would be no news.
    socket().says({ type: "snapshot", channel: "closed:A:1m", klines: [at(0)], recovered: false });
    socket().says(closed(1));
    await clock.turn(20_000);
    const after = heard.slice(heard.findIndex(({ type }) => type === "epoch") - 1);
    expect(after.slice(0, 4)).toEqual([
      { type: "connected", source: "simulated", version: "1", epoch: "two" },
      { type: "epoch", epoch: "two", previous: "one" },
      { type: "snapshot", channel: "closed:A:1m", klines: [at(0)], recovered: false },
      { type: "kline", channel: "closed:A:1m", kline: at(1) },
    ]);
    expect(kinds(heard).filter((kind) => kind === "epoch")).toHaveLength(1);
    expect(kinds(after)).not.toContain("gap");
  });

  test("a `since` of another epoch isn't used", async () => {
    for (const [epoch, isUsed] of [
      ["one", true],
      ["two", false],
    ] as const) {
      const since = { "closed:A:1m": at(0).openTime };
      const { subscription, clock, socket, heard } = reading(["closed:A:1m"], { since, epoch });
      await clock.turn(0);
      socket().hello("one");
      await clock.turn(0);
      expect(socket().sent[0]?.since).toEqual(isUsed ? since : undefined);
      expect(kinds(heard)).toEqual(isUsed ? ["connected"] : ["connected", "epoch"]);
      subscription.close();
    }
  });

  test("a local series holds nothing of the market before, also what was asked of it", async () => {
    const clock = new ManualClock();
    const sockets: FakeSocket[] = [];
    class Opened extends FakeSocket {
      constructor(url: string) {
        super(url);
        sockets.push(this);
      }
    }
    const answers: ((klines: readonly Kline[]) => void)[] = [];
    const client = createClient({
      url: "http://vyx.test",
      clock,
      random: () => 0.5,
      WebSocket: Opened,
      fetch: () =>
        new Promise((resolve) => {
          const about = { symbol: "A", interval: "1m", complete: true, settled: true };
          answers.push((klines) => resolve(Response.json({ ...about, count: klines.length, klines })));
        }),
    });
    const series = client.klineSeries("A", "1m");
    const snapshot = (...klines: readonly Kline[]): object => {
      return { type: "snapshot", channel: "kline:A:1m", klines, recovered: true };
    };
    await clock.turn(0);
    sockets[0]?.hello("one");
    sockets[0]?.says(snapshot(at(0), at(1)));
    await clock.turn(0);
    expect([series.klines, series.epoch]).toEqual([[at(0), at(1)], "one"]);
    sockets[0]?.ends(4001);
    await clock.turn(500);
    sockets[1]?.hello("two");
    await clock.turn(0);
    expect([series.klines, series.state, series.epoch]).toEqual([[], "loading", "two"]);
    const other = { ...at(1), close: at(1).close + 1 };
    sockets[1]?.says(snapshot(other));
    // The answer to what was asked before the market was replaced.
    answers[0]?.([at(0), at(1)]);
    await clock.turn(0);
    expect([series.klines, series.complete]).toEqual([[other], false]);
    answers[1]?.([other]);
    await clock.turn(0);
    expect([series.klines, series.complete, series.state]).toEqual([[other], true, "live"]);
    series.close();
  });
});

describe("a subscription with format: packed", () => {
  // Loading a file takes real time, which the tests' clock doesn't turn.
  beforeAll(async () => {
    await packed.reader();
  });

  const frame = (...klines: readonly Kline[]): Uint8Array => {
    const built = new PackedFrame({ kind: "closed", interval: "1m", isClosed: true });
    for (const kline of klines) built.add(5, kline);
    return built.bytes();
  };

  test("asks for binary frames, and passes on the same messages as of JSON", async () => {
    const told = async (format: BinaryFormat | undefined): Promise<StreamMessage[]> => {
      const { clock, socket, heard } = reading(
        ["closed:A:1m"],
        { since: { "closed:A:1m": START } },
        { format, silenceMs: 60_000 },
      );
      await clock.turn(0);
      expect(socket().url).toBe(`ws://vyx.test/x/ws${format === undefined ? "" : "?format=packed"}`);
      expect(socket().binaryType).toBe("arraybuffer");
      socket().hello();
      socket().says({ type: "snapshot", channel: "closed:A:1m", klines: MINUTES.slice(0, 3), recovered: true });
      if (format === undefined) for (const index of [3, 4, 6]) socket().says(closed(index));
      else {
        socket().says({ type: "ids", symbols: { A: 5 } });
        socket().sends(frame(at(3), at(4)));
        socket().sends(frame(at(6)));
      }
      // What is missing in between is asked for again.
      await clock.turn(500);
      expect(socket().sent.at(-1)).toMatchObject({ since: { "closed:A:1m": at(4).openTime } });
      await clock.turn(11_000);
      return heard;
    };
    const messages = await told(packed);
    expect(messages.filter(({ type }) => type === "kline")).toHaveLength(5);
    expect(messages.filter(({ type }) => type === "gap")).toHaveLength(1);
    expect(messages).toEqual(await told(undefined));
  });

  test("says what was wrong with a frame, comes back, and takes no id of the connection before", async () => {
    const { clock, socket, heard } = reading(["closed:A:1m"], {}, { format: packed });
    await clock.turn(0);
    socket().hello();
    socket().says({ type: "ids", symbols: { A: 5 } });
    socket().sends(frame(at(0)).subarray(0, 20));
    await clock.turn(150);
    socket().hello();
    socket().sends(frame(at(0)));
    await clock.turn(300);
    socket().onmessage?.({ data: 5 });
    await clock.turn(0);
    expect(heard.flatMap((message) => (message.type === "disconnected" ? message.reason : []))).toEqual([
      "the server sent what isn't a message: a binary frame claims 1 klines in 7 bytes",
      "the server sent what isn't a message: a binary frame names symbol 5, which no message told",
      "the server sent what isn't a message: expected a text frame",
    ]);
    expect(heard.filter(({ type }) => type === "kline")).toEqual([]);
  });

  test("is cut off in the middle of a frame when too much waits, and loses nothing", async () => {
    const clock = new ManualClock();
    const sockets: FakeSocket[] = [];
    class Opened extends FakeSocket {
      constructor(url: string) {
        super(url);
        sockets.push(this);
      }
    }
    const client = createClient({ url: "http://vyx.test", clock, WebSocket: Opened, format: packed });
    const slow = client.subscribe(["closed:A:1m"], { maxWaiting: 4, since: { "closed:A:1m": START - 60_000 } });
    const first = slow.next();
    await clock.turn(0);
    sockets[0]?.hello();
    sockets[0]?.says({ type: "ids", symbols: { A: 5 } });
    sockets[0]?.sends(frame(...MINUTES.slice(0, 6)));
    expect(sockets[0]?.isLeft).toBe(true);
    const heard = [(await first).value];
    while (sockets.length === 1) {
      heard.push((await slow.next()).value);
      await clock.turn(0);
    }
    sockets[1]?.hello();
    expect(sockets[1]?.sent[0]).toMatchObject({ since: { "closed:A:1m": at(3).openTime } });
    slow.close();
  });
});
