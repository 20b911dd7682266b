import { type Clock, millis, oneLine, reasonOf, type StopSignal } from "../../core/mod.ts";
import type { NatsAccess, NatsLink } from "./link.ts";

/** What looking again and again needs. */
export interface LookParts {
  readonly link: NatsLink;
  readonly clock: Pick<Clock, "sleep">;
  readonly everyMs: number;
  /** Called when a look fails for another reason than the one before. */
  readonly failed: (reason: string) => void;
}

/** Looks again and again while NATS is there, until the signal is aborted. A look that fails is tried again like any other. */
export async function eachLook(
  { link, clock, everyMs, failed }: LookParts,
  look: (access: NatsAccess) => Promise<void>,
  signal: StopSignal,
): Promise<void> {
  let said = "";
  while (!signal.aborted) {
    const { access } = link;
    if (access !== undefined) {
      const reason = await look(access).then(
        () => "",
        (cause: unknown) => oneLine(reasonOf(cause)),
      );
      if (reason !== "" && reason !== said) failed(reason);
      said = reason;
    }
    await clock.sleep(millis(everyMs), signal).catch(() => {});
  }
}
