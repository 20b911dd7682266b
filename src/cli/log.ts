import { type Logger, pino } from "pino";
import { build as pretty } from "pino-pretty";
import { countOf, type WarmUp } from "../core/mod.ts";

/** Logs go to stderr: sentences for people on a terminal, JSON lines for machines elsewhere. stdout belongs to results. */
export function createLog(level: string): Logger {
  if (!process.stderr.isTTY) return pino({ level }, pino.destination({ dest: 2, sync: true }));
  return pino({ level }, pretty({ destination: 2, ignore: "pid,hostname", translateTime: "HH:MM:ss", sync: true }));
}

/** Clears a terminal's line to its end (ECMA-48). */
const CLEAR_LINE = "\u001b[K";

/** A warm-up bar on a terminal; elsewhere a log line at each tenth, and at each long wait for the exchange's request limit. */
export function warmUpProgress(
  log: Logger,
  named: (message: string) => string = (message) => message,
  terminal: boolean = process.stderr.isTTY === true,
): (warmUp: WarmUp) => void {
  let tenth = 0;
  let lastDone = 0;
  return ({ done, total, remainingMs }) => {
    const secondsLeft = Math.ceil(remainingMs / 1_000);
    const wait = named(`the exchange's request limit allows the rest within ${secondsLeft} s`);
    if (total === 0) {
      log.info({ secondsLeft }, named(`the exchange's request limit allows the first request in ${secondsLeft} s`));
      return;
    }
    if (terminal) {
      const filled = Math.round((30 * done) / total);
      const bar = "█".repeat(filled) + "░".repeat(30 - filled);
      process.stderr.write(
        `\r  reading history ${bar} ${done}/${total} symbols${secondsLeft > 0 ? `, ${secondsLeft} s left` : ""}${CLEAR_LINE}${done === total ? "\n" : ""}`,
      );
      return;
    }
    const reached = Math.floor((10 * done) / total);
    // No symbol more than at the last call, or none at the first: it waits.
    const isWaiting = done === lastDone;
    lastDone = done;
    if (reached === tenth && !isWaiting) return;
    tenth = reached;
    const read = `history read for ${done} of ${countOf(total, "symbol")}`;
    if (secondsLeft > 0) log.info({ done, total, secondsLeft }, `${read}; ${wait}`);
    else log.info({ done, total }, read);
  };
}
