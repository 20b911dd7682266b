import { JetStreamApiCodes, JetStreamApiError } from "@nats-io/jetstream";
import { type Clock, millis } from "../../core/mod.ts";
import { bucket } from "./buckets.ts";
import type { NatsLink } from "./link.ts";

/** How long NATS may take to say whether a ticket was used, in milliseconds: it is accepted then, as by a server alone. */
const ANSWER_WITHIN_MS = 1_000;

/**
 * Whether a ticket is used for the first time in the whole cluster; from now on it isn't. While NATS is away each node knows its own only,
 * and accepts it.
 */
export async function claimTicket(link: NatsLink, clock: Pick<Clock, "sleep">, id: string): Promise<boolean> {
  const { access } = link;
  if (access === undefined) return true;
  const timeout = clock.sleep(millis(ANSWER_WITHIN_MS)).then(() => true);
  const claimed = bucket(access, "vyx-tickets")
    .then((tickets) => tickets.create(id, "used"))
    .then(
      () => true,
      // The key is there: it was used. Any other failure is NATS's, for example of a disk that is full.
      (cause) => !(cause instanceof JetStreamApiError && cause.code === JetStreamApiCodes.StreamWrongLastSequence),
    );
  return await Promise.race([claimed, timeout]);
}
