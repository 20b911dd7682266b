import { expect, test } from "bun:test";
import type { UnixMs } from "../../src/core/mod.ts";
import type { Delivery } from "../../src/wire/mod.ts";
import { deliveryText } from "./delivery-text.ts";

const SEVEN = [1, 2, 3, 4, 5, 6, 7];

function delivery(more: Partial<Delivery>): Delivery {
  return {
    ...{ id: 1, state: "done", signalIds: [1], alertEventIds: [], isDigest: false, sent: 1, attempts: 1 },
    ...{ answer: "200: {}", createdAt: 0 as UnixMs, endedAt: null, ...more },
  };
}

test.each<[Partial<Delivery>, string]>([
  [{}, "1 signal, accepted"],
  [{ signalIds: SEVEN, sent: 7, attempts: 7 }, "7 signals in 7 messages, all accepted"],
  [{ signalIds: SEVEN, sent: 7, isDigest: true }, "7 signals in one message, accepted"],
  [{ signalIds: SEVEN, sent: 7, attempts: 8 }, "7 signals in 7 messages, all accepted after 1 failed try (200: {})"],
  [
    { signalIds: SEVEN, sent: 7, attempts: 3, isDigest: true },
    "7 signals in one message, accepted after 2 failed tries (200: {})",
  ],
  [{ signalIds: [], alertEventIds: [1, 2], sent: 2, attempts: 2 }, "2 price alerts in 2 messages, all accepted"],
  [{ state: "waiting", isDigest: null, sent: 0, attempts: 0, answer: null }, "1 signal, waits"],
  [
    { state: "waiting", signalIds: SEVEN, sent: 5, attempts: 6, answer: "503" },
    "7 signals, waits for 2 after 1 failed try (503)",
  ],
  [
    { state: "dead", signalIds: SEVEN, sent: 5, attempts: 9, answer: "503" },
    "7 signals, given up for 2 after 4 failed tries (503)",
  ],
  [{ state: "merged", sent: 0, attempts: 0, answer: null }, "1 signal, in an earlier message"],
])("%j reads %s", (more, text) => {
  expect(deliveryText(delivery(more))).toBe(text);
});
