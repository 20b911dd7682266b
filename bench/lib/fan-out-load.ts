import { frameOf, statesOf } from "./frame-market.ts";
import { type Greeting, Listener } from "./listeners.ts";
import { firstLine, pinned } from "./pinned.ts";
import { quantile } from "./results.ts";

/** The messages of one server to many listeners. */
export interface FanOut {
  readonly url: string;
  readonly greeting: Greeting;
  readonly feed: {
    readonly port: number;
    /** Each frame behind the moment at which it is sent, where the server reads frames; else the same message each time. */
    readonly sends: "frames" | { readonly message: string };
    readonly first: string;
  };
  readonly listeners: number;
  /** Where the server says how long it took to write; see {@link Written}. */
  readonly written: string | undefined;
  /** So many of them take nothing. */
  readonly stuck: number;
  /** Messages a second to all of them together, one rate after another, until the server is far behind one. The first only warms it up. */
  readonly rates: readonly number[];
  readonly seconds: number;
}

/** Milliseconds from when a frame was sent to the server until it had written to its last listener, as the server itself saw it. */
export interface Written {
  readonly p50: number;
  readonly p99: number;
}

/** What came of one rate. */
export interface Delivered {
  readonly perSecond: number;
  readonly written: Written | undefined;
  /** Milliseconds from when a frame was sent to the server until its message had come to the last listener that takes any. */
  readonly p50: number;
  readonly p99: number;
  /** Whether every listener had every message: a server may leave out states that a newer one replaces. */
  readonly isWhole: boolean;
}

/** The symbols whose states are told. */
export const FAN_OUT_SYMBOLS = 500;

/** A server that delivers less of what it is offered isn't offered more. */
const FAR_BEHIND = 0.7;

/** Frames wait to be sent while so many haven't come to all listeners: no server's memory is to overflow. */
const MOST_UNDER_WAY = 300;

/** A listener that has had nothing for so long after the last frame gets no more. */
const OVER_MS = 1_500;

/** Feeds a server at each rate and counts what comes, from one core. */
export async function fanOutLoad(core: number, fanOut: FanOut): Promise<Delivered[]> {
  const load = pinned(core, [process.execPath, import.meta.path, JSON.stringify(fanOut)]);
  try {
    return JSON.parse(await firstLine(load.process.stdout)) as Delivered[];
  } finally {
    await load.stop();
  }
}

if (import.meta.main) {
  console.log(JSON.stringify(await feed(JSON.parse(process.argv[2] ?? "") as FanOut)));
  process.exit(0);
}

async function feed(fanOut: FanOut): Promise<Delivered[]> {
  const { url, greeting, written, listeners, stuck, rates, seconds } = fanOut;
  const taking = listeners - stuck;
  /** By frame, since the start: when it was sent, and to how many listeners it has come. */
  const sentAt: number[] = [];
  const cameTo: number[] = [];
  let [delivered, whole, lastAt] = [0, 0, 0];
  const latencies: number[] = [];
  const onMessages = (total: number, fresh: number): void => {
    lastAt = performance.now();
    delivered += fresh;
    for (let frame = total - fresh; frame < total; frame += 1) {
      cameTo[frame] = (cameTo[frame] ?? 0) + 1;
      if (cameTo[frame] !== taking) continue;
      whole += 1;
      latencies.push(lastAt - (sentAt[frame] as number));
    }
  };
  for (let index = 0; index < listeners; index += 1) {
    const isStuck = index < stuck;
    const listener = await Listener.open(url, greeting, isStuck ? () => {} : onMessages);
    if (isStuck) listener.pause();
  }
  const send = await feedOf(fanOut);
  const results: Delivered[] = [];
  for (const [turn, rate] of rates.entries()) {
    const framesPerSecond = rate / listeners;
    const [before, wholeBefore, sentBefore] = [delivered, whole, sentAt.length];
    latencies.length = 0;
    const began = performance.now();
    lastAt = began;
    for (let now = began; now < began + seconds * 1_000; now = performance.now()) {
      const dueAt = began + ((sentAt.length - sentBefore) * 1_000) / framesPerSecond;
      if (now >= dueAt && sentAt.length - whole < MOST_UNDER_WAY) {
        sentAt.push(now);
        send();
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    while (whole < sentAt.length && performance.now() - lastAt < OVER_MS) await Bun.sleep(5);
    const perSecond = ((delivered - before) * 1_000) / (lastAt - began);
    results.push({
      perSecond,
      p50: quantile(latencies, 0.5),
      p99: quantile(latencies, 0.99),
      isWhole: whole - wholeBefore === sentAt.length - sentBefore,
      written: written === undefined ? undefined : ((await (await fetch(written)).json()) as Written),
    });
    if ((turn > 0 && perSecond < FAR_BEHIND * rate) || whole < sentAt.length) break;
  }
  return results.slice(1);
}

/** Sends the next frame over one connection, by itself. */
async function feedOf({ feed: { port, sends, first } }: FanOut): Promise<() => void> {
  const socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data: () => {} } });
  socket.setNoDelay(true);
  if (first !== "") socket.write(first);
  if (sends !== "frames") {
    const bytes = Buffer.from(sends.message);
    return () => void socket.write(bytes);
  }
  const states = statesOf(FAN_OUT_SYMBOLS, 10, 60);
  return () => {
    const frame = frameOf(states.next().value ?? tooFew());
    socket.write(`${performance.timeOrigin + performance.now()} ${frame}\n`);
  };
}

function tooFew(): never {
  throw new Error("there are no more frames to send");
}
