import { expect, test } from "bun:test";
import { keyAccess, keyRecord } from "../../tests/helpers/keys.ts";
import { Access } from "./access.ts";
import { CACHES } from "./caches.ts";
import type { Caller } from "./caller.ts";
import { KeyRing } from "./keys/key-ring.ts";
import { TICKET_MS } from "./tickets.ts";

function setUp(): { tickets: Access["tickets"]; ring: KeyRing; holder: Caller } {
  const ring = new KeyRing([keyRecord("k")], 0);
  const access = new Access(keyAccess(ring));
  return { tickets: access.tickets, ring, holder: access.holderOf("k", 0) as Caller };
}

test("a ticket is good once, for 30 seconds", () => {
  const { tickets, holder } = setUp();
  const first = tickets.issue(holder, 1_000);
  expect(first.expiresAt).toBe(31_000);
  expect(tickets.redeem(first.ticket, 30_999)).toBe(holder);
  expect(tickets.redeem(first.ticket, 30_999)).toBeUndefined();
  const second = tickets.issue(holder, 1_000);
  expect(tickets.redeem(second.ticket, 1_000 + TICKET_MS)).toBeUndefined();
  expect(tickets.redeem("made up", 0)).toBeUndefined();
});

test("a ticket is void once its key is revoked", () => {
  const { tickets, ring, holder } = setUp();
  const { ticket } = tickets.issue(holder, 0);
  ring.replace([], 1);
  expect(tickets.redeem(ticket, 1)).toBeUndefined();
});

test("so many may be out; then the oldest is void", () => {
  const { tickets, holder } = setUp();
  const first = tickets.issue(holder, 0).ticket;
  let last = first;
  for (let count = 0; count < 20_000; count += 1) last = tickets.issue(holder, 0).ticket;
  // A ticket has 32 characters, and what it stands for.
  expect(tickets.size).toBeLessThan(CACHES.tickets.maxBytes / 200);
  expect(tickets.size).toBeGreaterThan(CACHES.tickets.maxBytes / 600);
  expect(tickets.redeem(first, 0)).toBeUndefined();
  expect(tickets.redeem(last, 0)).toBe(holder);
  tickets.issue(holder, TICKET_MS);
  expect(tickets.size).toBe(1);
});
