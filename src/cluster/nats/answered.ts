import { type Clock, InvalidInput, millis, oneLine, reasonOf } from "../../core/mod.ts";

/** Servers that elect the leader of a stream, or that are restarted, don't answer for some seconds: so often a question is asked, and the wait between. */
const TRIES = 6;
const WAIT_MS = 2_000;

/**
 * Asks NATS for a command, again where it doesn't answer. Rejects with InvalidInput where it doesn't in the end; InvalidInput of the question
 * itself passes at once.
 */
export async function answered<Answer>(ask: () => Promise<Answer>, clock: Pick<Clock, "sleep">): Promise<Answer> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask();
    } catch (cause) {
      if (cause instanceof InvalidInput) throw cause;
      if (tries === TRIES) {
        const reason = oneLine(reasonOf(cause));
        throw new InvalidInput(
          `--nats: NATS was asked ${TRIES} times and didn't answer: ${reason}: are most of its servers there?`,
          { cause },
        );
      }
    }
    await clock.sleep(millis(WAIT_MS));
  }
}
