import { beforeEach, describe, expect, test } from "bun:test";
import { ManualClock } from "../../../../tests/helpers/clock.ts";
import { seededRandom } from "../../../core/mod.ts";
import { BINANCE_STREAMS } from "../../binance/streams.ts";
import type { Session } from "./session.ts";
import { StreamPool } from "./stream-pool.ts";

const HOUR_MS = 3_600_000;

/** A socket whose other end is the test. */
class FakeSocket {
  readonly streams: readonly string[];
  readonly said: { method: string; params: string[] }[] = [];
  isClosed = false;
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  onerror: ((event: Event) => void) | null = null;

  constructor(url: string) {
    this.streams = decodeURIComponent(new URL(url).searchParams.get("streams") ?? "").split("/");
  }

  send(text: string): void {
    this.said.push(JSON.parse(text));
  }

  close(): void {
    this.isClosed = true;
  }

  /** The exchange says something on these streams. */
  tell(...streams: string[]): void {
    for (const stream of streams) this.onmessage?.({ data: stream });
  }
}

let clock: ManualClock;
let sockets: FakeSocket[];
let sessions: Session[];
let lost: string[][];
let lively: Set<string>;
let isAllSilent: boolean;
let pool: StreamPool;
let stopping: AbortController;

beforeEach(() => {
  clock = new ManualClock();
  sockets = [];
  sessions = [];
  lost = [];
  lively = new Set();
  isAllSilent = false;
  stopping = new AbortController();
  pool = new StreamPool({
    protocol: BINANCE_STREAMS,
    wsUrl: "ws://exchange/",
    clock,
    stopwatch: clock.stopwatch,
    random: seededRandom(1),
    handlers: {
      up: (session) => void sessions.push(session),
      text: (session: Session, stream: string) => {
        lively.add(stream);
        pool.heard(session, stream);
      },
      down: (_session, _reason, streams) => void lost.push([...streams]),
      isLively: (stream) => lively.has(stream),
      isAllSilent: () => isAllSilent,
      note: () => {},
    },
    open: (url) => {
      const socket = new FakeSocket(url);
      sockets.push(socket);
      return socket as unknown as WebSocket;
    },
  });
  void pool.run(stopping.signal);
});

/** The socket that was opened `index`-th, opened now. */
async function opened(index: number): Promise<FakeSocket> {
  await clock.turn(1_000);
  const socket = sockets[index];
  if (socket === undefined) throw new Error(`only ${sockets.length} sockets were opened`);
  socket.onopen?.();
  return socket;
}

/** Time passes while the sockets keep speaking. */
async function pass(spanMs: number, ...speaking: FakeSocket[]): Promise<void> {
  for (let at = 0; at < spanMs; at += 5_000) {
    for (const socket of speaking) if (!socket.isClosed) socket.tell(...socket.streams);
    await clock.turn(Math.min(5_000, spanMs - at));
  }
}

describe("connections that come and go", () => {
  test("400 streams a connection, and all are carried only when all are up", async () => {
    pool.want(Array.from({ length: 500 }, (_, index) => `s${index}@kline_1m`));
    await opened(0);
    expect(pool.carriesAll).toBe(false);
    await opened(1);
    expect(pool.carriesAll).toBe(true);
    expect(sockets.map(({ streams }) => streams.length)).toEqual([400, 100]);
  });

  test("a lost one is opened again with its streams, later each time that it brings nothing", async () => {
    pool.want(["a@kline_1m", "币安人生usdt@kline_1m"]);
    const first = await opened(0);
    first.tell("a@kline_1m");
    first.onclose?.({ code: 1006, reason: "" });
    expect(lost).toEqual([["a@kline_1m", "币安人生usdt@kline_1m"]]);
    await clock.turn(1_000);
    expect(sockets[1]?.streams).toEqual(["a@kline_1m", "币安人生usdt@kline_1m"]);
    for (let attempt = 1; attempt <= 6; attempt += 1) {
      sockets.at(-1)?.onerror?.(new Event("error"));
      await clock.turn(500 * 2 ** attempt);
    }
    expect(sockets.length).toBe(8);
    sockets.at(-1)?.onerror?.(new Event("error"));
    await clock.turn(10_000);
    expect(sockets.length).toBe(8);
  });

  test("one that says nothing for 10 s is replaced, unless it carries only what is quiet", async () => {
    pool.want(["a@kline_1m"]);
    const quiet = await opened(0);
    await clock.turn(60_000);
    expect(quiet.isClosed).toBe(false);
    quiet.tell("a@kline_1m");
    await clock.turn(11_000);
    expect(quiet.isClosed).toBe(true);
    expect(lost).toEqual([["a@kline_1m"]]);
    expect(pool.counts.silentConnections).toBe(1);
  });

  test("attempts are bounded: 200 in 5 minutes", async () => {
    pool.want(["a@kline_1m"]);
    for (let second = 0; second < 280; second += 1) {
      sockets.at(-1)?.onopen?.();
      sockets.at(-1)?.tell("a@kline_1m");
      sockets.at(-1)?.onclose?.({ code: 1006, reason: "" });
      await clock.turn(1_000);
    }
    expect(sockets.length).toBe(200);
  });
});

describe("make before break", () => {
  test("the old connection stays until the new one has brought every lively stream", async () => {
    pool.want(["a@kline_1m", "b@kline_1m", "quiet@kline_1m"]);
    const old = await opened(0);
    old.tell("a@kline_1m", "b@kline_1m");
    pool.replace(live()[0] as Session);
    const fresh = await opened(1);
    fresh.tell("a@kline_1m");
    expect(old.isClosed).toBe(false);
    fresh.tell("b@kline_1m");
    expect(old.isClosed).toBe(true);
    expect(lost).toEqual([[]]);
    expect(pool.carriesAll).toBe(true);
  });

  test("when the old one dies first, what the new one has heard isn't lost", async () => {
    pool.want(["a@kline_1m", "b@kline_1m"]);
    const old = await opened(0);
    old.tell("a@kline_1m", "b@kline_1m");
    pool.replace(live()[0] as Session);
    const fresh = await opened(1);
    fresh.tell("a@kline_1m");
    old.onclose?.({ code: 1006, reason: "" });
    expect(lost).toEqual([["b@kline_1m"]]);
    await clock.turn(5_000);
    expect(sockets.length).toBe(2);
    expect(pool.carriesAll).toBe(true);
  });

  test("a new one that brings nothing is given up, and the old one keeps its streams", async () => {
    pool.want(["a@kline_1m"]);
    const old = await opened(0);
    old.tell("a@kline_1m");
    pool.replace(live()[0] as Session);
    const fresh = await opened(1);
    // It says something, but nothing of what it was opened for: an acknowledgement proves nothing.
    for (let second = 0; second < 80; second += 5) {
      fresh.onmessage?.({ data: "nothing@that_counts" });
      lively.delete("nothing@that_counts");
      await pass(5_000, old);
    }
    expect(old.isClosed).toBe(false);
    expect(lost.flat()).toEqual([]);
    expect(pool.carriesAll).toBe(true);
  });

  test("a new one that is told to go before it has proven itself is replaced in turn", async () => {
    pool.want(["a@kline_1m"]);
    const old = await opened(0);
    old.tell("a@kline_1m");
    pool.replace(live()[0] as Session);
    const second = await opened(1);
    pool.replace(live()[1] as Session);
    const third = await opened(2);
    second.tell("a@kline_1m");
    expect([old.isClosed, second.isClosed, third.isClosed]).toEqual([true, false, false]);
    third.tell("a@kline_1m");
    expect([second.isClosed, third.isClosed]).toEqual([true, false]);
    expect(lost.flat()).toEqual([]);
  });

  test("one that the exchange shuts down is replaced as soon as a connection may be opened", async () => {
    pool.want(["a@kline_1m"]);
    await spendAttempts();
    const leaving = sockets.at(-1) as FakeSocket;
    pool.replace(live()[0] as Session);
    expect(sockets.length).toBe(200);
    await pass(105_000, leaving);
    expect(sockets.length).toBe(201);
    sockets.at(-1)?.onopen?.();
    sockets.at(-1)?.tell("a@kline_1m");
    expect(leaving.isClosed).toBe(true);
    expect(lost.at(-1)).toEqual([]);
  });

  test("connections rotate before the exchange's 24 h, and twice told is once done", async () => {
    pool.want(["a@kline_1m"]);
    const old = await opened(0);
    await pass(22.4 * HOUR_MS, old);
    expect(sockets.length).toBe(1);
    for (let waited = 0; sockets.length === 1 && waited < 1.2 * HOUR_MS; waited += 5_000) await pass(5_000, old);
    const fresh = await opened(1);
    fresh.tell("a@kline_1m");
    expect(old.isClosed).toBe(true);
    expect(lost.flat()).toEqual([]);
    const [session] = live();
    const before = sockets.length;
    pool.replace(session as Session);
    pool.replace(session as Session);
    expect(sockets.length).toBe(before + 1);
  });
});

describe("silent streams", () => {
  test("are subscribed again, then moved to a connection of their own; the old one lets them go", async () => {
    pool.want(["a@kline_1m", "b@kline_1m"]);
    const old = await opened(0);
    old.tell("b@kline_1m");
    pool.wake(["a@kline_1m"]);
    await clock.turn(2_000);
    expect(old.said.map(({ method, params }) => [method, ...params])).toEqual([
      ["UNSUBSCRIBE", "a@kline_1m"],
      ["SUBSCRIBE", "a@kline_1m"],
    ]);
    lively.delete("a@kline_1m");
    pool.wake(["a@kline_1m"]);
    const fresh = await opened(1);
    expect(fresh.streams).toEqual(["a@kline_1m"]);
    fresh.tell("a@kline_1m");
    expect(old.isClosed).toBe(false);
    await clock.turn(2_000);
    expect(old.said.at(-1)).toMatchObject({ method: "UNSUBSCRIBE", params: ["a@kline_1m"] });
    expect(pool.counts).toMatchObject({ resubscribed: 1, moved: 1 });
    // It spoke: should it fall silent again, that begins anew.
    pool.wake(["a@kline_1m"]);
    await clock.turn(2_000);
    expect(sockets.length).toBe(2);
  });

  test("many that are silent move to as many connections as they need, and count when they do", async () => {
    const streams = Array.from({ length: 500 }, (_, index) => `s${index}@kline_1m`);
    pool.want(streams);
    const [first, second] = [await opened(0), await opened(1)];
    first.tell(...first.streams);
    second.tell(...second.streams);
    pool.wake(streams);
    pool.wake(streams);
    expect(sockets.slice(2).map((socket) => socket.streams.length)).toEqual([400, 100]);
    expect(pool.counts.moved).toBe(500);
  });

  test("a stream for which no connection may be opened is moved as soon as one may", async () => {
    pool.want(["a@kline_1m", "b@kline_1m"]);
    await spendAttempts();
    const carrying = sockets.at(-1) as FakeSocket;
    pool.wake(["a@kline_1m"]);
    for (let seconds = 199; seconds < 299; seconds += 1) {
      carrying.tell("b@kline_1m");
      pool.wake(["a@kline_1m"]);
      await clock.turn(1_000);
    }
    expect([sockets.length, pool.counts.moved]).toEqual([200, 0]);
    await clock.turn(1_000);
    pool.wake(["a@kline_1m"]);
    expect([sockets.length, pool.counts.moved]).toEqual([201, 1]);
  });

  test("small connections are folded back into the next rotation", async () => {
    pool.want(["a@kline_1m", "b@kline_1m"]);
    const old = await opened(0);
    old.tell("a@kline_1m", "b@kline_1m");
    pool.wake(["a@kline_1m"]);
    pool.wake(["a@kline_1m"]);
    const small = await opened(1);
    small.tell("a@kline_1m");
    pool.replace(live().find(({ streams }) => streams.has("b@kline_1m")) as Session);
    const whole = await opened(2);
    expect([...whole.streams].sort()).toEqual(["a@kline_1m", "b@kline_1m"]);
    whole.tell("a@kline_1m", "b@kline_1m");
    expect([old.isClosed, small.isClosed]).toEqual([true, true]);
  });

  test("what isn't wanted any more ends with its connection", async () => {
    pool.want(["a@kline_1m"]);
    const socket = await opened(0);
    pool.forget(["a@kline_1m"]);
    expect(socket.isClosed).toBe(true);
    for (let time = 0; time < 2; time += 1) pool.wake(["a@kline_1m"]);
    await clock.turn(60_000);
    expect(sockets.length).toBe(1);
  });
});

/** Connections come and go until no other may be opened; the last one is up. */
async function spendAttempts(): Promise<void> {
  for (;;) {
    const socket = sockets.at(-1);
    socket?.onopen?.();
    socket?.tell(...socket.streams);
    if (sockets.length === 200) return;
    socket?.onclose?.({ code: 1006, reason: "" });
    await clock.turn(1_000);
  }
}

/** The connections that came up and haven't ended, oldest first. */
function live(): Session[] {
  return sessions.filter((session) => !session.hasEnded);
}

describe("while nothing comes over any connection", () => {
  test("a small connection stays open, and another is opened beside it, whose first data takes over", async () => {
    pool.want(["a@kline_1m", "b@kline_1m"]);
    const first = await opened(0);
    isAllSilent = true;
    await clock.turn(12_000);
    const second = await opened(1);
    expect([first.isClosed, live().length]).toEqual([false, 2]);
    // Nothing comes over the second one either: it goes, the first one stays, and a third is tried after a pause.
    await clock.turn(12_000);
    expect([first.isClosed, second.isClosed]).toEqual([false, true]);
    const third = await opened(2);
    isAllSilent = false;
    third.tell("a@kline_1m", "b@kline_1m");
    await clock.turn(1_000);
    expect([first.isClosed, third.isClosed]).toEqual([true, false]);
  });

  test("the old connection is heard at once when it speaks again", async () => {
    pool.want(["a@kline_1m"]);
    const first = await opened(0);
    isAllSilent = true;
    await clock.turn(60_000);
    expect(first.isClosed).toBe(false);
    isAllSilent = false;
    first.tell("a@kline_1m");
    expect(lively.has("a@kline_1m")).toBe(true);
  });

  test("attempts become rarer: no storm of connections", async () => {
    pool.want(["a@kline_1m"]);
    const up = new Set([await opened(0)]);
    isAllSilent = true;
    for (let second = 0; second < 600; second += 1) {
      await clock.turn(1_000);
      for (const socket of sockets.filter((one) => !one.isClosed && !up.has(one))) {
        up.add(socket);
        socket.onopen?.();
      }
    }
    expect(sockets.length).toBeLessThan(40);
    expect(sockets.filter(({ isClosed }) => !isClosed).length).toBeLessThanOrEqual(2);
  });
});
