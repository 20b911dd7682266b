import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type Authority, type Certificate, createAuthority, hasOpenssl } from "../../tests/helpers/certificates.ts";
import { isMissing, startDatabases, type TestDatabases } from "../../tests/helpers/databases.ts";
import { keyAccess, keyRecord } from "../../tests/helpers/keys.ts";
import { RuleScreener } from "../../tests/helpers/made-up-traders.ts";
import { BTC, type ServedMarket, START, serveMarket } from "../../tests/helpers/served-market.ts";
import { tlsFront } from "../../tests/helpers/tls-front.ts";
import { createClient, systemClock } from "../client/mod.ts";
import { Histogram, type UnixMs } from "../core/mod.ts";
import { EVERY_SCOPE, KeyRing } from "../server/mod.ts";
import { authorizeBy, ClientMarket, createTraders, type Sql, type TraderFigures } from "../traders/mod.ts";
import type { FunctionName } from "../wire/mod.ts";
import { functionsHost } from "./functions-host.ts";
import { type CheckName, type Deployment, examine, type Finding, isThisMachine } from "./mod.ts";
import { whereItRuns } from "./where-it-runs.ts";

const KEY = "reads-and-streams";
const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const SERVICE_KEY = "opens-the-functions";
const ORIGIN = "https://app.example.org";
const MISSING = isMissing("PostgreSQL") || !hasOpenssl;

/** Figures of a server that has run no traders. */
const NO_TRADERS: TraderFigures = {
  runs: { done: 0, failed: 0, queued: 0 },
  signals: 0,
  closes: new Histogram([1]),
  backlogSeconds: 0,
  closeRetries: 0,
  fallbacks: undefined,
  databaseHealth: undefined,
  database: undefined,
};

/** Figures of one whose database answered then. */
function answering(answeredAt: UnixMs): TraderFigures {
  return { ...NO_TRADERS, databaseHealth: { fault: undefined, errors: 0, answeredAt } };
}

/** A deployment as it should be: a server with keys behind TLS, with checkpoints, and functions on a database. */
interface Stage {
  readonly market: ServedMarket;
  readonly deployment: Deployment;
  /** Requests to functions go here first; undefined lets them through. */
  intercept: ((name: string) => Response | undefined) | undefined;
}

describe.skipIf(MISSING)("vyx doctor", () => {
  let databases: TestDatabases;
  let sql: Sql;
  let authority: Authority;
  let certificate: Certificate;
  let stage: Stage;
  const ending: (() => unknown)[] = [];

  beforeAll(async () => {
    databases = await startDatabases("PostgreSQL");
    ({ sql } = await databases.migrated());
    authority = createAuthority();
    certificate = await authority.issue("localhost", 30);
  });
  afterAll(() => databases?.stop());
  beforeEach(async () => {
    stage = await build();
  });
  afterEach(async () => {
    for (const end of ending.splice(0)) await end();
  });

  /** The address of a front with this certificate, before a server of this machine. */
  const behindTls = async (url: string, shown: Certificate = certificate): Promise<URL> => {
    const front = await tlsFront(url, shown);
    ending.push(() => front.stop());
    return new URL(front.url);
  };

  async function build(about: Parameters<typeof serveMarket>[0] = {}): Promise<Stage> {
    const ring = new KeyRing([
      keyRecord(KEY),
      keyRecord("revoked", { revokedAt: START }),
      keyRecord("no-stream", { scopes: ["read"] }),
    ]);
    const market: ServedMarket = serveMarket({
      ...about,
      with: {
        access: keyAccess(ring),
        corsOrigins: [ORIGIN],
        traderFigures: () => answering(market.clock.now()),
        commit: COMMIT,
        ...about.with,
      },
    });
    ending.push(() => market.server.stop());
    market.checkpoint.status = {
      lastWrittenAt: (market.clock.now() - 20_000) as UnixMs,
      bytes: 1_000,
      milliseconds: 5,
      failures: 0,
      fault: undefined,
      setAside: 0,
    };
    const traders = createTraders({
      sql,
      connections: 4,
      market: new ClientMarket(createClient({ url: market.server.url, apiKey: KEY, maxTries: 1 })),
      screener: new RuleScreener(),
      clock: market.clock,
      stopwatch: market.clock.stopwatch,
      log: { info: () => {}, warn: () => {} },
      origins: [],
      authorize: authorizeBy({
        serviceKeys: [SERVICE_KEY],
        readToken: undefined,
        tradeKeys: new Map(),
      }),
      onError: () => {},
    });
    await traders.executions.noteLook();
    const host = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: (request) => {
        const name = new URL(request.url).pathname.split("/")[3] ?? "";
        return made.intercept?.(name) ?? traders.functions(name as FunctionName, request);
      },
    });
    ending.push(() => host.stop(true));
    const made: Stage = {
      market,
      intercept: undefined,
      deployment: {
        mailFault: async () => undefined,
        url: await behindTls(market.server.url),
        apiKey: KEY,
        functionsUrl: new URL(`http://127.0.0.1:${host.port}/functions/v1`),
        serviceKey: SERVICE_KEY,
        origins: [ORIGIN],
        source: "recorded",
        isPublic: true,
        authorities: authority.cert,
        clock: market.clock,
        build: { version: "0.0.0-test", commit: COMMIT },
      },
    };
    return made;
  }

  test("finds nothing where nothing is wrong", async () => {
    const findings = await examine(stage.deployment);
    expect(findings.filter(({ state }) => state !== "good")).toEqual([]);
    expect(findings.map(({ check }) => check)).toContain("cron");
  });

  test("a demo without checkpoints has no problem", async () => {
    stage.market.feed.source = "simulated";
    stage.market.checkpoint.status = undefined;
    const findings = await examine({ ...stage.deployment, source: "simulated" });
    expect(findings.filter(({ state }) => state !== "good")).toEqual([
      {
        check: "checkpoint",
        state: "skipped",
        found: "checkpoints are disabled: the market is simulated and kept in memory, so a restart loses nothing",
      },
    ]);
  });

  /** Each breaks one thing, and tells which check names it, and words of what it says and expects. */
  const BROKEN: readonly {
    readonly what: string;
    readonly check: CheckName;
    readonly says: string;
    readonly expected: string;
    readonly also?: readonly CheckName[];
    break(): Promise<Partial<Deployment>> | Partial<Deployment>;
  }[] = [
    {
      what: "no auth",
      check: "auth",
      says: "GET /symbols without a key answers 200",
      expected: "401: start the server with --keys-file",
      break: async () => {
        stage = await build({
          with: { access: { ...keyAccess(new KeyRing([])), keys: undefined, scopesWithoutKeys: EVERY_SCOPE } },
        });
        return stage.deployment;
      },
    },
    {
      what: "a key that was revoked",
      check: "key",
      says: "unknown to the server, revoked or expired (401)",
      expected: "with VYX_API_KEYS, add the entry that `--for-variable` prints",
      also: ["clock", "tickets"],
      break: () => ({ apiKey: "revoked" }),
    },
    {
      what: "a key that may not stream",
      check: "clock",
      says: "a WebSocket on /ws doesn't open",
      expected: "the scope stream",
      also: ["tickets"],
      break: () => ({ apiKey: "no-stream" }),
    },
    {
      what: "two servers without a shared ticket secret",
      check: "tickets",
      says: "8 of 8 tickets open no WebSocket: the server closed it with 4500 this ticket comes from a server with another --ticket-secret",
      expected: "the same --ticket-secret",
      break: async () => {
        const other = serveMarket({ with: { access: keyAccess(new KeyRing([keyRecord(KEY)])) } });
        ending.push(() => other.server.stop());
        const targetOf = (head: string): string =>
          (head.startsWith("GET /ws?ticket=") ? other : stage.market).server.url;
        const front = await tlsFront(targetOf, certificate);
        ending.push(() => front.stop());
        return { url: new URL(front.url) };
      },
    },
    {
      what: "an origin that is not let in",
      check: "origins",
      says: "pages of https://other.example.org are not allowed: a preflight allows no origin",
      expected: "--cors-origins https://other.example.org",
      break: () => ({ origins: [ORIGIN, "https://other.example.org"] }),
    },
    {
      what: "every origin let in",
      check: "origins",
      says: "pages of every origin are allowed",
      expected: `--cors-origins with ${ORIGIN} in place of *`,
      break: async () => {
        stage = await build({ with: { corsOrigins: ["*"] } });
        return stage.deployment;
      },
    },
    {
      what: "a made-up market",
      check: "source",
      says: "the market is simulated",
      expected:
        "recorded: is the right exchange behind --exchange-rest and --exchange-ws? If simulated is meant, check with --source simulated",
      break: () => {
        stage.market.feed.source = "simulated";
        return {};
      },
    },
    {
      what: "not ready",
      check: "ready",
      says: "not ready: ",
      expected: "docs/runbook.md#vyxnotready",
      break: () => {
        stage.market.feed.state = "warming";
        return {};
      },
    },
    {
      what: "a stale feed",
      check: "lag",
      says: "no data from the exchange for 75 s",
      expected: "docs/runbook.md#vyxfeedstale",
      also: ["ready"],
      break: () => {
        stage.market.feed.lastEventAt = (stage.market.clock.now() - 75_000) as UnixMs;
        return {};
      },
    },
    {
      what: "a feed that never began to speak",
      check: "lag",
      says: "no data has arrived from the exchange for 75 s; the feed is silent with 1 connection",
      expected: "docs/runbook.md#vyxfeedstale",
      also: ["ready"],
      break: () => {
        stage.market.feed.state = "silent";
        stage.market.feed.lastEventAt = undefined;
        stage.market.feed.connectedAt = (stage.market.clock.now() - 75_000) as UnixMs;
        return {};
      },
    },
    {
      what: "prices that are a minute behind",
      check: "lag",
      says: "data arrives, but is 63 s old by the exchange's own clock",
      expected: "docs/runbook.md#vyxfeedstale",
      also: ["ready"],
      break: () => {
        stage.market.feed.state = "silent";
        stage.market.feed.marketLagMs = 63_000;
        return {};
      },
    },
    {
      what: "a part of the streams that is silent",
      check: "lag",
      says: "doesn't arrive: no klines come of 1 of 2 symbols",
      expected: "docs/runbook.md#vyxfeedstale",
      also: ["ready"],
      break: () => {
        stage.market.feed.state = "silent";
        stage.market.feed.silences = ["no klines come of 1 of 2 symbols, though they trade: BTCUSDT"];
        return {};
      },
    },
    {
      what: "closes that stopped",
      check: "lag",
      says: "the last minute that closed is 5 min old, although data arrives",
      expected: "docs/runbook.md#vyxcloseslate",
      break: async () => {
        await stage.market.clock.turn(5 * 60_000);
        stage.market.feed.lastEventAt = stage.market.clock.now();
        stage.market.feed.source = "binance";
        return { source: "binance" };
      },
    },
    {
      what: "series in doubt",
      check: "holes",
      says: "3 of 6 series are incomplete or uncertain: BTCUSDT 1m is uncertain, BTCUSDT 5m is uncertain",
      expected: "docs/runbook.md#vyxholes",
      also: ["health"],
      break: () => {
        const from = (START + 250 * 60_000) as UnixMs;
        stage.market.store.apply({ type: "gap", symbol: BTC, interval: "1m", from, reason: "cut" });
        return {};
      },
    },
    {
      what: "a hole",
      check: "holes",
      says: "BTCUSDT 1m is missing klines from 2026-02-10T05:00:00.000Z",
      expected: "docs/runbook.md#vyxholes",
      also: ["health"],
      break: async () => {
        const { market } = stage;
        // One minute is never told, and those after it are.
        for (const minute of market.minutes.slice(301, 303)) market.stream(minute);
        await market.clock.turn(3 * 60_000);
        market.feed.lastEventAt = market.clock.now();
        return {};
      },
    },
    {
      what: "no checkpoints",
      check: "checkpoint",
      says: "checkpoints are disabled",
      expected: "--data-dir on a volume",
      break: () => {
        stage.market.checkpoint.status = undefined;
        return {};
      },
    },
    {
      what: "checkpoints that can't be written",
      check: "checkpoint",
      says: "the newest is 20 min old; 7 writes failed",
      expected: "docs/runbook.md#vyxcheckpointold",
      break: () => {
        const { status } = stage.market.checkpoint;
        const lastWrittenAt = (stage.market.clock.now() - 20 * 60_000) as UnixMs;
        stage.market.checkpoint.status = { ...(status as NonNullable<typeof status>), lastWrittenAt, failures: 7 };
        return {};
      },
    },
    {
      what: "a disk that is full from the start",
      check: "health",
      says: "/health is degraded: checkpoints can't be written: the disk is full",
      expected: "room and permission to write in the folder of --data-dir: docs/runbook.md#vyxcheckpointold",
      also: ["checkpoint"],
      break: () => {
        const { status } = stage.market.checkpoint;
        const full = { lastWrittenAt: undefined, failures: 4, fault: "the disk is full" };
        stage.market.checkpoint.status = { ...(status as NonNullable<typeof status>), ...full };
        return {};
      },
    },
    {
      what: "a disk that became full a moment ago",
      check: "health",
      says: "/health is degraded: checkpoints can't be written: the disk is full",
      expected: "status ok, without reasons",
      break: () => {
        const { status } = stage.market.checkpoint;
        stage.market.checkpoint.status = {
          ...(status as NonNullable<typeof status>),
          failures: 1,
          fault: "the disk is full",
        };
        return {};
      },
    },
    {
      what: "a database that is away",
      check: "database",
      says: "traders: the database can't be reached: ECONNREFUSED; it answered 75 s ago",
      expected:
        "`docker compose logs postgres` with Docker Compose, `fly logs` on Fly, and docs/runbook.md#vyxdatabasedown",
      break: async () => {
        const fault = "traders: the database can't be reached: ECONNREFUSED";
        const answeredAt = (stage.market.clock.now() - 75_000) as UnixMs;
        stage = await build({
          with: {
            faults: () => [fault],
            traderFigures: () => ({ ...NO_TRADERS, databaseHealth: { fault, errors: 75, answeredAt } }),
          },
        });
        return stage.deployment;
      },
    },
    {
      what: "a clock that is off",
      check: "clock",
      says: "the server's clock is 40 s ahead of this machine's",
      expected: "let NTP set both",
      break: () => {
        const { clock } = stage.market;
        return { clock: { now: () => (clock.now() - 40_000) as UnixMs, sleep: (...span) => clock.sleep(...span) } };
      },
    },
    {
      what: "a server whose clock isn't the exchange's",
      check: "clock",
      says: "the server's clock is 51 s ahead of the exchange's",
      expected: "let NTP set the server's clock",
      break: () => {
        Object.assign(stage.market.feed, { source: "binance", clockOffsetMs: 50_969 });
        return { source: "binance" };
      },
    },
    {
      what: "plain http under a name that others reach",
      check: "tls",
      says: "uses plain http: others can read keys and answers in transit",
      expected: "https://127.0.0.1: put a TLS proxy in front",
      break: () => ({ url: new URL(stage.market.server.url) }),
    },
    {
      what: "a certificate of an authority that nobody knows",
      check: "tls",
      says: "isn't trusted by this machine: pass it with --ca, or get one that is (UNABLE_TO_VERIFY_LEAF_SIGNATURE)",
      expected: "a certificate for localhost from a trusted authority",
      break: () => ({ authorities: undefined }),
    },
    {
      what: "a certificate for another name",
      check: "tls",
      says: "is not valid: it is for other.example.org (ERR_TLS_CERT_ALTNAME_INVALID) (valid from 20",
      expected: "VYX_SITE=localhost in `.env` with Docker Compose",
      break: async () => ({
        url: await behindTls(stage.market.server.url, await authority.issue("other.example.org", 30)),
      }),
    },
    {
      what: "a certificate that is over",
      check: "tls",
      says: "expired on 20",
      expected:
        "see `systemctl list-timers` and the proxy's log under systemd, `docker compose logs caddy` with Docker Compose",
      break: async () => ({
        url: await behindTls(stage.market.server.url, await authority.issue("localhost", 0)),
        clock: systemClock,
      }),
    },
    {
      what: "functions that aren't there",
      check: "functions",
      says: "not deployed: execute-trader",
      expected: "all functions: deploy supabase/functions",
      break: () => {
        stage.intercept = (name) =>
          name === "execute-trader" ? Response.json({ code: "NOT_FOUND" }, { status: 404 }) : undefined;
        return {};
      },
    },
    {
      what: "functions that can't reach the market",
      check: "functions",
      says: "get-klines answers 503: the market is away",
      expected: "VYX_URL and VYX_API_KEY match this server",
      break: () => {
        stage.intercept = (name) =>
          name === "get-klines"
            ? Response.json({ error: "the market is away", fallback: true }, { status: 503 })
            : undefined;
        return {};
      },
    },
    {
      what: "functions that are down",
      check: "functions",
      says: "http://127.0.0.1:9/functions/v1/",
      expected: "an answer: the functions are deployed",
      also: ["cron"],
      break: () => ({ functionsUrl: new URL("http://127.0.0.1:9/functions/v1") }),
    },
    {
      what: "a service key that isn't theirs",
      check: "functions",
      says: "get-klines refuses the key in VYX_SERVICE_KEY (401)",
      expected: "the VYX_SERVICE_KEY that the functions have",
      also: ["cron"],
      break: () => ({ serviceKey: "another" }),
    },
    {
      what: "a dead cron",
      check: "cron",
      says: "cron hasn't checked for missed closes for 10 min",
      expected: "every minute: have the functions' host send POST trigger-executions",
      break: async () => {
        await sql`update public.looks set looked_at = now() - interval '10 minutes'`;
        return {};
      },
    },
    {
      what: "a cron that never was",
      check: "cron",
      says: "cron has never checked for missed closes",
      expected: "every minute: have the functions' host send POST trigger-executions",
      break: async () => {
        await sql`delete from public.looks`;
        return {};
      },
    },
    {
      what: "something else in its place",
      check: "answers",
      says: "doesn't answer: GET /health",
      expected: "GET /health of a Vyx server",
      break: async () => {
        const other = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("It works!") });
        ending.push(() => other.stop(true));
        return { url: await behindTls(String(other.url)) };
      },
    },
    {
      what: "nothing there at all",
      check: "answers",
      says: "https://localhost:9/ doesn't answer: GET /health: the server can't be reached: ECONNREFUSED",
      expected: "check that the server is running (`systemctl status vyx` under systemd, `docker compose ps` with",
      break: () => ({ url: new URL("https://localhost:9") }),
    },
  ];

  test.each(BROKEN.map((one) => [one.what, one] as const))("names %s", async (_, broken) => {
    const changes = await broken.break();
    const findings = await examine({ ...stage.deployment, ...changes });
    const wrong = findings.filter((one): one is Extract<Finding, { state: "wrong" }> => one.state === "wrong");
    expect(wrong.map(({ check }) => check).toSorted()).toEqual([broken.check, ...(broken.also ?? [])].toSorted());
    const named = wrong.find(({ check }) => check === broken.check);
    expect(named?.found).toContain(broken.says);
    expect(named?.expected).toContain(broken.expected);
  });

  test("a certificate that ends soon is a warning with its date, and the other checks are made", async () => {
    // Of its 30 days three are left.
    const in27Days = { ...systemClock, now: () => (systemClock.now() + 27 * 86_400_000) as UnixMs };
    const findings = await examine({ ...stage.deployment, clock: in27Days }, ["tls", "auth", "ready"]);
    expect(findings).toMatchObject([
      {
        state: "warning",
        found: expect.stringMatching(/expires on 20\d\d-\d\d-\d\d \d\d:\d\d UTC, in (3 days|7\d h)$/),
        expected: expect.stringContaining("renewal 5 days before"),
      },
      { check: "auth", state: "good" },
      { check: "ready", state: "good" },
    ]);
  });

  test("a certificate is judged by its own lifetime: a short one isn't about to end", async () => {
    const url = await behindTls(stage.market.server.url, await authority.issue("localhost", 1));
    expect(await examine({ ...stage.deployment, url, clock: systemClock }, ["tls"])).toMatchObject([
      { state: "good", found: expect.stringMatching(/expires on .* UTC, in 2\d h$/) },
    ]);
  });

  test("an IP address in place of a name is told in words, with the remedy", async () => {
    const { port } = await behindTls(stage.market.server.url);
    for (const host of ["127.0.0.1", "[::1]"]) {
      const url = new URL(`https://${host}:${port}`);
      const [tls] = await examine({ ...stage.deployment, url, functionsUrl: undefined }, ["tls"]);
      if (tls?.state === "skipped") continue;
      expect(tls).toMatchObject({
        state: "wrong",
        found: expect.stringContaining(`the certificate of ${host}:${port} is not valid`),
        expected: expect.stringContaining("use the server's host name in --url"),
      });
    }
  });

  test("a database without a fault, whose last answer is old, is a warning", async () => {
    const answered = async (ageMs: number): Promise<Finding[]> => {
      const answeredAt = (stage.market.clock.now() - ageMs) as UnixMs;
      stage = await build({ with: { traderFigures: () => answering(answeredAt) } });
      return await examine(stage.deployment, ["database"]);
    };
    expect(await answered(2_000)).toMatchObject([{ state: "good", found: "it answered 2.0 s ago" }]);
    expect(await answered(40_000)).toMatchObject([
      {
        state: "warning",
        found: "it is busy or hangs: it answered 40 s ago",
        expected: expect.stringContaining("journalctl"),
      },
    ]);
  });

  test("another version or commit of the server is a warning; an unknown commit isn't compared", async () => {
    const { deployment } = stage;
    const { build } = deployment as { build: NonNullable<Deployment["build"]> };
    const found = async (ours: Partial<typeof build>): Promise<Finding[]> =>
      await examine({ ...deployment, build: { ...build, ...ours } }, ["version"]);
    expect(await found({})).toMatchObject([
      { state: "good", found: "the server runs 0.0.0-test (commit 0123456789ab)" },
    ]);
    expect(await found({ commit: "unknown" })).toMatchObject([{ state: "good" }]);
    expect(await found({ version: "9.9.9", commit: "f".repeat(40) })).toMatchObject([
      {
        state: "warning",
        found: "the server runs 0.0.0-test (commit 0123456789ab), and this doctor is 9.9.9 (commit ffffffffffff)",
        expected: expect.stringContaining("restart the server with the new program"),
      },
    ]);
  });

  test("sends no key where others can read it, and none over a certificate that isn't good", async () => {
    const heard: string[] = [];
    const eavesdropper = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: async (request) => {
        for (const name of ["authorization", "x-api-key"]) {
          const value = request.headers.get(name);
          if (value !== null) heard.push(value);
        }
        const { pathname } = new URL(request.url);
        return await fetch(`${stage.market.server.url}${pathname}`, { method: request.method });
      },
    });
    ending.push(() => eavesdropper.stop(true));
    await examine({ ...stage.deployment, url: new URL(String(eavesdropper.url)), functionsUrl: undefined });
    expect(heard.filter((value) => value.includes(KEY))).toEqual([]);
    const front = await behindTls(String(eavesdropper.url), await authority.issue("other.example.org", 30));
    await examine({ ...stage.deployment, url: front, functionsUrl: undefined });
    expect(heard.filter((value) => value.includes(KEY))).toEqual([]);
    // It hears what is sent, so the silence above means something.
    await examine({
      ...stage.deployment,
      url: new URL(String(eavesdropper.url)),
      isPublic: false,
      functionsUrl: undefined,
    });
    expect(heard.filter((value) => value.includes(KEY))).not.toEqual([]);
  });

  test("a recording that is played back is as old as it is: no fault", async () => {
    const { market, deployment } = stage;
    await market.clock.turn(5 * 60_000);
    Object.assign(market.feed, { lastEventAt: market.clock.now(), clockOffsetMs: 300_000 });
    expect(await examine(deployment, ["lag", "clock"])).toMatchObject([
      { state: "good", found: expect.stringContaining("it is played back") },
      { state: "good", found: expect.stringContaining("it is 5 min ahead of the recorded market's") },
    ]);
  });

  test("looks at the mail server where one is given", async () => {
    const look = async (mailFault?: () => Promise<string | undefined>) =>
      (await examine({ ...stage.deployment, mailFault }, ["mail"]))[0];
    expect(await look()).toMatchObject({ state: "skipped", found: "no --smtp-url was given" });
    expect(await look(async () => undefined)).toMatchObject({ state: "good", found: "it greets and takes the login" });
    expect(await look(async () => "the mail server refuses the login: 535")).toMatchObject({
      ...{ state: "wrong", found: "the mail server refuses the login: 535" },
      expected: expect.stringContaining("takes the user and password of --smtp-url"),
    });
  });

  test("makes only the checks that are asked for", async () => {
    expect(await examine(stage.deployment, ["ready"])).toMatchObject([{ check: "ready", state: "good" }]);
  });
});

test("an address that only means this machine is told from one that others reach", () => {
  const mine = ["http://localhost:8080", "http://127.0.0.1", "http://127.8.9.1:1", "http://[::1]:8080"];
  const theirs = [
    "http://vyx.example.org",
    "http://10.0.0.1",
    "http://localhost.example.org",
    "http://0.0.0.0",
    "http://127.0.0.1.example.org",
  ];
  expect(mine.filter((url) => !isThisMachine(new URL(url)))).toEqual([]);
  expect(theirs.filter((url) => isThisMachine(new URL(url)))).toEqual([]);
});

test("a remedy is that of the deployment, where the URL tells it", () => {
  const remedies = { systemd: "one", compose: "two", fly: "three" };
  expect(whereItRuns(new URL("https://vyx.fly.dev"), remedies)).toBe("three");
  const all = "one under systemd, two with Docker Compose, three on Fly";
  expect(whereItRuns(new URL("https://fly.dev.example.org"), remedies)).toBe(all);
});

test.each([
  ["https://vyx.example.org/functions/v1", "the server", "see the check database"],
  ["https://project.supabase.co/functions/v1", "cron", "supabase/cron.sql"],
  ["https://functions.example.org/v1", "cron", "POST trigger-executions"],
  ["https://supabase.co.example.org/functions/v1", "cron", "POST trigger-executions"],
])("what mends a dead cron at %s fits the host", (functions, checker, checks) => {
  const host = functionsHost(new URL("https://vyx.example.org"), new URL(functions));
  expect(host.checker).toBe(checker);
  expect(host.checks).toContain(checks);
});
