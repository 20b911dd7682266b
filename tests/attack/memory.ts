import type { Aim } from "./aim.ts";
import { slowReaders, stalledSockets, validate } from "./attacks.ts";
import { unlike } from "./bad-filters.ts";
import { memoryOf, socketMemory } from "./figures.ts";
import { post } from "./healthy.ts";
import { attackerKey, HEALTHY_KEY, headersOf } from "./keys.ts";
import { type MarketSize, startTarget, type Target } from "./target.ts";

/** How much of each is tried. */
export interface MemorySize extends MarketSize {
  readonly slowReaders: number;
  readonly stalledSockets: number;
  readonly filters: number;
  readonly addresses: number;
  /** Of the slow ones. */
  readonly seconds: number;
  /** What is waited afterwards before the memory is looked at again. */
  readonly restSeconds: number;
}

/** Megabytes above the quiet state: the most meanwhile, and after the rest. */
export interface Growth {
  readonly name: string;
  readonly mostMb: number;
  readonly afterMb: number;
  /** The most that the kernel held of what was sent and not read, of the whole machine; not in the other two. */
  readonly kernelMb: number;
}

/** What each kind of hoard costs in memory, one after another against one server. */
export async function measureMemory(size: MemorySize, tell: (growth: Growth) => void): Promise<Growth[]> {
  const target = await startTarget(size, ["hoarder"]);
  const aim = (): Aim => {
    const { seconds } = size;
    return { url: target.url, key: attackerKey("hoarder"), until: AbortSignal.timeout(seconds * 1_000), seconds };
  };
  try {
    await readEverything(target);
    const kinds: readonly [string, () => Promise<unknown>][] = [
      ["slow readers", () => slowReaders(aim(), size.slowReaders)],
      ["stalled sockets", () => stalledSockets(aim(), size.stalledSockets)],
      ["different filters", () => differentFilters(target, size.filters)],
      ["different addresses", () => differentAddresses(target, size.addresses)],
    ];
    const all: Growth[] = [];
    const quiet = memoryOf(target.pid);
    for (const [name, hoard] of kinds) {
      const growth = { name, ...(await growthOf(target, quiet, hoard, size.restSeconds)) };
      all.push(growth);
      tell(growth);
    }
    return all;
  } finally {
    await target.stop();
  }
}

async function growthOf(
  { pid }: Target,
  quiet: number,
  hoard: () => Promise<unknown>,
  restSeconds: number,
): Promise<Omit<Growth, "name">> {
  const [kernelBefore, above] = [socketMemory(), (): number => (memoryOf(pid) - quiet) / 2 ** 20];
  let [mostMb, kernelMb] = [0, 0];
  const look = setInterval(() => {
    mostMb = Math.max(mostMb, above());
    kernelMb = Math.max(kernelMb, (socketMemory() - kernelBefore) / 2 ** 20);
  }, 250);
  await hoard();
  clearInterval(look);
  await Bun.sleep(restSeconds * 1_000);
  return { mostMb, afterMb: above(), kernelMb };
}

/** What is kept at work anyhow isn't growth: each series is read once before. */
async function readEverything(target: Target): Promise<void> {
  const headers = headersOf(HEALTHY_KEY);
  for (const limit of [100, 500]) {
    for (const interval of ["1m", "5m", "15m", "1h", "4h", "1d"]) {
      const response = await fetch(`${target.url}/klines?symbols=*&intervals=${interval}&limit=${limit}`, { headers });
      for await (const _ of response.body ?? []);
    }
  }
}

/** Half are only read, half are run. */
async function differentFilters(target: Target, count: number): Promise<void> {
  const aim = { url: target.url, key: HEALTHY_KEY, until: new AbortController().signal, seconds: 0 };
  for (let turn = 0; turn < count; turn += 1) {
    if (turn % 2 === 0) await validate(aim, turn).catch(() => {});
    else {
      const code = unlike(`return symbol === "X"${";".repeat(32_000)}`, turn);
      await post(target, "/screen", { code, timeframes: ["1m"], symbols: ["BTCUSDT"] }).catch(() => {});
    }
  }
}

/** Behind a trusted proxy each request comes from another address. */
async function differentAddresses({ url }: Target, count: number): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      const number = next;
      next += 1;
      const address = `${1 + ((number >> 24) % 200)}.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;
      await (await fetch(`${url}/tickers?n=${number}`, { headers: { "x-forwarded-for": address } })).arrayBuffer();
    }
  };
  await Promise.all(Array.from({ length: 32 }, lane));
}
