import { mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../../src/cli/clock.ts";
import { createExchange, type Exchange, parseFaults } from "../../../src/exchange/mod.ts";
import { freePort } from "../../helpers/free-port.ts";

const MAIN = join(import.meta.dir, "../../../src/cli/main.ts");

/** Faults of the exchange that a door in front of its REST API can have: an answer, or undefined for the exchange's own. */
export type Bend = (url: URL, answer: () => Promise<Response>) => Response | Promise<Response> | undefined;

/** A market, and how it fails. */
export interface MarketOptions {
  readonly symbols?: number;
  /** Market seconds a second. */
  readonly speed?: number;
  readonly faults?: string;
}

/** A stand-in exchange, a door in front of its REST API, and a server that follows it: a process of its own, as a user starts it. */
export class Scene {
  readonly folder: string = mkdtempSync(join(tmpdir(), "vyx-alarm-"));
  readonly url: string = `http://127.0.0.1:${freePort()}`;
  /** Where the monitoring finds the server. */
  scrapedAt: string = this.url;
  readonly #market: MarketOptions;
  readonly #exchangePort: number = freePort();
  readonly #ends: (() => unknown)[] = [];
  readonly #door: Bun.Server<undefined>;
  exchange: Exchange | undefined;
  /** What the door does; nothing unless set. */
  bend: Bend | undefined;
  #server: Bun.Subprocess | undefined;
  #flags: readonly string[] = [];
  #environment: Readonly<Record<string, string>> = {};

  constructor(market: MarketOptions = {}) {
    this.#market = market;
    this.openExchange();
    this.#door = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      idleTimeout: 0,
      fetch: async (request) => {
        const url = new URL(request.url);
        const answer = async (): Promise<Response> => {
          const { body, status, headers } = await fetch(
            `http://127.0.0.1:${this.#exchangePort}${url.pathname}${url.search}`,
            { headers: { "accept-encoding": "identity" } },
          );
          return new Response(body, { status, headers });
        };
        return (await this.bend?.(url, answer)) ?? (await answer());
      },
      error: () => new Response(null, { status: 502 }),
    });
  }

  openExchange(): void {
    const { symbols = 5, speed = 1, faults } = this.#market;
    this.exchange = createExchange({
      port: this.#exchangePort,
      clock: systemClock,
      seed: 7,
      ...{ symbols, speed },
      ...(faults === undefined ? {} : { faults: parseFaults(faults) }),
    });
  }

  async closeExchange(): Promise<void> {
    await this.exchange?.stop();
    this.exchange = undefined;
  }

  /** Starts the server with these flags and variables; resolves when it listens. */
  async start(flags: readonly string[] = [], environment: Readonly<Record<string, string>> = {}): Promise<void> {
    [this.#flags, this.#environment] = [flags, environment];
    await this.restart();
  }

  /** Starts the server again, as it was started last. */
  async restart(): Promise<void> {
    const { speed = 1 } = this.#market;
    const symbols = this.#flags.includes("--symbols") ? [] : ["--symbols", "*"];
    const own = [
      ...["serve", "--port", new URL(this.url).port, ...symbols, "--data-dir", this.dataDir],
      ...["--exchange-rest", this.#door.url.origin, "--exchange-ws", `ws://127.0.0.1:${this.#exchangePort}`],
      ...["--exchange-speed", String(speed), "--intervals", "1m,5m", "--log-level", "warn"],
    ];
    // Of these, a flag that is given twice counts as it was given last.
    this.#server = Bun.spawn([process.execPath, "--no-orphans", MAIN, ...own, ...this.#flags], {
      env: { ...process.env, ...this.#environment },
      stdout: "ignore",
      stderr: openSync(join(this.folder, "log"), "a"),
    });
    const server = this.#server;
    while ((await fetch(`${this.url}/live`).catch(() => undefined))?.ok !== true) {
      if (server.exitCode !== null) throw new Error(`the server ended: ${await this.log()}`);
      await Bun.sleep(50);
    }
  }

  get dataDir(): string {
    return join(this.folder, "data");
  }

  async untilReady(): Promise<void> {
    while (!(await fetch(`${this.url}/ready`)).ok) await Bun.sleep(100);
  }

  /** What the server has logged. */
  async log(): Promise<string> {
    return await Bun.file(join(this.folder, "log")).text();
  }

  /** Sends the server a signal; with SIGKILL and SIGTERM resolves when it has ended. */
  async signal(signal: "SIGKILL" | "SIGTERM" | "SIGSTOP" | "SIGCONT"): Promise<void> {
    this.#server?.kill(signal);
    if (signal === "SIGKILL" || signal === "SIGTERM") await this.#server?.exited;
  }

  /** Does something again and again until the scene or the returned function ends it. Its failures are the cause's own affair. */
  repeat(work: () => Promise<unknown>): () => Promise<void> {
    let isOver = false;
    const running = (async () => {
      while (!isOver) {
        await work().catch(() => {});
        await Bun.sleep(1);
      }
    })();
    const end = async (): Promise<void> => {
      isOver = true;
      await running;
    };
    this.#ends.push(() => {
      isOver = true;
    });
    return end;
  }

  /** Is done when the scene ends, the last first. */
  atEnd(end: () => unknown): void {
    this.#ends.push(end);
  }

  async end(): Promise<void> {
    this.#server?.kill("SIGKILL");
    await this.#server?.exited;
    for (const end of this.#ends.reverse()) await end();
    await this.closeExchange();
    await this.#door.stop(true);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
