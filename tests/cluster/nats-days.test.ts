import { describe, expect, test } from "bun:test";
import type { StreamState } from "@nats-io/jetstream";
import { streamsOf } from "../../src/cluster/nats/streams.ts";
import { hasNats, natsAccess, startNats } from "../helpers/nats.ts";

const STREAM = "vyx-kline-binance";

/** The shortest span that NATS takes. */
const LEAST_NS = 1e8;

/** What a market of so many minutes leaves in the stream. */
interface Lived {
  readonly state: StreamState;
  /** The most messages that were deleted between others at any time. */
  readonly mostDeleted: number;
  /** How long NATS took to have the stream again after it was killed. */
  readonly startMs: number;
}

/** The last ring of the symbols that go on, and what is a little older. */
function mostMessages({ symbols, ending, capacity }: { symbols: number; ending: number; capacity: number }): number {
  return (symbols - ending) * (capacity + 60);
}

/** Publishes minute after minute, a minute each so many milliseconds, while some symbols end in the middle. Ages are scaled as time is. */
export async function live(plan: {
  readonly symbols: number;
  readonly ending: number;
  readonly capacity: number;
  readonly minutes: number;
  readonly minuteMs: number;
}): Promise<Lived> {
  const nats = await startNats();
  const access = await natsAccess([nats]);
  const [wanted] = streamsOf({ markets: ["binance"], capacity: plan.capacity });
  const scaled = (ns: number | undefined): number => Math.round(((ns ?? 0) / 60e9) * plan.minuteMs * 1e6);
  await access.manager.streams.add({
    ...wanted,
    name: STREAM,
    max_age: scaled(wanted?.max_age),
    duplicate_window: Math.max(LEAST_NS, scaled(wanted?.duplicate_window)),
  });
  const text = "x".repeat(330);
  let mostDeleted = 0;
  let { state } = await access.manager.streams.info(STREAM);
  const begun = performance.now();
  for (let minute = 0; ; minute += 1) {
    if (minute % 50 === 0) {
      ({ state } = await access.manager.streams.info(STREAM));
      mostDeleted = Math.max(mostDeleted, state.num_deleted ?? 0);
      // A starved NATS lets old messages go late: the market goes on until it has caught up, or until it is plain that it doesn't.
      const isLean = state.messages < mostMessages(plan);
      if (minute >= plan.minutes && (isLean || minute >= 20 * plan.minutes)) break;
    }
    const lasting = minute < plan.minutes / 3 ? plan.symbols : plan.symbols - plan.ending;
    const published = Array.from({ length: lasting }, (_, symbol) =>
      access.streams.publish(`vyx.kline.binance.S${symbol}.1m`, text, { msgID: `${symbol}|${minute}` }),
    );
    await Promise.all(published);
    await Bun.sleep(Math.max(0, begun + minute * plan.minuteMs - performance.now()));
  }
  await access.connection.close();
  await nats.kill();
  const startedAt = performance.now();
  await nats.start();
  const again = await natsAccess([nats]);
  await again.manager.streams.info(STREAM);
  const startMs = performance.now() - startedAt;
  await again.connection.close();
  await nats.stop();
  return { state, mostDeleted, startMs };
}

describe.skipIf(!hasNats)("a stream of a market in which symbols end", () => {
  test("isn't held up by them: messages leave it in the order in which they came, and NATS starts quickly", async () => {
    const plan = { symbols: 40, ending: 10, capacity: 50, minutes: 450, minuteMs: 8 };
    const { state, mostDeleted, startMs } = await live(plan);
    expect(mostDeleted).toBe(0);
    expect(state.messages).toBeLessThan(mostMessages(plan));
    expect(state.num_subjects).toBe(30);
    expect(startMs).toBeLessThan(5_000);
  });
});
