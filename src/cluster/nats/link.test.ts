import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAuthority, hasOpenssl } from "../../../tests/helpers/certificates.ts";
import { hasNats, startNats } from "../../../tests/helpers/nats.ts";
import { until } from "../../../tests/helpers/until.ts";
import { systemClock } from "../../client/mod.ts";
import { connectOnce, NatsLink } from "./link.ts";

const stops: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

describe.skipIf(!hasNats || !hasOpenssl)("a link to NATS", () => {
  test("over TLS trusts the authority that it is given, and no other", async () => {
    const authority = createAuthority();
    const { key, cert } = await authority.issue("localhost", 1);
    const folder = mkdtempSync(join(tmpdir(), "vyx-nats-tls-"));
    stops.push(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "key.pem"), key);
    writeFileSync(join(folder, "cert.pem"), cert);
    const options = ["--tls", "--tlscert", join(folder, "cert.pem"), "--tlskey", join(folder, "key.pem")];
    const nats = await startNats(options);
    stops.push(nats.stop);
    const address = { servers: [nats.url.replace("nats://127.0.0.1", "tls://localhost")] };
    const { connection, manager } = await connectOnce({ ...address, authority: authority.cert }, "test");
    expect((await manager.getAccountInfo()).streams).toBe(0);
    await connection.close();
    await expect(connectOnce({ ...address, authority: createAuthority().cert }, "test")).rejects.toThrow();
    await expect(connectOnce(address, "test")).rejects.toThrow();
  });

  test("waits for NATS, tells of each cut and each return, and says why once", async () => {
    const nats = await startNats(["--auth", "secret"]);
    stops.push(nats.stop);
    await nats.kill();
    const told: string[] = [];
    const said: string[] = [];
    const link = new NatsLink({
      ...{ address: { servers: [nats.url], token: "secret" }, name: "test", clock: systemClock },
      log: { info: (message) => said.push(message), warn: (message) => said.push(message) },
    });
    link.listen({ up: () => told.push("up"), down: () => told.push("down") });
    const ending = new AbortController();
    const running = link.run(ending.signal);
    await Bun.sleep(1_200);
    expect(said).toHaveLength(1);
    expect(said[0]).toContain("doesn't answer yet, waiting for it");
    for (let cut = 0; cut < 2; cut += 1) {
      await nats.start();
      await until(() => told.length === 1 + 2 * cut);
      expect(link.access).toBeDefined();
      await nats.kill();
      await until(() => told.length === 2 + 2 * cut);
      expect(link.access).toBeUndefined();
    }
    expect([told, link.losses]).toEqual([["up", "down", "up", "down"], 2]);
    ending.abort();
    await running;
  });
});
