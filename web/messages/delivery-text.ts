import { countOf } from "../../src/core/mod.ts";
import type { Delivery } from "../../src/wire/mod.ts";

/** What a delivery is about, and what became of it. @example "7 signals in 7 messages, all accepted" */
export function deliveryText(delivery: Delivery): string {
  return `${contentText(delivery)}${formText(delivery)}, ${stateText(delivery)}`;
}

function contentText({ signalIds, alertEventIds }: Delivery): string {
  return alertEventIds.length > 0 ? countOf(alertEventIds.length, "price alert") : countOf(signalIds.length, "signal");
}

function formText(delivery: Delivery): string {
  if (delivery.isDigest === true) return " in one message";
  return delivery.state === "done" && delivery.sent > 1 ? ` in ${delivery.sent} messages` : "";
}

function stateText(delivery: Delivery): string {
  const { state, sent, answer } = delivery;
  const said = answer === null ? "" : ` (${answer})`;
  const failed = failedTries(delivery);
  const tries = failed === 0 ? "" : ` after ${countOf(failed, "failed try", "failed tries")}`;
  const rest = delivery.signalIds.length + delivery.alertEventIds.length - sent;
  switch (state) {
    case "done":
      // Where all went well at once, what the receiver answers tells nothing.
      return `${messagesOf(delivery) > 1 ? "all accepted" : "accepted"}${tries}${failed === 0 ? "" : said}`;
    case "waiting":
      return `waits${sent > 0 ? ` for ${rest}` : ""}${tries}${said}`;
    case "dead":
      return `given up${sent > 0 ? ` for ${rest}` : ""}${tries}${said}`;
    case "merged":
      return "in an earlier message";
    case "unchanged":
      return "left out: it matched at the close before";
  }
}

/** Messages that were accepted. */
function messagesOf({ isDigest, sent }: Delivery): number {
  return isDigest === true ? Math.min(sent, 1) : sent;
}

/** Each message that is accepted is one try. A signal that was deleted meanwhile counts as sent without one. */
function failedTries(delivery: Delivery): number {
  return Math.max(0, delivery.attempts - messagesOf(delivery));
}
