import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { readMigrations } from "../../../src/cli/migrations-folder.ts";
import { migrateUp, openDatabase, type Sql } from "../../../src/traders/mod.ts";
import { keyRecord } from "../../helpers/keys.ts";
import { hasPostgres, type RunningPostgres, startPostgres } from "../../helpers/postgres.ts";
import { RawSocket } from "../../helpers/raw-socket.ts";
import { PUBLISHABLE_KEY, SignInProject } from "../../helpers/sign-in-project.ts";
import type { Cause } from "./drill.ts";
import { type MarketOptions, Scene } from "./scene.ts";

const MAIN = join(import.meta.dir, "../../../src/cli/main.ts");

const isRoot: boolean = process.getuid?.() === 0;
const hasFaketime: boolean = Bun.which("faketime") !== null;

/** A filter that needs QuickJS, and a good part of the time that one symbol may take. */
const HEAVY_FILTER =
  'let n = 0; for (let i = 0; i < 100000; i++) { n += i % 7; } return n < 0 && "".concat(n) === "x";';

/** Bytes of a disk that has room for a small server's files, and not for a second copy of them. */
const SMALL_DISK = "64m";

/** The server that is well, unless said otherwise. */
async function well(market: MarketOptions = {}, ...flags: string[]): Promise<Scene> {
  const scene = new Scene(market);
  await scene.start(flags);
  return scene;
}

/** A server whose traders are in a PostgreSQL of the scene's own. */
async function withPostgres(
  market: MarketOptions,
  prepare: (sql: Sql) => Promise<unknown> = async () => {},
): Promise<Scene & { postgres: RunningPostgres; sql: Sql }> {
  const scene = new Scene(market);
  const postgres = await startPostgres();
  const url = await postgres.createDatabase();
  const sql = openDatabase({ url, connections: 2 });
  scene.atEnd(async () => {
    await sql.end({ timeout: 0 });
    await postgres.stop();
  });
  await migrateUp(sql, readMigrations());
  await prepare(sql);
  await scene.start(["--database-url", url]);
  return Object.assign(scene, { postgres, sql });
}

/** The key by which a server that needs one is scraped. */
const KEY = "vyx_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";

/** An address that leads to the scene's server, with the key. */
function withKey(scene: Scene): string {
  const door = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: ({ url }) => fetch(`${scene.url}${new URL(url).pathname}`, { headers: { "x-api-key": KEY } }),
    error: () => new Response(null, { status: 502 }),
  });
  scene.atEnd(() => door.stop(true));
  return door.url.origin;
}

async function addTrader(scene: Scene, code: string): Promise<void> {
  const body = JSON.stringify({
    ...{ name: "a trader", description: "", enabled: true, code, timeframes: ["1m"], triggerInterval: "1m" },
    ...{ symbols: null, cooldownCandles: 0 },
  });
  let status = 0;
  while (status !== 201) {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${scene.url}/functions/v1/traders`, { method: "POST", headers, body });
    status = answer.status;
    if (status >= 400 && status < 500) throw new Error(await answer.text());
  }
}

/** A row with a low above its high: the server doesn't believe it. */
async function withWrongRows(url: URL, answer: () => Promise<Response>): Promise<Response> {
  const response = await answer();
  if (url.pathname !== "/api/v3/klines" || url.searchParams.get("symbol") !== "BTCUSDT" || !response.ok)
    return response;
  const rows = (await response.json()) as unknown[][];
  return Response.json(rows.map((row) => row.map((field, index) => (index === 3 ? "1000000000.0" : field))));
}

/** Gives the scene's server a small disk of its own. */
function smallDisk(scene: Scene): void {
  mkdirSync(scene.dataDir);
  const mounted = Bun.spawnSync(["mount", "-t", "tmpfs", "-o", `size=${SMALL_DISK}`, "tmpfs", scene.dataDir]);
  if (!mounted.success) throw new Error(mounted.stderr.toString());
  scene.atEnd(() => Bun.spawnSync(["umount", "--lazy", scene.dataDir]));
}

function fillDisk(scene: Scene): void {
  const file = join(scene.dataDir, "of-another-program");
  for (let bytes = 1024 ** 2; bytes >= 4_096; bytes /= 2) {
    const block = Buffer.alloc(bytes);
    try {
      for (;;) writeFileSync(file, block, { flag: "a" });
    } catch {
      // Full for blocks of this size.
    }
  }
}

function freeDisk(scene: Scene): void {
  const file = join(scene.dataDir, "of-another-program");
  truncateSync(file);
  rmSync(file);
}

async function vyx(...words: string[]): Promise<void> {
  const days = words[0] === "two days ago" ? ["faketime", "-2 days"] : [];
  const running = Bun.spawn([...days, process.execPath, MAIN, ...words.slice(days.length === 0 ? 0 : 1)], {
    stdout: "ignore",
    stderr: "pipe",
  });
  if ((await running.exited) !== 0) throw new Error(await new Response(running.stderr).text());
}

const stopRepeats = new WeakMap<Scene, () => Promise<unknown>>();
const endRepeat = async (scene: Scene): Promise<void> => {
  await stopRepeats.get(scene)?.();
};
/** Begins work that goes on until {@link endRepeat}, in so many lanes. */
function lanes(scene: Scene, count: number, work: (lane: number) => Promise<unknown>): void {
  const ends = Array.from({ length: count }, (_, lane) => scene.repeat(() => work(lane)));
  stopRepeats.set(scene, () => Promise.all(ends.map((end) => end())));
}

/** The alerts of the kit with what they are for, besides {@link UNCAUSED}. {@link missing} says which this machine can't cause. */
export const CAUSES: readonly Cause[] = [
  {
    alert: "VyxRestarts",
    says: "the server is killed three times",
    ends: "no more kills",
    begin: () => well(),
    break: async (scene) => {
      for (let round = 0; round < 3; round += 1) {
        await scene.signal("SIGKILL");
        await scene.restart();
        await scene.untilReady();
        await Bun.sleep(3_000);
      }
    },
    mend: async () => {},
  },
  {
    alert: "VyxDown",
    says: "the server is killed",
    ends: "it is started again",
    begin: () => well(),
    break: (scene) => scene.signal("SIGKILL"),
    mend: (scene) => scene.restart(),
  },
  {
    alert: "VyxFeedStale",
    says: "the exchange ends, REST and streams",
    ends: "it comes back",
    begin: () => well(),
    break: (scene) => scene.closeExchange(),
    mend: async (scene) => scene.openExchange(),
  },
  {
    alert: "VyxNotReady",
    says: "the exchange doesn't answer for history, after a start",
    ends: "it answers",
    begin: async () => {
      const scene = new Scene();
      const held = Promise.withResolvers<void>();
      stopRepeats.set(scene, async () => held.resolve());
      scene.atEnd(() => held.resolve());
      scene.bend = (url, answer) => (url.pathname === "/api/v3/klines" ? held.promise.then(answer) : undefined);
      await scene.start();
      return scene;
    },
    mend: async (scene) => {
      scene.bend = undefined;
      await endRepeat(scene);
    },
  },
  {
    alert: "VyxHoles",
    says: "the exchange sends rows of one symbol that can't be right",
    ends: "its rows are right",
    begin: async () => {
      const scene = new Scene();
      scene.bend = withWrongRows;
      await scene.start();
      return scene;
    },
    mend: async (scene) => {
      scene.bend = undefined;
    },
  },
  {
    alert: "VyxBanned",
    says: "the exchange answers 418 for 15 s",
    ends: "the ban ends",
    begin: () => well({}, "--audit-every", "1"),
    break: async (scene) => {
      const until = Date.now() + 15_000;
      scene.bend = () => {
        const left = Math.ceil((until - Date.now()) / 1_000);
        if (left <= 0) return undefined;
        const body = { code: -1003, msg: `Way too much request weight used; IP banned until ${until}.` };
        return Response.json(body, { status: 418, headers: { "retry-after": String(left) } });
      };
    },
    mend: async () => {},
  },
  {
    alert: "VyxClosesLate",
    says: "the stream brings a third of the closes late, and a fifth never",
    ends: "all come in time",
    begin: () => well({ speed: 10, faults: "late-close=0.3,no-close=0.2" }),
    break: async () => {},
    mend: async (scene) => scene.exchange?.calm(),
  },
  {
    alert: "VyxSlowAnswers",
    says: "a key requests the whole market in a loop, beside other readers",
    ends: "it stops",
    begin: () => well({ symbols: 40 }),
    break: async (scene) => {
      let asked = 0;
      lanes(scene, 10, async (lane) => {
        asked += 1;
        // An answer that was asked for before would be sent as it is, however busy the server.
        const one = `/klines/BTCUSDT/1m?limit=${200 + (asked % 300)}`;
        const path = lane < 8 ? "/klines?symbols=*&intervals=1m,5m&limit=500" : one;
        await (await fetch(scene.url + path)).arrayBuffer();
      });
    },
    mend: endRepeat,
  },
  {
    alert: "VyxErrors",
    says: "somebody renames a column of the traders' database",
    ends: "the column has its name again",
    begin: () => withPostgres({}),
    break: async (scene) => {
      const { sql } = scene as Scene & { sql: Sql };
      await sql`alter table public.signals rename column facts to renamed`;
      lanes(scene, 1, async () => {
        await (await fetch(`${scene.url}/functions/v1/signals`)).arrayBuffer();
        await Bun.sleep(200);
      });
    },
    mend: async (scene) => {
      await (scene as Scene & { sql: Sql }).sql`alter table public.signals rename column renamed to facts`;
    },
  },
  {
    alert: "VyxUnavailable",
    says: "a project's sign-in is away when users come whose tokens it has signed",
    ends: "its public keys are there again",
    begin: async () => {
      const project = await SignInProject.start();
      project.hasKeys = false;
      const scene = new Scene({});
      scene.atEnd(() => project.stop());
      const { hash } = keyRecord(KEY);
      const flags = ["--supabase-url", project.url, "--supabase-key", PUBLISHABLE_KEY];
      await scene.start([...flags, "--api-keys", `prometheus:${hash}:metrics`]);
      scene.scrapedAt = withKey(scene);
      return Object.assign(scene, { project });
    },
    break: async (scene) => {
      const { project } = scene as Scene & { project: SignInProject };
      lanes(scene, 1, async () => {
        const authorization = `Bearer ${await project.token({ sub: crypto.randomUUID() })}`;
        await (await fetch(`${scene.url}/tickers`, { headers: { authorization } })).arrayBuffer();
        await Bun.sleep(200);
      });
    },
    mend: async (scene) => {
      (scene as Scene & { project: SignInProject }).project.hasKeys = true;
    },
  },
  {
    alert: "VyxCheckpointOld",
    says: "another program fills the disk",
    ends: "its file is deleted",
    begin: async () => {
      const scene = new Scene();
      smallDisk(scene);
      await scene.start(["--checkpoint-every", "2"]);
      return scene;
    },
    break: async (scene) => fillDisk(scene),
    mend: async (scene) => freeDisk(scene),
  },
  {
    alert: "VyxMemory",
    says: "a market of 400 symbols with 2,000 klines of six intervals each",
    ends: "the server is started with `--capacity 50`",
    begin: () =>
      well({ symbols: 400 }, "--capacity", "2000", "--intervals", "1m,3m,5m,15m,30m,1h", "--weight-share", "100"),
    break: async () => {},
    mend: async (scene) => {
      await scene.signal("SIGTERM");
      await scene.start(["--capacity", "50", "--symbols", "top:5", "--data-dir", "none"]);
    },
  },
  {
    alert: "VyxAnswersRefused",
    says: "a client requests the whole market on 20 connections and reads nothing",
    ends: "it is gone",
    begin: () => well({ symbols: 40 }),
    break: async (scene) => {
      const { hostname, port } = new URL(scene.url);
      lanes(scene, 20, async () => {
        const socket = connect({ host: hostname, port: Number(port) });
        socket.on("error", () => {});
        socket.pause();
        socket.write("GET /klines?symbols=*&intervals=1m,5m&limit=500 HTTP/1.1\r\nHost: localhost\r\n\r\n");
        await Bun.sleep(3_000);
        socket.destroy();
      });
    },
    mend: endRepeat,
  },
  {
    alert: "VyxEventLoopLate",
    says: "the machine gives the process no time for 0.6 s of each 2 s",
    ends: "it has the machine to itself",
    begin: () => well(),
    break: async (scene) => {
      lanes(scene, 1, async () => {
        await scene.signal("SIGSTOP");
        await Bun.sleep(600);
        await scene.signal("SIGCONT");
        await Bun.sleep(1_400);
      });
    },
    mend: endRepeat,
  },
  {
    alert: "VyxSlowClients",
    says: "clients subscribe to the whole market, stop reading and come back",
    ends: "they stop",
    begin: () => well({ symbols: 40, speed: 10 }),
    break: async (scene) => {
      lanes(scene, 1, async () => {
        for (let count = 0; count < 3; count += 1) {
          const socket = await RawSocket.open(`${scene.url.replace("http", "ws")}/ws`);
          while (!socket.open) await Bun.sleep(10);
          socket.send({ op: "subscribe", channels: ["tickers", "kline:*:1m"] });
          await Bun.sleep(200);
          socket.pause();
          scene.atEnd(() => socket.end());
        }
        await Bun.sleep(5_000);
      });
    },
    mend: endRepeat,
  },
  {
    alert: "VyxDatabaseDown",
    says: "PostgreSQL is stopped",
    ends: "it is started",
    begin: async () => {
      const scene = await withPostgres({ speed: 10 });
      await addTrader(scene, "return false;");
      return scene;
    },
    break: (scene) => (scene as Scene & { postgres: RunningPostgres }).postgres.halt(),
    mend: (scene) => (scene as Scene & { postgres: RunningPostgres }).postgres.resume(),
  },
  {
    alert: "VyxDatabaseLarge",
    says: "150,000 signals are in the traders' database",
    ends: "they are deleted, and the table is rewritten",
    begin: () =>
      withPostgres({}, async (sql) => {
        await sql`insert into public.traders (id, owner, name, description, enabled, code, timeframes, trigger_interval, cooldown_candles)
          values (gen_random_uuid(), 'gerda', 'a', '', false, 'return false;', '{1m}', '1m', 0)`;
        for (let last = 10_000; last <= 150_000; last += 10_000) {
          await sql`insert into public.signals (trader_id, trader_version, symbol, interval, close_time, price, facts)
            select t.id, 1, 'S' || n % 100, '1m', n, 1, jsonb_build_object('text', repeat('x', 200))
            from generate_series(${last - 9_999}::integer, ${last}::integer) n, public.traders t`;
        }
      }),
    break: async () => {},
    mend: async (scene) => {
      const { sql } = scene as Scene & { sql: Sql };
      await sql`truncate public.signals`;
      // It is measured every five minutes, and at the start.
      await scene.signal("SIGTERM");
      await scene.restart();
    },
  },
  {
    alert: "VyxBackupOld",
    says: "the last backup was made two days ago",
    ends: "`vyx backup` runs",
    begin: async () => {
      const scene = new Scene();
      mkdirSync(scene.dataDir);
      await scene.start();
      return scene;
    },
    break: async (scene) => await vyx("two days ago", "backup", join(scene.folder, "one"), "--data-dir", scene.dataDir),
    mend: async (scene) => await vyx("backup", join(scene.folder, "two"), "--data-dir", scene.dataDir),
  },
  {
    alert: "VyxTradersFail",
    says: "a trader's filter is changed in the database to something that is no program",
    ends: "it is mended",
    begin: async () => {
      const scene = await withPostgres({ speed: 10 });
      await addTrader(scene, "return false;");
      return scene;
    },
    break: async (scene) => {
      await (scene as Scene & { sql: Sql }).sql`update public.traders set code = 'return ('`;
    },
    mend: async (scene) => {
      await (scene as Scene & { sql: Sql }).sql`update public.traders set code = 'return false;'`;
    },
  },
  {
    alert: "VyxTradersLate",
    says: "60 traders have filters that take all of their time",
    ends: "they are switched off",
    begin: () => withPostgres({ speed: 10, symbols: 40 }),
    break: async (scene) => {
      for (let number = 0; number < 60; number += 1) await addTrader(scene, `${HEAVY_FILTER}\n// ${number}`);
    },
    mend: async (scene) => {
      await (scene as Scene & { sql: Sql }).sql`update public.traders set enabled = false`;
    },
  },
  {
    alert: "VyxClosesUndelivered",
    says: "the key of the close webhook is revoked: it answers 401",
    ends: "the key is good again",
    begin: async () => {
      const scene = new Scene({ speed: 10 });
      let isRevoked = false;
      const webhook = Bun.serve({
        port: 0,
        hostname: "127.0.0.1",
        fetch: () =>
          isRevoked ? new Response("no such key", { status: 401 }) : Response.json({ closes: [], runs: [] }),
      });
      scene.atEnd(() => webhook.stop(true));
      stopRepeats.set(scene, async () => {
        isRevoked = !isRevoked;
      });
      await scene.start([
        "--close-webhook",
        `${webhook.url}functions/v1/trigger-executions`,
        "--close-webhook-key",
        "a-key",
      ]);
      return scene;
    },
    break: endRepeat,
    mend: endRepeat,
  },
];

const CLUSTER_ALONE =
  "it needs a cluster over NATS; promtool tests the rule, and tests/cluster/nats-lost.test.ts and src/cluster/nats the metric";

/** Alerts that nothing causes here, with the reason. */
export const UNCAUSED: Readonly<Record<string, string>> = {
  VyxDatabaseUnmaintained:
    "only a disk that fails makes maintenance fail while the database still answers; promtool tests the rule, and src/traders/database-maintenance.test.ts the metric",
  VyxHistoryBehind:
    "market time of half an hour passes before it fires; promtool tests the rule, and src/history/record/recorder.test.ts the metric",
  VyxNatsAway: CLUSTER_ALONE,
  VyxStreamLate: CLUSTER_ALONE,
  VyxFinalsWaiting: CLUSTER_ALONE,
  VyxNobodySpends: CLUSTER_ALONE,
  VyxFallbacks:
    "it needs a server that moves over from Redis; promtool tests the rule, and src/migrate/redis/chosen-market.test.ts the metric",
};

/** What the cause of an alert needs and this machine lacks, if anything. */
export function missing(alert: string): string | undefined {
  const needsDisk = alert === "VyxCheckpointOld";
  if (needsDisk && !(isRoot && process.platform === "linux")) return "a disk of its own needs root on Linux";
  const needsPostgres = ["VyxErrors", "VyxDatabaseDown", "VyxDatabaseLarge", "VyxTradersFail", "VyxTradersLate"];
  if (needsPostgres.includes(alert) && !hasPostgres) return "PostgreSQL isn't installed";
  if (alert === "VyxBackupOld" && !hasFaketime) return "faketime isn't installed";
  return undefined;
}

/** The alerts of the kit. */
export function kitAlerts(): string[] {
  const rules = readFileSync(join(import.meta.dir, "../../../deploy/prometheus/alerts.yaml"), "utf8");
  return [...rules.matchAll(/- alert: (\w+)/g)].map(([, name = ""]) => name);
}
