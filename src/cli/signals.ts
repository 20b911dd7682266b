import type { Logger } from "pino";

/** A stop that takes longer than this, besides its drain, is cut short; in milliseconds. */
const STOP_WITHIN_MS = 4_500;

/**
 * Waits for SIGTERM or SIGINT (or for `failed` to reject), stops in order and ends the process: 0 after a signal, 1 after
 * a failure or when stopping took too long. `left` ends it as a signal does. `drainMs`: how much of the time to stop is a drain. A second
 * signal ends it at once.
 */
export async function untilSignalled(
  stop: () => Promise<void>,
  log: Logger,
  failed?: Promise<never>,
  drainMs = 0,
  left?: Promise<void>,
): Promise<never> {
  const signal = await Promise.race([
    new Promise<string>((resolve) => {
      for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => resolve(name));
    }),
    ...(failed === undefined ? [] : [failed]),
    ...(left === undefined ? [] : [left.then(() => "told to leave the cluster")]),
  ]);
  log.info(drainMs === 0 ? `${signal}: stopping` : `${signal}: draining for ${drainMs / 1_000} s, then stopping`);
  for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => process.exit(1));
  const late = setTimeout(() => {
    log.error(`not stopped after ${drainMs + STOP_WITHIN_MS} ms: ending anyway`);
    process.exit(1);
  }, drainMs + STOP_WITHIN_MS);
  await stop();
  clearTimeout(late);
  log.info("stopped");
  process.exit(0);
}
