import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { refusalOf } from "../../tests/helpers/refusal.ts";
import { type ServedMarket, serveMarket } from "../../tests/helpers/served-market.ts";
import type { Finding } from "../doctor/mod.ts";
import { doctorCommand } from "./doctor.ts";

let market: ServedMarket;
beforeAll(() => {
  market = serveMarket();
});
afterAll(() => market.server.stop());

/** Beside this server, which runs in this process: so not with spawnSync, which would hold it up. */
async function doctor(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const command = Bun.spawn([process.execPath, join(import.meta.dir, "main.ts"), "doctor", ...args], {
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err] = await Promise.all([new Response(command.stdout).text(), new Response(command.stderr).text()]);
  return { code: await command.exited, out, err };
}

test("a healthy server ends it with 0, a line a check", async () => {
  const { code, out, err } = await doctor(
    "--url",
    market.server.url,
    "--source",
    "recorded",
    "--only",
    "answers,auth,ready",
  );
  expect([code, err]).toEqual([0, ""]);
  expect(out).toContain("✓ answers     Vyx 0.0.0-test with 2 symbols in 3 intervals, source recorded");
  expect(out).toContain("no problems: 3 checks run");
});

test("what is wrong ends it with 1, and is named with what would be right, as JSON, too", async () => {
  const { code, out } = await doctor("--url", market.server.url, "--public", "--only", "auth,source", "--json");
  expect(code).toBe(1);
  const { ok, findings } = JSON.parse(out) as { ok: boolean; findings: Finding[] };
  expect(ok).toBe(false);
  expect(findings.map(({ check, state }) => `${check} ${state}`)).toEqual(["tls wrong", "auth wrong", "source wrong"]);
  for (const finding of findings) expect(finding).toHaveProperty("expected");
});

test.each([
  [["--url", "vyx.example.org"], '--url: "vyx.example.org" is not an address: expected https://…'],
  [[], "--url: it is missing: expected https://…"],
  [["--url", "https://x.example", "--origin", "x.example"], '--origin: "x.example" is not an origin'],
  [["--url", "https://x.example", "--source", "real"], '--source: "real" is not a source: expected binance'],
  [["--url", "https://x.example", "--ca", "/absent.pem"], "--ca: /absent.pem can't be read"],
  [
    ["--url", "https://x.example", "--only", "everything"],
    '--only: "everything" is not a check: expected some of tls,',
  ],
])("%j is refused in a sentence", async (args, words) => {
  expect(await refusalOf(doctorCommand, ["doctor", ...args])).toContain(words);
});

test("a refusal is printed without a stack, and ends it with 1", async () => {
  const { code, out, err } = await doctor("--url", "vyx.example.org");
  expect([code, out]).toEqual([1, ""]);
  expect(err).toStartWith('vyx: --url: "vyx.example.org" is not an address');
  expect(err).not.toContain("    at ");
});
