import type { Bound } from "../core/mod.ts";
import { CODE_BOUNDS, MAIL_BOUNDS } from "../traders/mod.ts";
import { AT_ONCE, MAILS_AT_ONCE, WAIT_BOUNDS } from "./delivery-loop.ts";
import { WITHIN_MS } from "./guarded-post.ts";

/** The bounds of messages about signals and price alerts. */
export const DELIVERY_BOUNDS: readonly Bound[] = [
  { what: "destinations of an owner", bound: "20", whenFull: "403" },
  {
    what: "destinations that are sent to at a time, of one owner and in all",
    bound: `4, ${AT_ONCE}`,
    whenFull: "the others wait for their turn",
  },
  {
    what: "e-mails that are sent at a time",
    bound: String(MAILS_AT_ONCE),
    whenFull: "the others wait for their turn",
  },
  {
    what: "codes that are mailed within an hour: for an owner, to a mailbox for one owner and for all, in all",
    bound: `${CODE_BOUNDS.ofOwner}, ${CODE_BOUNDS.toMailboxOfOwner}, ${CODE_BOUNDS.toMailbox}, ${CODE_BOUNDS.inAll}`,
    whenFull: "429",
  },
  {
    what: `codes in ${CODE_BOUNDS.days} days: to a mailbox for one owner and for all; for an owner, never entered`,
    bound: `${CODE_BOUNDS.toMailboxOfOwnerInDays}, ${CODE_BOUNDS.toMailboxInDays}; ${CODE_BOUNDS.neverEntered}`,
    whenFull: "429",
  },
  {
    what: "e-mails within an hour: of an owner, of an owner to a mailbox; tests to a mailbox",
    bound: `${MAIL_BOUNDS.ofOwner}, ${MAIL_BOUNDS.toMailbox}; ${MAIL_BOUNDS.testsToMailbox}`,
    whenFull: "the others wait; a test is refused with 429",
  },
  {
    what: "time for a message and the receiver's answer",
    bound: `${WITHIN_MS / 1_000} s`,
    whenFull: "it is tried again",
  },
  {
    what: "time that a signal waits to be sent: since its first try, since it was stored",
    bound: `${WAIT_BOUNDS.triedHours} h, ${WAIT_BOUNDS.storedHours} h`,
    whenFull: "it is given up",
    metric: "vyx_messages_total",
  },
  {
    what: "deliveries of a destination that wait",
    bound: String(WAIT_BOUNDS.rows),
    whenFull: "the oldest are given up",
    metric: "vyx_messages_waiting",
  },
];
