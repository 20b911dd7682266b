import { constants, getPriority, setPriority } from "node:os";

/** A thread that is this much nicer than another gets about a quarter of a core which both want. */
const NICER = 5;

/**
 * Called by a thread that computes: where cores are short, the event loop goes first, so that no request waits for a filter. On Linux a
 * priority is a thread's own; elsewhere it would be the whole process', so nothing is done. `steps`: 2 for a thread that lets those go first,
 * too, that let the event loop go first.
 */
export function letEventLoopGoFirst(steps: 1 | 2 = 1): void {
  if (process.platform !== "linux") return;
  try {
    setPriority(0, Math.min(constants.priority.PRIORITY_LOW, getPriority(0) + steps * NICER));
  } catch {
    // A sandbox that forbids the call takes nothing but the order.
  }
}
