import { afterEach, describe, expect, test } from "bun:test";
import { keyAccess, keyRecord } from "../../tests/helpers/keys.ts";
import { type ServedMarket, serveMarket } from "../../tests/helpers/served-market.ts";
import { createClient, type StreamMessage } from "../client/mod.ts";
import { CACHES } from "./caches.ts";
import type { Credential } from "./caller.ts";
import { KeyRing } from "./keys/key-ring.ts";
import { RequestProblem } from "./problem.ts";
import { CLOCK_TOLERANCE_MS, MAX_TICKET_CHARACTERS, TICKET_MS, Tickets } from "./tickets.ts";
import { MAX_TOKEN_CHARACTERS } from "./user-callers.ts";

const SECRET = "0123456789abcdef0123456789abcdef";
const KEY: Credential = { kind: "key", hash: "ab".repeat(32) };

/** What a server says to a ticket. */
function said(tickets: Tickets, ticket: string, now: number): string | Credential {
  const result = tickets.redeem(ticket, now);
  return result instanceof RequestProblem ? result.message : result;
}

describe("a ticket", () => {
  test("is valid once, for 30 seconds, and somewhat longer for servers whose clocks differ", () => {
    const tickets = new Tickets();
    const { ticket, expiresAt } = tickets.issue(KEY, 1_000);
    expect(expiresAt).toBe(31_000);
    expect(said(tickets, ticket, 30_999)).toEqual(KEY);
    expect(said(tickets, ticket, 30_999)).toBe("this ticket has been used: ask POST /tickets for another");
    const at = (now: number) => said(tickets, tickets.issue(KEY, 100_000).ticket, now);
    expect(at(100_000 + TICKET_MS + CLOCK_TOLERANCE_MS - 1)).toEqual(KEY);
    expect(at(100_000 + TICKET_MS + CLOCK_TOLERANCE_MS)).toContain("has expired");
    expect(at(100_000 - CLOCK_TOLERANCE_MS)).toEqual(KEY);
    expect(at(100_000 - CLOCK_TOLERANCE_MS - 1)).toContain("clocks differ");
  });

  test("is accepted by every server with the same secret, and by no other", () => {
    const { ticket } = new Tickets(SECRET).issue(KEY, 0);
    expect(said(new Tickets(SECRET), ticket, 1)).toEqual(KEY);
    for (const other of [new Tickets(`${SECRET}x`), new Tickets()])
      expect(said(other, ticket, 1)).toContain("another --ticket-secret, or is made up");
  });

  test("shows nothing of what it is for, and not a bit of it can be changed", () => {
    const tickets = new Tickets(SECRET);
    const { ticket } = tickets.issue({ kind: "token", token: "a.user.token" }, 0);
    expect(Buffer.from(ticket, "base64url").toString("latin1")).not.toContain("user");
    for (let index = 0; index < ticket.length - 1; index += 1) {
      const changed = `${ticket.slice(0, index)}${ticket[index] === "A" ? "B" : "A"}${ticket.slice(index + 1)}`;
      expect(said(tickets, changed, 1)).toContain("is made up");
    }
    for (const text of ["made up", "", "A".repeat(43), "A".repeat(MAX_TICKET_CHARACTERS)])
      expect(said(tickets, text, 1)).toContain("is made up");
    expect(said(tickets, ticket, 1)).toEqual({ kind: "token", token: "a.user.token" });
  });

  test("of the longest token fits into its bound", () => {
    const { ticket } = new Tickets().issue(
      { kind: "token", token: "a".repeat(MAX_TOKEN_CHARACTERS) },
      Date.UTC(2100, 0),
    );
    expect(ticket.length).toBeLessThanOrEqual(MAX_TICKET_CHARACTERS);
  });
});

test("so many used tickets are remembered; expired ones are forgotten first", () => {
  const tickets = new Tickets();
  const use = (now: number): string => {
    const { ticket } = tickets.issue(KEY, now);
    expect(said(tickets, ticket, now)).toEqual(KEY);
    return ticket;
  };
  let last = "";
  for (let count = 0; count < 25_000; count += 1) last = use(0);
  expect(tickets.size).toBeLessThan(CACHES.tickets.maxBytes / 150);
  expect(tickets.size).toBeGreaterThan(CACHES.tickets.maxBytes / 300);
  expect(said(tickets, last, 0)).toContain("has been used");
  use(TICKET_MS + CLOCK_TOLERANCE_MS);
  expect(tickets.size).toBe(1);
});

describe("two servers with one secret", () => {
  let markets: ServedMarket[] = [];
  afterEach(async () => {
    for (const { server } of markets.splice(0)) await server.stop();
  });

  /** Each server has a ring of its own, as it reads the keys itself. */
  function serveTwo(secrets: readonly (string | undefined)[] = [SECRET, SECRET]): KeyRing[] {
    const rings = secrets.map(() => new KeyRing([keyRecord("k")]));
    markets = rings.map((ring, index) =>
      serveMarket({ with: { access: keyAccess(ring, { ticketSecret: secrets[index] }) } }),
    );
    return rings;
  }
  const urlOf = (index: number): string => markets[index]?.server.url ?? "";
  const ticketOf = async (index: number): Promise<string> => {
    const answer = await fetch(`${urlOf(index)}/tickets`, { method: "POST", headers: { "x-api-key": "k" } });
    return ((await answer.json()) as { ticket: string }).ticket;
  };
  /** What the server first says on a socket: the type of a message, or why it closed. */
  const greeting = (index: number, ticket: string): Promise<string> =>
    new Promise((resolve) => {
      const socket = new WebSocket(`${urlOf(index).replace("http", "ws")}/ws?ticket=${ticket}`);
      socket.onmessage = ({ data }) => {
        resolve(JSON.parse(String(data)).type);
        socket.close();
      };
      socket.onclose = ({ code, reason }) => resolve(`${code} ${reason}`);
    });

  test("accept each other's tickets, each of them once", async () => {
    serveTwo();
    const ticket = await ticketOf(0);
    expect(await greeting(1, ticket)).toBe("hello");
    expect(await greeting(1, ticket)).toBe("4500 this ticket has been used: ask POST /tickets for another");
  });

  test("judge the ticket's key as it is now", async () => {
    const [, ring] = serveTwo();
    const ticket = async (): Promise<string> => await greeting(1, await ticketOf(0));
    ring?.replace([keyRecord("k", { revokedAt: 1 })]);
    expect(await ticket()).toBe("4500 this key has been revoked");
    ring?.replace([keyRecord("another")]);
    expect(await ticket()).toBe("4500 this server doesn't have the ticket's key");
    ring?.replace([keyRecord("k", { scopes: ["read"] })]);
    expect(await ticket()).toStartWith("4500 the key test doesn't have the scope stream");
    ring?.replace([keyRecord("k")]);
    expect(await ticket()).toBe("hello");
  });

  test("serve every connection of the SDK through a proxy that takes turns; without a shared secret tickets fail", async () => {
    const connect = async (): Promise<string[]> => {
      let turn = 0;
      const next = (): string => urlOf(turn++ % 2);
      class Alternating extends WebSocket {
        constructor(url: string) {
          const { pathname, search } = new URL(url);
          super(`${next().replace("http", "ws")}${pathname}${search}`);
        }
      }
      const client = createClient({
        url: "http://proxy.test",
        apiKey: "k",
        WebSocket: Alternating as never,
        fetch: (url, init) => fetch(`${next()}${new URL(String(url)).pathname}`, init),
      });
      const results: string[] = [];
      for (let count = 0; count < 10; count += 1) {
        const subscription = client.subscribe(["tickers"]);
        const first = await subscription.next().catch((cause: { code: string }) => cause.code);
        results.push(typeof first === "string" ? first : ((first.value as StreamMessage | undefined)?.type ?? ""));
        subscription.close();
      }
      return results;
    };
    serveTwo();
    expect(await connect()).toEqual(Array(10).fill("connected"));
    for (const { server } of markets.splice(0)) await server.stop();
    serveTwo([undefined, undefined]);
    expect(await connect()).toEqual(Array(10).fill("disconnected"));
  });
});
