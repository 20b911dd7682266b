import { describe, expect, test } from "bun:test";
import { ManualClock, SettableClock } from "../../../tests/helpers/clock.ts";
import type { FunctionProblem } from "./caller.ts";
import { DATABASE_PLACES, DATABASE_WAIT_MS, DatabaseTurns } from "./database-turns.ts";

/** Calls whose work ends when the test says so, and the order in which they began. */
class Calls {
  readonly turns: DatabaseTurns;
  readonly clock: ManualClock = new ManualClock();
  /** The machine's clock, which may be set. */
  readonly local: SettableClock = new SettableClock(this.clock);
  readonly began: string[] = [];
  readonly #ends: (() => void)[] = [];

  constructor(connections: number) {
    this.turns = new DatabaseTurns(connections, this.local, this.clock.stopwatch);
  }

  /** Resolves to "done", or to the code of the refusal. */
  call(share: string, signal: AbortSignal = new AbortController().signal): Promise<string> {
    const work = (): Promise<string> => {
      this.began.push(share);
      return new Promise((resolve) => this.#ends.push(() => resolve("done")));
    };
    return this.turns.run({ share, signal }, work).catch((cause: FunctionProblem) => {
      return cause.retryAfterSeconds === undefined ? String(cause) : `${cause.code} ${cause.retryAfterSeconds}`;
    });
  }

  async endOne(): Promise<void> {
    this.#ends.shift()?.();
    await settled();
  }
}

/** Resolves when all that follows at once from what was done has happened. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

describe("the queue in front of the database", () => {
  test("lets one call in where there is one connection, and leaves three connections to the engine where there are more", async () => {
    for (const [connections, atOnce] of [
      [1, 1],
      [2, 1],
      [4, 1],
      [8, 5],
    ] as const) {
      const calls = new Calls(connections);
      for (let index = 0; index < 10; index += 1) void calls.call("anna");
      await settled();
      expect(calls.began.length).toBe(atOnce);
      expect(calls.turns.figures().waiting).toBe(10 - atOnce);
    }
  });

  test("a call during which the machine's clock was set costs its caller no more than others' calls cost them", async () => {
    const calls = new Calls(1);
    void calls.call("anna");
    await settled();
    for (const share of ["berta", "anna"]) for (let index = 0; index < 2; index += 1) void calls.call(share);
    calls.local.step(3_600_000);
    for (let index = 0; index < 4; index += 1) {
      await calls.clock.turn(1_000);
      await calls.endOne();
    }
    expect(calls.began).toEqual(["anna", "berta", "anna", "berta", "anna"]);
  });

  test("callers take turns, however many calls one of them has", async () => {
    const calls = new Calls(1);
    for (let index = 0; index < 4; index += 1) void calls.call("greedy");
    for (let index = 0; index < 2; index += 1) void calls.call("anna");
    await settled();
    for (let index = 0; index < 5; index += 1) await calls.endOne();
    expect(calls.began).toEqual(["greedy", "anna", "greedy", "anna", "greedy", "greedy"]);
  });

  test("a caller whose places are taken gets 429 while others are served; past the places of all it is 503", async () => {
    const calls = new Calls(1);
    const { perCaller, total } = DATABASE_PLACES;
    for (let index = 0; index < perCaller; index += 1) void calls.call("greedy");
    expect(await calls.call("greedy")).toBe("rate_limited 1");
    for (let index = perCaller; index < total; index += 1) void calls.call(`caller ${index}`);
    expect(await calls.call("anna")).toBe("not_ready 5");
    await calls.endOne();
    const anna = calls.call("anna");
    for (let index = 0; index < total; index += 1) await calls.endOne();
    expect(await anna).toBe("done");
    expect(calls.turns.figures().refused).toEqual({ caller: 1, total: 1, wait: 0 });
  });

  test("a call whose client is gone never reaches the database, and gives its place back", async () => {
    const calls = new Calls(1);
    void calls.call("anna");
    const client = new AbortController();
    const gone = Array.from({ length: DATABASE_PLACES.perCaller }, () => calls.call("greedy", client.signal));
    client.abort(new Error("gone"));
    expect(new Set(await Promise.all(gone))).toEqual(new Set(["Error: gone"]));
    expect(await calls.call("greedy", client.signal)).toBe("Error: gone");
    expect(calls.turns.figures()).toMatchObject({ waiting: 0, dropped: DATABASE_PLACES.perCaller });
    const next = calls.call("greedy");
    await calls.endOne();
    await calls.endOne();
    expect(await next).toBe("done");
    expect(calls.began).toEqual(["anna", "greedy"]);
  });

  test("a call that waits too long is refused, and one that is under way isn't", async () => {
    const calls = new Calls(1);
    const first = calls.call("anna");
    const second = calls.call("bert");
    await calls.clock.turn(DATABASE_WAIT_MS);
    expect(await second).toBe("not_ready 5");
    await calls.endOne();
    expect(await first).toBe("done");
    expect(calls.turns.figures()).toEqual({ waiting: 0, refused: { caller: 0, total: 0, wait: 1 }, dropped: 0 });
    expect(calls.clock.sleepers).toBe(0);
  });

  test("work that fails gives its turn on", async () => {
    const { turns } = new Calls(1);
    const by = { share: "anna", signal: new AbortController().signal };
    expect(turns.run(by, () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
    expect(await turns.run(by, async () => "done")).toBe("done");
  });
});
