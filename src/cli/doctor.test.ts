import { afterAll, beforeAll, expect, test } from "bun:test";
import { keyAccess } from "../../tests/helpers/keys.ts";
import { refusalOf } from "../../tests/helpers/refusal.ts";
import { type ServedMarket, serveMarket } from "../../tests/helpers/served-market.ts";
import { type EndedCommand, runVyx } from "../../tests/helpers/vyx-command.ts";
import type { Finding } from "../doctor/mod.ts";
import { KeyRing } from "../server/mod.ts";
import { doctorCommand } from "./doctor.ts";

let market: ServedMarket;
beforeAll(() => {
  market = serveMarket();
});
afterAll(() => market.server.stop());

const doctor = (...args: string[]): Promise<EndedCommand> => runVyx(["doctor", ...args]);

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

test("compares with the exchange only where that is asked for", async () => {
  const about = ["--url", market.server.url, "--source", "recorded", "--only", "answers"];
  expect((await doctor(...about)).out).not.toContain("exchange ");
  const { out } = await doctor(...about, "--compare-exchange");
  expect(out).toContain(
    "– exchange    the market is recorded, so the exchange has other prices: name the stand-in, --compare-exchange binance=http://…",
  );
});

test("what is wrong ends it with 1, and is named with what would be right, as JSON, too", async () => {
  const { code, out } = await doctor("--url", market.server.url, "--public", "--only", "auth,source", "--json");
  expect(code).toBe(1);
  const { ok, findings } = JSON.parse(out) as { ok: boolean; findings: Finding[] };
  expect(ok).toBe(false);
  expect(findings.map(({ check, state }) => `${check} ${state}`)).toEqual(["tls wrong", "auth wrong", "source wrong"]);
  for (const finding of findings) expect(finding).toHaveProperty("expected");
});

test("without a key, what needs one is skipped; it ends with 1 when no check was run at all", async () => {
  const locked = serveMarket({ with: { access: keyAccess(new KeyRing([])) } });
  locked.feed.source = "simulated";
  try {
    const about = ["--url", locked.server.url, "--source", "simulated", "--only"];
    const none = await doctor(...about, "key");
    expect([none.code, none.err]).toEqual([1, ""]);
    expect(none.out).toContain("no check was run: 1 skipped, for the reasons above");
    expect(none.out).not.toContain("no problems");
    const silent = await doctor(...about, "key", "--json");
    expect([silent.code, (JSON.parse(silent.out) as { ok: boolean }).ok]).toEqual([1, false]);
    const lag = await doctor(...about, "lag,answers");
    expect(lag.code).toBe(0);
    expect(lag.out).toMatch(/– lag .*closes not checked: set VYX_API_KEY to a key with the scope read/);
    expect(lag.out).toContain("no problems: 1 check run, 1 skipped");
  } finally {
    await locked.server.stop();
  }
});

test.each([
  [
    ["--url", "vyx.example.org"],
    '--url: "vyx.example.org" is not an address: expected https://… or http://…, for example https://vyx.example.org',
  ],
  [["--fire-test-alert", "alertmanager:9093"], '--fire-test-alert: "alertmanager:9093" is not an address'],
  [[], "--url: it is missing: expected https://… or http://…"],
  [["--url", "https://x.example", "--origin", "x.example"], '--origin: "x.example" is not an origin'],
  [["--url", "https://x.example", "--source", "real"], '--source: "real" is not a source: expected binance'],
  [["--url", "https://x.example", "--ca", "/absent.pem"], "--ca: /absent.pem can't be read"],
  [
    ["--url", "https://x.example", "--only", "everything"],
    '--only: "everything" is not a check: expected some of tls,',
  ],
  [
    ["--url", "https://x.example", "--compare-exchange", "http://127.0.0.1:9090"],
    '--compare-exchange: "http://127.0.0.1:9090" names no market: expected MARKET=URL',
  ],
  [
    ["--url", "https://x.example", "--compare-exchange", "http://127.0.0.1:9090;binance=http://127.0.0.1:9091"],
    '--compare-exchange: "http://127.0.0.1:9090" names no market: expected MARKET=URL',
  ],
  [
    ["--url", "https://x.example", "--compare-exchange", "kraken=http://127.0.0.1:9090"],
    '--compare-exchange: "kraken" is not a market: expected one of binance,',
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
