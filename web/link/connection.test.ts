import { describe, expect, test } from "bun:test";
import { backOffMs } from "./back-off.ts";
import { Connection, type Socket } from "./connection.ts";
import { type ConnectionState, connectionText } from "./connection-state.ts";
import { goodbyeOf } from "./goodbye.ts";
import { ManualTimers } from "./manual-timers.ts";

const HELLO = { type: "hello", protocol: 1, serverTime: 0, version: "1", source: "simulated" };

describe("a connection", () => {
  test("is up once the server said hello, and then asks for each channel on its own", () => {
    const { connection, sockets, states } = start();
    connection.subscribe("tickers");
    connection.subscribe("kline:BTCUSDT:1m", () => 60_000);
    connection.connect();
    expect(states.at(-1)?.kind).toBe("connecting");
    sockets[0]?.says(HELLO);
    expect(states.at(-1)?.kind).toBe("connected");
    expect(sockets[0]?.heard).toEqual([
      { id: 1, op: "subscribe", channels: ["tickers"] },
      { id: 2, op: "subscribe", channels: ["kline:BTCUSDT:1m"], since: { "kline:BTCUSDT:1m": 60_000 } },
    ]);
  });

  test("comes back with its channels and with what it has by then", () => {
    const { connection, sockets, timers } = start();
    let last = 60_000;
    connection.connect();
    sockets[0]?.says(HELLO);
    connection.subscribe("kline:BTCUSDT:1m", () => last);
    last = 180_000;
    sockets[0]?.closes(4001);
    timers.turn(500);
    sockets[1]?.says(HELLO);
    expect(sockets[1]?.heard).toEqual([
      { id: 2, op: "subscribe", channels: ["kline:BTCUSDT:1m"], since: { "kline:BTCUSDT:1m": 180_000 } },
    ]);
  });

  test("tries for ever, ever more slowly", () => {
    const { connection, sockets, timers } = start();
    connection.connect();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 40; attempt += 1) {
      sockets.at(-1)?.closes(1006);
      const before = timers.now();
      timers.turnToNext();
      waits.push(timers.now() - before);
    }
    expect(sockets).toHaveLength(41);
    expect(waits.slice(0, 7)).toEqual([375, 750, 1_500, 3_000, 6_000, 11_250, 11_250]);
  });

  test("begins the back-off anew only after it held for a while", () => {
    const { connection, sockets, timers, states } = start();
    connection.connect();
    for (let attempt = 0; attempt < 3; attempt += 1) {
      sockets.at(-1)?.says(HELLO);
      sockets.at(-1)?.closes(1006);
      timers.turnToNext();
    }
    sockets.at(-1)?.says(HELLO);
    timers.turn(5_000);
    sockets.at(-1)?.closes(1006);
    expect(untils(states)).toEqual([375, 375 + 750, 375 + 750 + 1_500, timers.now() + 375]);
  });

  test.each([4500, 4501, 4502])("doesn't come back after %i", (code) => {
    const { connection, sockets, timers, states } = start();
    connection.connect();
    sockets[0]?.says(HELLO);
    sockets[0]?.closes(code);
    timers.turn(3_600_000);
    expect(sockets).toHaveLength(1);
    expect(states.at(-1)).toEqual({ kind: "lost", reason: goodbyeOf(code, "").says });
  });

  test("doesn't talk to a server of another protocol", () => {
    const { connection, sockets, timers, states } = start();
    connection.connect();
    sockets[0]?.says({ ...HELLO, protocol: 2 });
    timers.turn(3_600_000);
    expect(states.at(-1)?.kind).toBe("lost");
    expect(sockets[0]?.isClosed).toBe(true);
    expect(sockets).toHaveLength(1);
  });

  test("is given up when no hello comes, and when the server goes silent and doesn't answer a ping", () => {
    const { connection, sockets, timers, states } = start();
    connection.connect();
    timers.turn(10_000);
    expect(states.at(-1)).toMatchObject({ kind: "waiting", reason: "the server doesn't answer" });
    timers.turnToNext();
    sockets[1]?.says(HELLO);
    timers.turn(8_000);
    expect(sockets[1]?.heard).toEqual([{ op: "ping" }]);
    sockets[1]?.says({ type: "pong" });
    timers.turn(8_000);
    expect(states.at(-1)?.kind).toBe("connected");
    timers.turn(8_000);
    expect(states.at(-1)).toMatchObject({ kind: "waiting", reason: "the server has gone silent" });
    expect(sockets[1]?.isClosed).toBe(true);
  });

  test("tells which channel was refused and doesn't ask for it again", () => {
    const { connection, sockets, timers, refused } = start();
    connection.connect();
    sockets[0]?.says(HELLO);
    connection.subscribe("kline:NOPE:1m");
    sockets[0]?.says({ type: "error", id: 1, code: "unknown_symbol", detail: "NOPE is not followed here" });
    expect(refused).toEqual([["kline:NOPE:1m", "NOPE is not followed here"]]);
    sockets[0]?.closes(1006);
    timers.turnToNext();
    sockets[1]?.says(HELLO);
    expect(sockets[1]?.heard).toEqual([]);
  });

  test("hears nothing more from a socket that it gave up", () => {
    const { connection, sockets, timers, messages } = start();
    connection.connect();
    timers.turn(10_000);
    sockets[0]?.says(HELLO);
    sockets[0]?.closes(4500);
    expect(messages).toEqual([]);
    timers.turnToNext();
    expect(sockets).toHaveLength(2);
  });
});

test("the back-off is half chance, and bounded", () => {
  expect([backOffMs(0, 0), backOffMs(0, 0.999), backOffMs(3, 0.5), backOffMs(1_000, 1)]).toEqual([
    250, 500, 3_000, 15_000,
  ]);
});

test("states in words count down and never to nothing", () => {
  const waiting: ConnectionState = { kind: "waiting", until: 5_000, reason: "" };
  expect([0, 3_001, 4_999, 6_000].map((now) => connectionText(waiting, now))).toEqual([
    "reconnecting in 5 s",
    "reconnecting in 2 s",
    "reconnecting in 1 s",
    "reconnecting in 1 s",
  ]);
});

class FakeSocket implements Socket {
  onmessage: Socket["onmessage"] = null;
  onclose: Socket["onclose"] = null;
  readonly heard: unknown[] = [];
  isClosed = false;

  send(text: string): void {
    this.heard.push(JSON.parse(text));
  }

  close(): void {
    this.isClosed = true;
  }

  says(message: object): void {
    this.onmessage?.call(this as unknown as WebSocket, { data: JSON.stringify(message) } as MessageEvent);
  }

  closes(code: number): void {
    this.onclose?.call(this as unknown as WebSocket, { code, reason: "" } as CloseEvent);
  }
}

function start() {
  const timers = new ManualTimers();
  const sockets: FakeSocket[] = [];
  const states: ConnectionState[] = [];
  const messages: unknown[] = [];
  const refused: string[][] = [];
  const connection = new Connection({
    open: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
    timers,
    luck: () => 0.5,
    onState: (state) => states.push(state),
    onMessage: (message) => messages.push(message),
    onRefused: (channel, detail) => refused.push([channel, detail]),
  });
  return { connection, timers, sockets, states, messages, refused };
}

function untils(states: readonly ConnectionState[]): number[] {
  return states.flatMap((state) => (state.kind === "waiting" ? [state.until] : []));
}
