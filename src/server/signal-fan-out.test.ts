import { describe, expect, test } from "bun:test";
import { socketData } from "../../tests/helpers/hub-market.ts";
import { parseSymbol, type UnixMs } from "../core/mod.ts";
import type { Scope, Signal } from "../wire/mod.ts";
import { LOOP_SLICE_MS, LoopTurns } from "./loop-turns.ts";
import { MAX_WAITING_SIGNALS, MAX_WAITING_SIGNALS_PER_OWNER, SignalFanOut } from "./signal-fan-out.ts";
import type { Socket } from "./socket.ts";
import { TokenBucket } from "./token-bucket.ts";

const RATE = { amount: 1_000, perMs: 60_000 };

/** A fan-out whose sockets note what they are sent; each message takes a tenth of a millisecond. */
class Sent {
  now = 0;
  readonly turns: LoopTurns = new LoopTurns(() => this.now);
  readonly fanOut: SignalFanOut;
  readonly ids: Map<Socket, number[]> = new Map();
  readonly closed: Socket[] = [];
  messages = 0;

  constructor() {
    this.fanOut = new SignalFanOut({
      turns: this.turns,
      send: (socket, text) => {
        this.now += 0.1;
        this.messages += 1;
        this.ids.get(socket)?.push((JSON.parse(text) as { signal: Signal }).signal.id);
      },
      mayHave: ({ data }) => data.caller.scopes.has("trade"),
      closeSlow: (socket) => this.closed.push(socket),
      onError: (_id, cause) => {
        throw cause;
      },
    });
  }

  listen(owner: string, scopes: readonly Scope[] = ["trade"], bucket: TokenBucket = new TokenBucket(RATE)): Socket {
    const socket = socketOf(owner, scopes, bucket);
    socket.data.channels.set("signals", { kind: "signals" });
    this.ids.set(socket, []);
    this.fanOut.begin(socket);
    return socket;
  }

  async all(): Promise<void> {
    while (this.fanOut.waiting > 0) await slice();
  }
}

function slice(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function socketOf(owner: string, scopes: readonly Scope[], bucket: TokenBucket): Socket {
  const caller = { name: owner, title: "", owner, scopes: new Set(scopes), bucket, origins: [], sockets: 0 };
  const data = socketData({ ...caller, credential: { kind: "none" }, isValid: () => true }, 0);
  const nothing = (): number => 0;
  return {
    ...{ data, send: nothing, ping: nothing, close: nothing, terminate: nothing, getBufferedAmount: nothing },
    ...{ readyState: 1, subscribe: () => true, unsubscribe: () => true },
  };
}

function signalOf(id: number, facts: Signal["facts"] = {}): Signal {
  return {
    ...{ id, traderId: "t", traderVersion: 1, symbol: parseSymbol("BTCUSDT"), interval: "1m", price: 1, facts },
    ...{ closeTime: 0 as UnixMs, createdAt: 0 as UnixMs },
  };
}

describe("signals go out", () => {
  test("in slices, between which everything else gets its turn, whatever the number of signals and sockets", async () => {
    const sent = new Sent();
    const bucket = new TokenBucket(RATE);
    for (let one = 0; one < 100; one += 1) sent.listen("a", ["trade"], bucket);
    for (let id = 1; id <= 50; id += 1) sent.fanOut.add(signalOf(id), "a");
    expect(sent.messages).toBe(0);
    let most = 0;
    while (sent.fanOut.waiting > 0) {
      const before = sent.now;
      await slice();
      most = Math.max(most, sent.now - before);
    }
    expect([sent.messages, most <= 2 * LOOP_SLICE_MS + 0.5]).toEqual([5_000, true]);
    const expected = Array.from({ length: 50 }, (_, index) => index + 1);
    for (const ids of sent.ids.values()) expect(ids).toEqual(expected);
  });

  test("in turn with another caller's, who waits for a job and not for all of them", async () => {
    const sent = new Sent();
    for (let one = 0; one < 30; one += 1) sent.listen("busy", ["trade"], new TokenBucket(RATE));
    const other = sent.listen("other");
    for (let id = 1; id <= 1_000; id += 1) sent.fanOut.add(signalOf(id), "busy");
    sent.fanOut.add(signalOf(7), "other");
    while (sent.ids.get(other)?.length === 0) await slice();
    expect(sent.messages).toBeLessThan(100);
  });

  test("encoded once for all who listen, and not at all where nobody does", async () => {
    const sent = new Sent();
    for (const owner of ["a", "a", "b"]) sent.listen(owner);
    sent.listen("operator", ["trade", "admin"]);
    let encoded = 0;
    const facts = {
      toJSON: () => {
        encoded += 1;
        return {};
      },
    };
    for (const owner of ["a", "b", "nobody", "a"]) sent.fanOut.add(signalOf(1, facts), owner);
    await sent.all();
    expect([encoded, sent.messages]).toEqual([4, 2 + 1 + 2 + 4]);
    const alone = new Sent();
    alone.fanOut.add(signalOf(1, facts), "nobody");
    expect([alone.fanOut.waiting, encoded]).toEqual([0, 4]);
  });

  test("to their owner and to service keys; to nobody who has unsubscribed, or whose key has lost the scope meanwhile", async () => {
    const sent = new Sent();
    const [a, b, operator] = [sent.listen("a"), sent.listen("b"), sent.listen("operator", ["trade", "admin"])];
    const [gone, powerless] = [sent.listen("a"), sent.listen("a", ["stream"])];
    sent.fanOut.add(signalOf(1), "a");
    sent.fanOut.add(signalOf(2), "b");
    gone.data.channels.delete("signals");
    sent.fanOut.end(gone);
    await sent.all();
    expect([a, b, operator, gone, powerless].map((socket) => sent.ids.get(socket))).toEqual([[1], [2], [1, 2], [], []]);
  });
});

describe("too many that wait", () => {
  test("of one owner: that owner's sockets are closed, and nobody else's", async () => {
    const sent = new Sent();
    const [one, two, other] = [sent.listen("a"), sent.listen("a"), sent.listen("b")];
    sent.fanOut.add(signalOf(1), "b");
    for (let id = 0; id <= MAX_WAITING_SIGNALS_PER_OWNER; id += 1) sent.fanOut.add(signalOf(id), "a");
    expect(sent.closed).toEqual([one, two]);
    expect(sent.fanOut.waiting).toBe(1);
    await sent.all();
    expect(sent.ids.get(other)).toEqual([1]);
  });

  test("of all owners: the sockets of the owner with most of them are closed", async () => {
    const sent = new Sent();
    const owners = Math.ceil(MAX_WAITING_SIGNALS / MAX_WAITING_SIGNALS_PER_OWNER) + 1;
    const sockets = Array.from({ length: owners }, (_, owner) => sent.listen(`owner ${owner}`));
    for (const [owner] of sockets.entries()) {
      const count = owner === 1 ? MAX_WAITING_SIGNALS_PER_OWNER : MAX_WAITING_SIGNALS_PER_OWNER - 500;
      for (let id = 0; id < count; id += 1) sent.fanOut.add(signalOf(id), `owner ${owner}`);
    }
    expect(sent.closed).toEqual([sockets[1] as Socket]);
    expect(sent.fanOut.waiting).toBeLessThanOrEqual(MAX_WAITING_SIGNALS);
  });
});
