import { quantile } from "./results.ts";

/** How often the loop is looked at, in milliseconds. */
const LOOK_EVERY_MS = 1;

/** How long the event loop of a server let everything else wait, in milliseconds. */
export interface LoopTimes {
  readonly p99: number;
  readonly worst: number;
}

/**
 * Watches the event loop of this process, and tells it to whoever asks at the address that it gives back. A moment at which the loop
 * was held counts as long as the hold was still to last: a hold of 30 ms is 30 looks, which waited 30, 29, 28 … ms.
 */
export function serveLoopTimes(): string {
  let waits: number[] = [];
  let expected = performance.now() + LOOK_EVERY_MS;
  setInterval(() => {
    const now = performance.now();
    for (let wait = now - expected; wait > 0; wait -= LOOK_EVERY_MS) waits.push(wait);
    if (now <= expected) waits.push(0);
    expected = now + LOOK_EVERY_MS;
  }, LOOK_EVERY_MS);
  const { port } = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () => {
      const times: LoopTimes = {
        p99: quantile(waits, 0.99),
        worst: waits.reduce((most, wait) => Math.max(most, wait), 0),
      };
      waits = [];
      expected = performance.now() + LOOK_EVERY_MS;
      return Response.json(times);
    },
  });
  return `http://127.0.0.1:${port}`;
}

/** What the server's loop did since it was last asked. */
export async function loopTimes(address: string): Promise<LoopTimes> {
  return (await (await fetch(address)).json()) as LoopTimes;
}
