import { millis, reasonOf } from "../core/mod.ts";
import type { EngineDependencies } from "./engine.ts";

/**
 * Waits for work up to `patienceMs`, or until it ends where that isn't given. Afterwards the work goes on by itself: one owner's many runs
 * keep no other's close waiting.
 */
export async function patiently(
  work: Promise<void>,
  { patienceMs, clock, log }: Pick<EngineDependencies, "patienceMs" | "clock" | "log">,
): Promise<void> {
  if (patienceMs === undefined) return await work;
  const waiting = new AbortController();
  let isOver = false;
  const patience = clock.sleep(millis(patienceMs), waiting.signal).then(
    () => {
      isOver = true;
    },
    () => {},
  );
  try {
    await Promise.race([work, patience]);
  } finally {
    waiting.abort();
  }
  if (isOver) work.catch((cause) => log.warn(`traders: ${reasonOf(cause)}`));
}
