import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/cli/clock.ts";
import { connectOnce } from "../../src/cluster/mod.ts";
import { infoOf } from "../../src/cluster/nats/streams.ts";
import type { UnixMs } from "../../src/core/mod.ts";
import { createExchange } from "../../src/exchange/mod.ts";
import { hasNats, startNats } from "../helpers/nats.ts";
import { createOperator } from "../helpers/nats-operator.ts";
import { until } from "../helpers/until.ts";
import { runVyx } from "../helpers/vyx-command.ts";
import { nodeFlags, ready, sameAsTruth, startNode } from "./nats-cluster.ts";

const START = Date.UTC(2026, 1, 10, 12) as UnixMs;
const SPEED = 60;
/** What docs/scaling.md says that an account must be allowed, and what the protocol itself takes. */
const SUBJECTS = ["vyx.>", "$KV.>", "$JS.API.>", "$JS.ACK.>", "$JS.FC.>", "_INBOX.>"];

const stops: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

describe.skipIf(!hasNats)("a NATS whose users have JWTs of an operator's account", () => {
  test("takes nodes and commands with a credentials file that allows what a cluster needs, and nobody else", async () => {
    const operator = createOperator();
    const folder = mkdtempSync(join(tmpdir(), "vyx-credentials-"));
    stops.push(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "nats.conf"), operator.configuration);
    const nats = await startNats(["-c", join(folder, "nats.conf")]);
    stops.push(nats.stop);
    const natsCredentials = join(folder, "node.creds");
    writeFileSync(natsCredentials, operator.account.credentials({ subjects: SUBJECTS }));
    const exchange = createExchange({ symbols: 3, seed: 5, start: START, speed: SPEED, port: 0, clock: systemClock });
    stops.push(() => exchange.stop());

    const command = (...words: readonly string[]): ReturnType<typeof runVyx> =>
      runVyx(["cluster", ...words, "--nats", nats.url, "--nats-credentials", natsCredentials]);
    expect((await command("init", "--capacity", "200")).out).toContain("created vyx-kline-binance with 1 copy");
    const start = async (role: "ingest" | "serve", nodeName: string): Promise<string> => {
      const node = await startNode({ ...nodeFlags(role, [nats], exchange, SPEED), natsCredentials, nodeName });
      stops.push(node.stop);
      return node.url;
    };
    const urls = [await start("ingest", "in-1"), await start("serve", "out-1")];
    for (const url of urls) await ready(url);
    await Bun.sleep(2_000);
    for (const url of urls) await sameAsTruth(url, exchange, (START - 20 * 60_000) as UnixMs);
    expect((await command("status")).out).toContain("exchange.binance  in-1");

    const credentials = operator.account.credentials();
    const { connection, manager } = await connectOnce({ servers: [nats.url], credentials }, "test");
    stops.push(() => connection.close());
    await until(async () => ((await infoOf(manager, "vyx-kline-binance"))?.state.messages ?? 0) > 3 * 150);

    for (const wrong of [
      undefined,
      createOperator().account.credentials(),
      operator.account.credentials({ expiresInSeconds: -60 }),
    ])
      await expect(connectOnce({ servers: [nats.url], credentials: wrong }, "test")).rejects.toThrow(
        /authorization|authentication|timeout/i,
      );
  });
});
