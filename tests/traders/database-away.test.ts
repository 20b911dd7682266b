import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { systemClock } from "../../src/cli/clock.ts";
import { readMigrations } from "../../src/cli/migrations-folder.ts";
import type { RunningVyx } from "../../src/cli/serve.ts";
import { createExchange, type Exchange } from "../../src/exchange/mod.ts";
import { migrateUp } from "../../src/traders/mod.ts";
import type { HealthAnswer } from "../../src/wire/mod.ts";
import { isMissing, startDatabases, type TestDatabases } from "../helpers/databases.ts";
import { getJson, startOn, untilReady } from "../helpers/running-vyx.ts";
import { until } from "../helpers/until.ts";

/** Stands between a server and its database, and can fail as networks do. */
class DatabaseFront {
  readonly url: string;
  readonly #server: Server;
  readonly #pairs: Set<readonly [Socket, Socket]> = new Set();
  state: "well" | "refusing" | "frozen" = "well";

  private constructor(server: Server, target: URL) {
    this.#server = server;
    const { port } = server.address() as AddressInfo;
    this.url = `postgres://postgres@127.0.0.1:${port}${target.pathname}`;
    const socketFile = join(target.searchParams.get("host") ?? "", ".s.PGSQL.5432");
    server.on("connection", (socket) => {
      socket.on("error", () => {});
      if (this.state === "refusing") socket.resetAndDestroy();
      if (this.state !== "well") return;
      const upstream = connect(socketFile);
      upstream.on("error", () => {});
      this.#pairs.add([socket, upstream]);
      socket.pipe(upstream).pipe(socket);
    });
  }

  static async start(target: string): Promise<DatabaseFront> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new DatabaseFront(server, new URL(target));
  }

  /** The database is gone: connections are reset, as are new ones. */
  refuse(): void {
    this.state = "refusing";
    for (const [socket, upstream] of this.#pairs) {
      socket.resetAndDestroy();
      upstream.destroy();
    }
    this.#pairs.clear();
  }

  /** Connections stay up, and nothing goes through any more. */
  freeze(): void {
    this.state = "frozen";
    for (const [socket, upstream] of this.#pairs) {
      socket.unpipe(upstream).resume();
      upstream.unpipe(socket).resume();
    }
  }

  /** New connections get through again; those that were frozen are gone. */
  restore(): void {
    this.refuse();
    this.state = "well";
  }

  stop(): void {
    this.refuse();
    this.#server.close();
  }
}

describe.skipIf(isMissing("PostgreSQL"))("a database that is away", () => {
  let databases: TestDatabases;
  let front: DatabaseFront;
  let exchange: Exchange;
  let vyx: RunningVyx;

  beforeAll(async () => {
    databases = await startDatabases("PostgreSQL");
    front = await DatabaseFront.start((await databases.migrated()).url);
    exchange = createExchange({ port: 0, clock: systemClock, symbols: 2, seed: 7 });
    vyx = await startOn(exchange, { databaseUrl: front.url, intervals: "1m" });
    await untilReady(vyx);
  });
  afterAll(async () => {
    await vyx?.stop();
    await exchange?.stop();
    front?.stop();
    await databases?.stop();
  });

  const health = async (): Promise<HealthAnswer> => await getJson<HealthAnswer>(vyx, "/health");
  const traders = async (): Promise<{ status: number; detail: string }> => {
    const answer = await fetch(`${vyx.url}/functions/v1/traders`);
    const { detail = "" } = (await answer.json()) as { detail?: string };
    return { status: answer.status, detail };
  };
  const metric = async (name: string): Promise<number | undefined> => {
    const found = new RegExp(`^${name} (.*)$`, "m").exec(await (await fetch(`${vyx.url}/metrics`)).text());
    return found === null ? undefined : Number(found[1]);
  };
  const back = async (): Promise<void> => {
    front.restore();
    await until(async () => (await health()).database?.fault === null);
    expect((await traders()).status).toBe(200);
    expect(await metric("vyx_database_up")).toBe(1);
  };

  test("is told in /health and the metrics, and is no reason to get no requests", async () => {
    await until(async () => (await traders()).status === 200);
    await until(async () => (await health()).status === "ok");
    // A busy machine may have kept it waiting before.
    const errors = (await metric("vyx_database_errors_total")) ?? 0;
    front.refuse();
    await until(async () => (await health()).status === "degraded");
    const { reasons, database } = await health();
    expect(reasons).toEqual([expect.stringMatching(/^traders: the database can't be reached: /)]);
    expect(database).toMatchObject({ fault: reasons[0] as string, answerAgeMs: expect.any(Number) });
    expect((await fetch(`${vyx.url}/ready`)).status).toBe(200);
    expect(await metric("vyx_database_up")).toBe(0);
    expect(await metric("vyx_database_errors_total")).toBeGreaterThan(errors);
    expect(await traders()).toEqual({ status: 503, detail: reasons[0] as string });
    await back();
  });

  test("that no longer answers holds up no request, neither those that wait already nor later ones", async () => {
    front.freeze();
    const waiting = traders();
    await until(async () => (await health()).status === "degraded");
    const detail = "traders: the database can't be reached: no answer within 3 s";
    expect([await waiting, await traders()]).toEqual([
      { status: 503, detail },
      { status: 503, detail },
    ]);
    await back();
  });

  test("a start without it serves the market, and says what is wrong", async () => {
    front.refuse();
    const other = await startOn(exchange, { databaseUrl: front.url, intervals: "1m" });
    await untilReady(other);
    const told = async (): Promise<HealthAnswer> => await getJson<HealthAnswer>(other, "/health");
    await until(async () => (await told()).database !== null);
    expect(await told()).toMatchObject({
      status: "degraded",
      reasons: [expect.stringContaining("traders: the database can't be reached")],
      database: { answerAgeMs: null },
    });
    front.restore();
    await until(async () => (await told()).status === "ok");
    await other.stop();
  });
});

test.skipIf(isMissing("PostgreSQL"))(
  "a database without its tables is told with the remedy, until it has them",
  async () => {
    const databases = await startDatabases("PostgreSQL");
    const exchange = createExchange({ port: 0, clock: systemClock, symbols: 2, seed: 7 });
    const { url, sql } = await databases.create();
    const vyx = await startOn(exchange, { databaseUrl: url, intervals: "1m" });
    await untilReady(vyx);
    const health = async (): Promise<HealthAnswer> => await getJson<HealthAnswer>(vyx, "/health");
    await until(async () => (await health()).status === "degraded");
    expect((await health()).reasons).toEqual([
      expect.stringMatching(/^traders: the database lacks \d+ migrations: run `vyx database` on it$/),
    ]);
    await migrateUp(sql, readMigrations());
    await until(async () => (await health()).status === "ok");
    await vyx.stop();
    await exchange.stop();
    await databases.stop();
  },
);
