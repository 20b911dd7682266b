import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, createClient } from "../../../src/client/mod.ts";
import { keyHash } from "../../../src/server/mod.ts";
import type { Sql } from "../../../src/traders/mod.ts";
import { migratedOn } from "../../helpers/databases.ts";
import { freePort } from "../../helpers/free-port.ts";
import { type RunningPostgres, startPostgres } from "../../helpers/postgres.ts";
import { listening, startVyxProcess, type VyxProcess } from "../../helpers/vyx-process.ts";

/** The key of all clients. */
export const KEY = "vyx_roll";

/** Seconds of a drain, as in the kit's compose.yaml. */
const DRAIN_SECONDS = 4;

/** How large the market is, and how the servers are set. */
export interface FleetSize {
  readonly symbols: number;
  /** Market seconds a second. */
  readonly speed: number;
  /** The greatest age of a socket, in seconds. */
  readonly socketAgeSeconds: number;
}

/** One `vyx serve` that comes and goes at one address. */
export class FleetServer {
  readonly url: string;
  readonly client: Client;
  readonly #args: readonly string[];
  #process: VyxProcess | undefined;

  constructor(port: number, args: readonly string[]) {
    this.url = `http://127.0.0.1:${port}`;
    this.client = createClient({ url: this.url, apiKey: KEY });
    this.#args = ["serve", "--port", String(port), ...args];
  }

  async start(): Promise<void> {
    this.#process = startVyxProcess(this.#args);
    await listening(this.#process);
    while (!(await fetch(`${this.url}/ready`)).ok) await Bun.sleep(50);
  }

  async end(signal: "SIGTERM" | "SIGKILL"): Promise<number | null> {
    const process = this.#process;
    process?.kill(signal);
    await process?.exited;
    return process?.exitCode ?? null;
  }

  /** WebSockets that are open here. */
  async sockets(): Promise<number> {
    return await this.#figure(({ name }) => name === "vyx_sockets");
  }

  /** Requests for klines that were answered since the start. */
  async requests(): Promise<number> {
    return await this.#figure(
      ({ name, labels }) => name === "vyx_requests_total" && labels.route?.startsWith("/klines") === true,
    );
  }

  async #figure(
    isMeant: (sample: { name: string; labels: Readonly<Record<string, string>> }) => boolean,
  ): Promise<number> {
    const samples = await this.client.metrics();
    return samples.filter(isMeant).reduce((sum, { value }) => sum + value, 0);
  }
}

/** Two servers on a stand-in exchange and one database. */
export interface Fleet {
  readonly servers: readonly [FleetServer, FleetServer];
  readonly sql: Sql;
  stop(): Promise<void>;
}

/** Starts them, each a process of its own, and waits until both are ready. */
export async function startFleet({ symbols, speed, socketAgeSeconds }: FleetSize): Promise<Fleet> {
  const folder = mkdtempSync(join(tmpdir(), "vyx-roll-"));
  const stops: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    for (const one of stops.reverse()) await one();
  };
  try {
    const postgres: RunningPostgres = await startPostgres();
    stops.push(() => postgres.stop());
    const databaseUrl = await postgres.createDatabase();
    const sql = await migratedOn(databaseUrl);
    stops.push(() => sql.end());
    const exchange = startVyxProcess([
      ...["exchange", "--port", "0", "--symbols", String(symbols), "--speed", String(speed), "--log-level", "error"],
    ]);
    stops.push(async () => {
      exchange.kill("SIGTERM");
      await exchange.exited;
    });
    const exchangeUrl = await listening(exchange);
    const args = (name: string): readonly string[] => [
      ...["--symbols", "*", "--intervals", "1m,5m", "--data-dir", join(folder, name), "--database-url", databaseUrl],
      ...["--exchange-rest", exchangeUrl, "--exchange-ws", exchangeUrl.replace("http", "ws")],
      ...["--exchange-speed", String(speed), "--weight-share", "40", "--log-level", "error"],
      ...["--api-keys", `roll:${keyHash(KEY)}:read,stream,trade,metrics:1000000/s`, "--sockets-per-caller", "10000"],
      ...["--ticket-secret", "a-secret-of-at-least-thirty-two-bytes", "--trusted-proxies", "127.0.0.1"],
      ...["--drain", String(DRAIN_SECONDS), "--socket-age", String(socketAgeSeconds)],
    ];
    const servers = [new FleetServer(freePort(), args("one")), new FleetServer(freePort(), args("two"))] as const;
    for (const server of servers) stops.push(() => server.end("SIGKILL"));
    await Promise.all(servers.map((server) => server.start()));
    return { servers, sql, stop };
  } catch (cause) {
    await stop();
    throw cause;
  }
}
