import { afterEach, describe, expect, test } from "bun:test";
import { headers } from "@nats-io/transport-node";
import { hasNats, natsAccess, type RunningNats, startNats } from "../../../tests/helpers/nats.ts";
import { until } from "../../../tests/helpers/until.ts";
import { systemClock } from "../../client/mod.ts";
import { NatsLine } from "./line.ts";
import { type NatsAccess, NatsLink } from "./link.ts";
import { createMissing } from "./streams.ts";

const STREAM = "vyx-kline-binance";
const PLAN = { markets: ["binance"], capacity: 500 } as const;
const log = { info: () => {}, warn: () => {} };

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const frame = (symbol: string, close: number): string =>
  `{"type":"kline","channel":"kline:${symbol}:1m","kline":{"openTime":0,"close":${close}}}`;

/** A line, and a socket of it that has the channel of BTCUSDT and the tickers. `own`: where the node's data comes from. */
async function start(own: string | null = null): Promise<{
  nats: RunningNats;
  access: NatsAccess;
  line: NatsLine;
  heard: string[];
  finals: string[];
}> {
  const nats = await startNats();
  stops.push(nats.stop);
  const access = await natsAccess([nats]);
  stops.push(() => access.connection.close());
  await createMissing(access.manager, PLAN);
  const ending = new AbortController();
  const link = new NatsLink({ address: { servers: [nats.url] }, name: "test", clock: systemClock, log });
  const [heard, finals]: [string[], string[]] = [[], []];
  const parts = { link, market: "binance" as const, clock: systemClock, stopwatch: () => performance.now(), log };
  const line = new NatsLine({ ...parts, source: () => own, final: (text) => finals.push(text) });
  const running = [link.run(ending.signal), line.run(ending.signal)];
  stops.push(async () => {
    ending.abort();
    await Promise.all(running);
  });
  const open = (): void => {
    const socket = line.openSocket();
    socket.onopen = () => {
      heard.push("open");
      socket.send(JSON.stringify({ op: "subscribe", channels: ["kline:BTCUSDT:1m", "tickers:binance"] }));
    };
    socket.onmessage = ({ data }) => heard.push(String(data));
    socket.onclose = ({ reason }) => {
      heard.push(`closed: ${reason}`);
      open();
    };
  };
  open();
  await until(() => line.tail.isThere && heard.length === 1);
  await Bun.sleep(100);
  return { nats, access, line, heard, finals };
}

const LOST = "closed: the connection to NATS was lost";

describe.skipIf(!hasNats)("a line", () => {
  test("hands over the frames of a socket's channels, and of two speakers that say the same one alone, until it is silent", async () => {
    const { access, line, heard } = await start();
    const say = (node: string, ...frames: string[]): void =>
      access.connection.publish(`vyx.live.binance.${node}`, frames.join("\n"));
    const tickers = '{"type":"tickers","market":"binance","tickers":[]}';
    say("one", frame("BTCUSDT", 1), frame("ETHUSDT", 1), tickers);
    say("two", frame("BTCUSDT", 1));
    say("one", frame("BTCUSDT", 2));
    await until(() => heard.length >= 4);
    expect(heard).toEqual(["open", frame("BTCUSDT", 1), tickers, frame("BTCUSDT", 2)]);
    expect(line.speaker).toBe("one");
    await Bun.sleep(600);
    say("two", frame("BTCUSDT", 3));
    await until(() => heard.length >= 5);
    expect([heard.at(-1), line.speaker]).toEqual([frame("BTCUSDT", 3), "two"]);
  });

  test("takes nothing that is labelled as another source's, or not at all", async () => {
    const { access, line, heard, finals } = await start("binance");
    const [subject, live] = ["vyx.kline.binance.BTCUSDT.1m", "vyx.live.binance.one"];
    for (const [close, source] of [
      [1, "simulated"],
      [2, undefined],
      [3, "binance"],
    ] as const) {
      const labels = headers();
      if (source !== undefined) labels.set("vyx-source", source);
      access.connection.publish(live, frame("BTCUSDT", close), { headers: labels });
      await access.streams.publish(subject, frame("BTCUSDT", close), { headers: labels, msgID: String(close) });
    }
    await until(() => finals.length >= 1 && heard.length >= 4);
    await Bun.sleep(200);
    expect(finals).toEqual([frame("BTCUSDT", 3)]);
    // As an open state, as it is published, and by sequence.
    expect(heard).toEqual(["open", frame("BTCUSDT", 3), frame("BTCUSDT", 3), frame("BTCUSDT", 3)]);
    expect(line.speaker).toBe("one");
  });

  test("has what the stream got during a cut, and goes on where it was; a stream that is another one is read from its start", async () => {
    const { nats, access, heard, finals } = await start();
    const publish = async (close: number, by = access): Promise<void> => {
      await by.streams.publish("vyx.kline.binance.BTCUSDT.1m", frame("BTCUSDT", close), { msgID: String(close) });
    };
    await publish(1);
    await until(() => finals.length === 1);
    // As it is published, and by sequence.
    expect(heard).toEqual(["open", frame("BTCUSDT", 1), frame("BTCUSDT", 1)]);
    await nats.kill();
    await until(() => heard.at(-1) === LOST);
    await nats.start();
    const again = await natsAccess([nats]);
    stops.push(() => again.connection.close());
    await publish(2, again);
    await until(() => finals.length === 2);
    expect(finals).toEqual([frame("BTCUSDT", 1), frame("BTCUSDT", 2)]);
    await again.manager.streams.delete(STREAM);
    await createMissing(again.manager, PLAN);
    await publish(3, again);
    await until(() => finals.length === 3);
    expect(finals.at(-1)).toBe(frame("BTCUSDT", 3));
    expect(heard.filter((text) => text === "open")).toHaveLength(2);
  });
});
