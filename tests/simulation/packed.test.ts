import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createClient, packed } from "../../src/client/mod.ts";
import { emptyKline, type Interval, type Kline, parseSymbol, type UnixMs } from "../../src/core/mod.ts";
import { createInProcessExchange, type InProcessExchange, parseFaults } from "../../src/exchange/mod.ts";
import { type KlineMessage, PackedReader, STREAM_FORMATS, type StreamFormat } from "../../src/wire/mod.ts";
import { ManualClock, SettableClock } from "../helpers/clock.ts";
import { CuttableProxy } from "../helpers/cuttable-proxy.ts";
import { type ServedMarket, serveMarket } from "../helpers/served-market.ts";
import { sized } from "../helpers/size.ts";
import { until } from "../helpers/until.ts";
import { Life } from "./life.ts";
import { ResumingClient } from "./resuming-client.ts";

const START = Date.UTC(2026, 1, 10, 12) as UnixMs;
const SEED = 5;
const MINUTE = 60_000;
const MINUTES = sized(36, 60);
const STEP_MS = 1_000;
/** The connections of the SDK are cut at these minutes. */
const CUTS: readonly number[] = sized([7, 19, 28], [7, 19, 33, 48]);
/** How long they stay away, in market milliseconds: two closes come meanwhile. */
const AWAY_MS = 130_000;
const FAULTS =
  "all,halt@10m,list=4/h,delist=2/h,http-429=4/h,http-418=1/h,stall=4/h,disconnect=8/h,restate=0.02,dead-air=1/h";

/** What is subscribed to, on a socket each. */
const CHANNELS: readonly (readonly string[])[] = [
  ["kline:*:1m"],
  ["closed:*:1m", "close:1m"],
  ["kline:*:5m", "closed:*:5m", "close:5m", "tickers"],
  ["kline:BTCUSDT:1m", "closed:BTCUSDT:1m", "kline:ETHUSDT:5m", "ticker:BTCUSDT"],
];

type Message = { readonly type: string } & Partial<KlineMessage>;

/** A bare socket, and all that it was sent but for `hello` and `ids`. */
class Bare {
  readonly messages: Message[] = [];
  readonly #packed: PackedReader = new PackedReader();
  readonly #socket: WebSocket;
  bytes = 0;
  frames = 0;

  constructor(url: string, format: StreamFormat, channels: readonly string[]) {
    this.#socket = new WebSocket(`${url.replace("http", "ws")}/ws?format=${format}`);
    this.#socket.binaryType = "arraybuffer";
    this.#socket.onopen = () => this.#socket.send(JSON.stringify({ op: "subscribe", channels }));
    this.#socket.onmessage = ({ data }) => this.#take(data);
  }

  get klines(): KlineMessage[] {
    return this.messages.filter((message): message is KlineMessage => message.type === "kline");
  }

  #take(data: string | ArrayBuffer): void {
    if (typeof data !== "string") {
      const read = this.#packed.read(new Uint8Array(data));
      if ("fault" in read) throw new Error(read.fault);
      this.messages.push(...read.messages);
      this.frames += 1;
      this.bytes += data.byteLength;
      return;
    }
    const message = JSON.parse(data);
    if (message.type === "ids") this.#packed.learn(message);
    else if (message.type !== "hello") this.messages.push(message);
    if (message.type === "kline") this.bytes += Buffer.byteLength(data);
  }
}

/** A subscriber of the SDK: the closed klines of each series, in the order in which they came. */
class Follower {
  readonly closed: Map<string, Kline[]> = new Map();
  readonly trouble: object[] = [];
  readonly #stream: ReturnType<ReturnType<typeof createClient>["subscribe"]>;
  connects = 0;

  constructor(url: string, format: StreamFormat, channel: string, since: number) {
    const client = createClient({
      url,
      format: format === "packed" ? packed : undefined,
      silenceMs: 60_000,
      backOff: { firstMs: 5, longestMs: 50 },
    });
    this.#stream = client.subscribe([channel], { since: { [channel]: since }, gapPatienceMs: 600_000 });
    void this.#follow();
  }

  close(): void {
    this.#stream.close();
  }

  async #follow(): Promise<void> {
    for await (const message of this.#stream) {
      if (message.type === "connected") this.connects += 1;
      else if (message.type === "gap" || message.type === "refused") this.trouble.push(message);
      else if (message.type === "kline" && message.kline.closed && message.restated === undefined) {
        const klines = this.closed.get(message.channel) ?? [];
        this.closed.set(message.channel, klines);
        klines.push(message.kline as Kline);
      }
    }
  }
}

describe("packed and JSON over market minutes with faults", () => {
  const clock = new ManualClock(START);
  const faults: Record<string, number> = {};
  const bare = new Map<StreamFormat, Bare[]>();
  const followers = new Map<StreamFormat, Follower[]>();
  let exchange: InProcessExchange;
  let life: Life;
  let market: ServedMarket;
  let proxy: CuttableProxy;
  let since: number;

  const pass = async (spanMs: number): Promise<void> => {
    for (let at = 0; at < spanMs; at += STEP_MS) {
      await clock.turn(STEP_MS);
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  };
  const all = (): Follower[] => [...followers.values()].flat();
  const quiet = (): Promise<void> =>
    until(() => {
      const [json, packed] = STREAM_FORMATS.map((format) =>
        (bare.get(format) as Bare[]).map((one) => one.messages.length),
      );
      return String(json) === String(packed);
    });

  beforeAll(async () => {
    exchange = createInProcessExchange({
      clock,
      seed: SEED,
      symbols: ["BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT", "ADAUSDT", "BNBUSDT"],
      start: START,
      restLatencyMs: (random) => 20 + random() * 180,
      streamLatencyMs: (random) => 5 + random() * 45,
      faults: parseFaults(FAULTS),
      onFault: ({ kind }) => {
        faults[kind] = (faults[kind] ?? 0) + 1;
      },
    });
    const simulation = { seed: SEED, hours: 1, symbols: 6, intervals: ["1m", "5m"], capacity: 300 } as const;
    const say = (): void => {};
    const world = { simulation, market: "binance", seed: SEED, clock, exchange, say } as const;
    const local = new SettableClock(clock);
    life = new Life(
      { ...world, local, client: new ResumingClient(), bannedUntil: undefined, checkpoint: undefined },
      0,
    );
    market = serveMarket({ store: life.store });
    proxy = await CuttableProxy.start(market.server.url);
    while (life.store.series(parseSymbol("XRPUSDT"), "5m")?.select({ limit: 100 }).complete !== true)
      await pass(STEP_MS);
    since = (Math.floor(clock.now() / (5 * MINUTE)) * 5 - 5) * MINUTE;
    for (const format of STREAM_FORMATS) {
      bare.set(
        format,
        CHANNELS.map((channels) => new Bare(market.server.url, format, channels)),
      );
      followers.set(
        format,
        ["closed:*:1m", "closed:*:5m", "kline:ETHUSDT:1m"].map(
          (channel) => new Follower(proxy.url, format, channel, since),
        ),
      );
    }
    await until(() => all().every(({ connects }) => connects === 1));
    await until(() => [...bare.values()].flat().every(({ messages }) => messages.length > 0));
    // From then on everything is published.
    await until(() => market.server.hub.outboxes.size === 0);
    for (let minute = 0; minute < MINUTES; minute += 1) {
      if (CUTS.includes(minute)) {
        const connects = all().map((one) => one.connects);
        proxy.refuse(true);
        proxy.drop();
        await pass(AWAY_MS);
        proxy.refuse(false);
        await until(() => all().every((one, index) => one.connects > (connects[index] as number)));
      }
      await pass(MINUTE);
      await quiet();
    }
    // What is in doubt is asked for, until nothing is.
    exchange.calm();
    await pass(40 * MINUTE);
    await quiet();
    const newest = newestClosed("BTCUSDT", "1m");
    await until(() => all().every((one) => lasts(one).some((openTime) => openTime >= newest - 10 * MINUTE)));
    const counts = (format: StreamFormat): string =>
      String((followers.get(format) as Follower[]).map(({ closed }) => [...closed].map(([, klines]) => klines.length)));
    await until(() => counts("packed").length === counts("json").length);
  }, 240_000);

  afterAll(async () => {
    for (const one of all()) one.close();
    await proxy?.stop();
    await market?.server.stop();
    await life?.end();
    await exchange?.stop();
  });

  function lasts({ closed }: Follower): number[] {
    return [...closed.values()].map((klines) => klines.at(-1)?.openTime ?? 0);
  }

  function newestClosed(symbol: string, interval: Interval): number {
    return held(symbol, interval).at(-1)?.openTime ?? 0;
  }

  /** The closed klines that the server holds, after `since`. */
  function held(symbol: string, interval: Interval): Kline[] {
    const ring = life.store.series(parseSymbol(symbol), interval)?.ring;
    return Array.from(
      { length: ring?.length ?? 0 },
      (_, position) => ring?.read(position, emptyKline()) as Kline,
    ).filter(({ openTime, closed }) => closed && openTime >= since);
  }

  test.each([...CHANNELS.entries()])(
    "socket %d, %p: every message of the one is that of the other",
    (index, channels) => {
      const [json, packed] = STREAM_FORMATS.map((format) => bare.get(format)?.[index] as Bare) as [Bare, Bare];
      const byChannel = ({ messages }: Bare): Record<string, Message[] | undefined> =>
        Object.groupBy(messages, ({ type, channel }) => channel ?? type);
      expect(byChannel(packed)).toEqual(byChannel(json));
      expect(json.klines.length).toBeGreaterThan(channels[0] === "closed:*:1m" ? 5 * MINUTES : 1.6 * MINUTES);
      expect([json.frames, packed.frames > 0]).toEqual([0, true]);
      expect(packed.bytes / json.bytes).toBeLessThan(0.25);
    },
  );

  test("every closed kline was told once, and as restated only after that", () => {
    for (const format of STREAM_FORMATS) {
      for (const { klines } of bare.get(format) as Bare[]) {
        const told = new Set<string>();
        for (const { channel, kline, restated } of klines) {
          if (!kline.closed || restated === true) continue;
          const name = `${channel} ${kline.openTime}`;
          expect([name, told.has(name)]).toEqual([name, false]);
          told.add(name);
        }
      }
    }
  });

  test("every subscriber of the SDK got each closed kline once and in order, the packed ones as the others", () => {
    const [json, packed] = STREAM_FORMATS.map((format) => followers.get(format) as Follower[]) as [
      Follower[],
      Follower[],
    ];
    for (const [index, one] of packed.entries()) {
      const other = json[index] as Follower;
      expect([...one.closed.keys()].toSorted()).toEqual([...other.closed.keys()].toSorted());
      for (const [channel, klines] of one.closed) {
        const openTimes = klines.map(({ openTime }) => openTime);
        expect([channel, openTimes]).toEqual([channel, [...new Set(openTimes)].toSorted((a, b) => a - b)]);
        const theirs = other.closed.get(channel)?.map(({ openTime }) => openTime);
        expect([channel, openTimes]).toEqual([channel, theirs as UnixMs[]]);
        const [, symbol = "", interval] = channel.split(":");
        const missing = held(symbol, interval as Interval).filter(
          ({ openTime }) => openTime > (openTimes[0] as number) && !openTimes.includes(openTime),
        );
        expect([channel, missing]).toEqual([channel, []]);
      }
      expect(one.trouble).toEqual(other.trouble);
      expect(one.connects).toBeGreaterThan(CUTS.length);
    }
  });

  test("and much went wrong meanwhile", () => {
    for (const kind of ["disconnect", "stall", "drop", "halt", "list", "delist", "restate", "garbage"]) {
      expect([kind, (faults[kind] ?? 0) > 0]).toEqual([kind, true]);
    }
    expect(life.watcher.violations).toEqual([]);
  });
});
