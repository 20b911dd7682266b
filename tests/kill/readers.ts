import type { Interval, Kline, Random } from "../../src/core/mod.ts";
import { until } from "../helpers/until.ts";
import type { RecordedTruth } from "./recorded-truth.ts";
import { WholeSeries } from "./whole-series.ts";

/** HTTP readers that ask one after another without a pause. */
const HTTP_READERS = 3;

/** Programs that read from a server that comes and goes, and compare all closed candles that they get with the recording. */
export interface Readers {
  /** Where the server is now; undefined while there is none. */
  url: string | undefined;
  readonly answers: number;
  readonly messages: number;
  /** Closed candles that were compared. */
  readonly compared: number;
  readonly faults: readonly string[];
  /** By channel, the open time up to which the client on the WebSocket has every closed candle since it first came; 0 before any. */
  heardUpTo(): ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

type Answer = { symbol: string; interval: Interval; complete: boolean; klines: Kline[] };
type Message = { type: string; channel?: string; kline?: Kline; klines?: Kline[] };

/** Starts readers over HTTP, and a client on a WebSocket that resumes after each loss with `since` the last candle before any gap. */
export function startReaders(truth: RecordedTruth, intervals: readonly Interval[], random: Random): Readers {
  let running = true;
  const counts = { answers: 0, messages: 0, compared: 0 };
  const faults: string[] = [];
  const heard = new Map(
    truth.symbols.flatMap((symbol) => [
      [`kline:${symbol}:1m`, new WholeSeries(60_000)],
      [`closed:${symbol}:5m`, new WholeSeries(300_000)],
    ]),
  );
  const check = (symbol: string, interval: Interval, klines: readonly Kline[]): void => {
    for (const kline of klines) {
      if (!kline.closed) continue;
      counts.compared += 1;
      const fault = truth.fault(symbol, interval, kline);
      if (fault !== undefined) faults.push(fault);
    }
  };
  const readers: Readers = {
    url: undefined,
    get answers() {
      return counts.answers;
    },
    get messages() {
      return counts.messages;
    },
    get compared() {
      return counts.compared;
    },
    faults,
    heardUpTo: () => new Map([...heard].map(([channel, { last = 0 }]) => [channel, last])),
    stop: async () => {
      running = false;
      await all;
    },
  };
  const anyOf = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;

  const read = async (): Promise<void> => {
    while (running) {
      await until(() => readers.url !== undefined || !running);
      const path = `/klines/${anyOf(truth.symbols)}/${anyOf(intervals)}?limit=${1 + Math.floor(random() * 500)}`;
      // A server that is killed breaks answers off: those don't count.
      const answer = await fetch(`${readers.url}${path}`)
        .then(async (response) => (response.ok ? ((await response.json()) as Answer) : undefined))
        .catch(() => undefined);
      if (answer === undefined) continue;
      counts.answers += 1;
      check(answer.symbol, answer.interval, answer.klines);
      const gap = answer.complete && answer.klines.findIndex((kline, index) => hasGap(answer.klines[index - 1], kline));
      if (typeof gap === "number" && gap >= 0) faults.push(`${path} says complete and lacks candles`);
    }
  };

  const listen = async (): Promise<void> => {
    while (running) {
      await until(() => readers.url !== undefined || !running);
      if (!running) return;
      const socket = new WebSocket(`${(readers.url ?? "").replace("http", "ws")}/ws`);
      const since = Object.fromEntries([...readers.heardUpTo()].filter(([, last]) => last > 0));
      socket.onopen = () => socket.send(JSON.stringify({ op: "subscribe", channels: [...heard.keys()], since }));
      socket.onmessage = ({ data }) => {
        const { channel, kline, klines } = JSON.parse(String(data)) as Message;
        if (channel === undefined) return;
        counts.messages += 1;
        const [, symbol = "", interval = "1m"] = channel.split(":");
        const told = klines ?? (kline === undefined ? [] : [kline]);
        check(symbol, interval as Interval, told);
        for (const { openTime, closed } of told) if (closed) heard.get(channel)?.add(openTime);
      };
      await new Promise((resolve) => {
        socket.onclose = socket.onerror = resolve;
        void until(() => !running).then(() => socket.close());
      });
    }
  };

  const all = Promise.all([...Array.from({ length: HTTP_READERS }, read), listen()]);
  return readers;
}

function hasGap(before: Kline | undefined, kline: Kline): boolean {
  return before !== undefined && before.closeTime + 1 !== kline.openTime;
}
