import { type ClientOptions, createClient, packed, type StreamMessage } from "../../../src/client/mod.ts";
import { addCandles, type Interval, openTimeOf, type UnixMs } from "../../../src/core/mod.ts";
import type { WireKline } from "../../../src/wire/mod.ts";

/** What to follow, and until when. */
export interface StreamingArgument {
  readonly url: string;
  readonly symbols: readonly string[];
  /** The open times of the first and the last minute that every subscriber must get. */
  readonly first: number;
  readonly last: number;
  readonly subscribers: number;
}

/** How long what is missing is waited for, in milliseconds: on a busy machine the usual ten seconds are too short. */
const GAP_PATIENCE_MS = 150_000;

/** A closed kline in short: open time, close, volume, trades. */
export type Row = readonly [number, number, number, number | null];

/** What a subscriber got. */
export interface Followed {
  readonly channels: readonly string[];
  readonly format: string;
  /** By channel of one series, in the order in which they came. */
  readonly rows: Readonly<Record<string, Row[]>>;
  readonly connects: number;
  /** Everything that isn't a kline or a ticker, and wasn't expected. */
  readonly trouble: readonly unknown[];
}

/** What the program came to. */
export interface Streamed {
  readonly followed: readonly Followed[];
  /** The closed klines of a local series at the end. */
  readonly series: readonly Row[];
}

/** Follows closed klines in several ways at once, until each has come to the end of the time that is asked about. */
export async function streaming(argument: StreamingArgument): Promise<Streamed> {
  const options: ClientOptions = {
    url: argument.url,
    WebSocket: globalThis.WebSocket ?? (await import("ws")).WebSocket,
    // Short, so that dead air is noticed soon, and long enough for a busy machine to answer within it.
    silenceMs: 3_000,
  };
  const client = createClient(options);
  const series = client.klineSeries(argument.symbols[0] as string, "1m", { limit: 200 });
  const followers = Array.from({ length: argument.subscribers }, (_, index) =>
    // Each way to ask in both formats.
    follow({ ...options, format: index % 2 === 0 ? undefined : packed }, argument, channelsOf(index, argument.symbols)),
  );
  const followed = await Promise.all(followers);
  await new Promise<void>((resolve, reject) => {
    const look = (): void => {
      if (series.state === "ended") reject(series.error ?? new Error("the series has ended"));
      const lastClosed = series.klines.findLast(({ closed }) => closed)?.openTime ?? 0;
      if (series.complete && lastClosed >= argument.last) resolve();
    };
    series.listen(look);
    look();
  });
  series.close();
  return { followed, series: series.klines.filter(({ closed }) => closed).map(rowOf) };
}

/** Different ways to ask for much the same. */
function channelsOf(index: number, symbols: readonly string[]): string[] {
  const symbol = symbols[index % symbols.length] as string;
  switch (index % 5) {
    case 0:
      return ["closed:*:1m"];
    case 1:
      return [`kline:${symbol}:1m`];
    case 2:
      return [`closed:${symbol}:1m`, `closed:${symbol}:5m`];
    case 3:
      return ["closed:*:5m", `closed:${symbol}:1m`, "tickers"];
    default:
      // Every open state of every symbol is much: one subscriber of this kind will do.
      return index === 4 ? ["kline:*:1m"] : [`kline:${symbol}:5m`, `ticker:${symbol}`, "close:1m"];
  }
}

async function follow(options: ClientOptions, argument: StreamingArgument, channels: string[]): Promise<Followed> {
  const { first, last } = argument;
  const wanted = new Map(channels.flatMap((channel) => seriesOf(channel, argument.symbols)));
  const rows: Record<string, Row[]> = {};
  const trouble: unknown[] = [];
  let connects = 0;
  let open = wanted.size;
  const since = Object.fromEntries(
    channels.filter((channel) => /^(kline|closed):/.test(channel)).map((channel) => [channel, before(channel, first)]),
  );
  const onMessage = (message: StreamMessage): void => {
    if (message.type === "connected") connects += 1;
    else if (message.type === "kline" && message.kline.closed) take(message.channel, message.kline);
    else if (["snapshot", "gap", "refused"].includes(message.type)) trouble.push(message);
  };
  const take = (channel: string, kline: WireKline): void => {
    const end = wanted.get(channel);
    if (end === undefined || kline.openTime > end) return;
    rows[channel] ??= [];
    rows[channel].push(rowOf(kline));
    if (kline.openTime === end) open -= 1;
  };
  for await (const message of createClient(options).subscribe(channels, { since, gapPatienceMs: GAP_PATIENCE_MS })) {
    onMessage(message);
    if (open === 0) break;
  }
  return {
    channels,
    format: options.format?.name ?? "json",
    rows,
    connects,
    trouble: trouble.filter((one) => !isCloseGap(one)),
  };

  /** The series of a channel, each with the open time of its last candle that is over with the last minute. */
  function seriesOf(channel: string, symbols: readonly string[]): [string, number][] {
    const [kind = "", symbol, interval] = channel.split(":");
    if (kind !== "kline" && kind !== "closed") return [];
    const end = addCandles(interval as Interval, openTimeOf(interval as Interval, last + 60_000), -1);
    return (symbol === "*" ? symbols : [symbol]).map((one) => [`${kind}:${one}:${interval}`, end]);
  }
}

/** A close can't be resumed: that it is told as a gap after each reconnect is as it should be. */
function isCloseGap(message: unknown): boolean {
  const { type, channel } = message as { type: string; channel: string };
  return type === "gap" && channel === "close:1m";
}

function before(channel: string, openTime: number): number {
  const interval = channel.split(":")[2] as Interval;
  return addCandles(interval, openTimeOf(interval, openTime as UnixMs), -1);
}

function rowOf({ openTime, close, volume, trades }: WireKline): Row {
  return [openTime, close, volume, trades];
}
