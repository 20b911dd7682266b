import { expect, test } from "bun:test";
import { ManualClock } from "../../tests/helpers/clock.ts";
import { ClaimLoop } from "./claim-loop.ts";
import type { Claim } from "./execution.ts";

test("a run is protected from being claimed again for five minutes of the stopwatch, and no longer", async () => {
  const clock = new ManualClock();
  const claim = (token: string): Claim => ({ token, trader: { owner: token } }) as unknown as Claim;
  const waiting = [claim("slow")];
  const inHand: (readonly string[])[] = [];
  let end = (): void => {};
  const slow = new Promise<void>((resolve) => {
    end = resolve;
  });
  const loop = new ClaimLoop({
    concurrency: 4,
    stopwatch: clock.stopwatch,
    claim: async (_limit, { tokens }) => {
      inHand.push(tokens);
      return waiting.splice(0);
    },
    run: async (claimed) => {
      if (claimed.token === "slow") await slow;
    },
    flush: () => {},
  });
  const settled = async (): Promise<void> => await clock.turn(0);
  const drained = [loop.drain()];
  await settled();
  await clock.turn(300_000);
  drained.push(loop.drain());
  await settled();
  await clock.turn(1);
  drained.push(loop.drain());
  await settled();
  end();
  await Promise.all(drained);
  expect(inHand.slice(0, 3)).toEqual([[], ["slow"], []]);
});
