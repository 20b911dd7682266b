import { type Logger, pino } from "pino";
import { build as pretty } from "pino-pretty";

/** Logs go to stderr: sentences for people on a terminal, JSON lines for machines elsewhere. stdout belongs to results. */
export function createLog(level: string): Logger {
  if (!process.stderr.isTTY) return pino({ level }, pino.destination({ dest: 2, sync: true }));
  return pino({ level }, pretty({ destination: 2, ignore: "pid,hostname", translateTime: "HH:MM:ss", sync: true }));
}

/** A warm-up bar on a terminal, a log line at each tenth elsewhere. */
export function warmUpProgress(log: Logger): (done: number, total: number) => void {
  const terminal = process.stderr.isTTY === true;
  let tenth = 0;
  return (done, total) => {
    if (terminal) {
      const filled = Math.round((30 * done) / total);
      const bar = "█".repeat(filled) + "░".repeat(30 - filled);
      process.stderr.write(`\r  reading history ${bar} ${done}/${total} symbols${done === total ? "\n" : ""}`);
      return;
    }
    const reached = Math.floor((10 * done) / total);
    if (reached === tenth) return;
    tenth = reached;
    log.info({ done, total }, `history read for ${done} of ${total} symbols`);
  };
}
