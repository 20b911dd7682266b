import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/cli/clock.ts";
import type { UnixMs } from "../../src/core/mod.ts";
import { createExchange } from "../../src/exchange/mod.ts";
import { keyHash } from "../../src/server/mod.ts";
import { hasNats, startNats } from "../helpers/nats.ts";
import { until } from "../helpers/until.ts";
import { nodeFlags, startNode } from "./nats-cluster.ts";

const START = Date.UTC(2026, 1, 10, 12) as UnixMs;
const SPEED = 60;
const KEY = "vyx_a-key-of-the-test-that-is-long-enough-to-be-one";
const PEER_KEY = "a-key-that-all-nodes-of-the-test-share";
const SECRET = "a-ticket-secret-that-all-nodes-of-the-test-share";

const stops: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** A file with the one key, revoked or not. */
function writeKeys(path: string, revokedAt?: number): void {
  const record = {
    name: "bot",
    hash: keyHash(KEY),
    scopes: ["read", "stream"],
    rate: "6000/min",
    origins: [],
    createdAt: 1,
  };
  writeFileSync(path, JSON.stringify({ version: 1, keys: [{ ...record, ...(revokedAt && { revokedAt }) }] }));
}

/** How a socket that is opened with a ticket fares: the type of its first message, or the code of its close. */
async function fate(url: string, ticket: string): Promise<string | number> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/ws?ticket=${ticket}`);
  return await new Promise((resolve) => {
    socket.onmessage = ({ data }) => {
      resolve((JSON.parse(String(data)) as { type: string }).type);
      socket.close();
    };
    socket.onclose = ({ code }) => resolve(code);
  });
}

describe.skipIf(!hasNats)("nodes of a cluster", () => {
  test("refuse a key within a second after it is revoked at one of them, and a ticket that was used at another", async () => {
    const nats = await startNats();
    stops.push(nats.stop);
    const folder = mkdtempSync(join(tmpdir(), "vyx-keys-"));
    stops.push(() => rmSync(folder, { recursive: true }));
    const exchange = createExchange({ symbols: 2, seed: 5, start: START, speed: SPEED, port: 0, clock: systemClock });
    stops.push(() => exchange.stop());
    const node = async (role: "ingest" | "serve"): Promise<{ url: string; file: string }> => {
      const file = join(folder, `${role}.json`);
      writeKeys(file);
      const flags = {
        ...nodeFlags(role, [nats], exchange, SPEED),
        nodeName: role,
        keysFile: file,
        addressRate: "1000/s",
      };
      const vyx = await startNode({ ...flags, peerKey: PEER_KEY, ticketSecret: SECRET });
      stops.push(vyx.stop);
      return { url: vyx.url, file };
    };
    const [one, other] = [await node("ingest"), await node("serve")];
    const ask = async (url: string): Promise<number> =>
      (await fetch(`${url}/symbols`, { headers: { "x-api-key": KEY } })).status;
    // The other one's history came by the key that nodes share.
    await until(async () => (await fetch(`${other.url}/ready`)).ok && (await ask(other.url)) === 200);
    expect((await fetch(`${other.url}/symbols`)).status).toBe(401);

    const issued = await fetch(`${one.url}/tickets`, { method: "POST", headers: { "x-api-key": KEY } });
    const { ticket } = (await issued.json()) as { ticket: string };
    expect([await fate(other.url, ticket), await fate(one.url, ticket), await fate(other.url, ticket)]).toEqual([
      "hello",
      4_500,
      4_500,
    ]);

    const socket = new WebSocket(`${other.url.replace("http", "ws")}/ws`, { headers: { "x-api-key": KEY } } as never);
    const closed = new Promise<number>((resolve) => (socket.onclose = ({ code }) => resolve(code)));
    await until(() => socket.readyState === WebSocket.OPEN);
    const revokedAt = performance.now();
    writeKeys(one.file, 2);
    await until(async () => (await ask(one.url)) === 401 && (await ask(other.url)) === 401);
    expect(performance.now() - revokedAt).toBeLessThan(1_000);
    expect(await closed).toBe(4_500);
    // A node that starts later knows it, too.
    const late = join(folder, "late.json");
    writeKeys(late);
    const flags = {
      ...nodeFlags("serve", [nats], exchange, SPEED),
      nodeName: "late",
      keysFile: late,
      peerKey: PEER_KEY,
    };
    const vyx = await startNode(flags);
    stops.push(vyx.stop);
    await until(async () => (await ask(vyx.url)) === 401);
  });
});
