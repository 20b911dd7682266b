import { createClient } from "../../../src/client/mod.ts";
import { CHROMIUM, launchChromium, openPage } from "../../helpers/page-browser.ts";
import { until } from "../../helpers/until.ts";
import type { RunningProxy } from "../proxies.ts";
import { type FleetServer, type FleetSize, KEY, startFleet } from "./fleet.ts";
import { Follower, type ToldCandles } from "./follower.ts";
import { startRequests } from "./requests.ts";
import { signalFigures } from "./signal-figures.ts";

/** Sockets count as spread when the server with fewer has at least this part of them. */
const SPREAD = 0.4;

/** How many followers listen to signals, too. */
const LISTENING = 10;

/** What is rolled. */
export interface RollPlan extends FleetSize {
  /** Connections of the SDK. */
  readonly connections: number;
  /** Between two questions of each of the programs that ask, in milliseconds. */
  readonly pauseMs: number;
  /** Whether the page in Chromium is one more. */
  readonly withPage: boolean;
  /** Starts the proxy in front of the servers' addresses. */
  readonly proxy: (servers: readonly string[]) => Promise<RunningProxy>;
}

/** What was seen. */
export interface RollReport {
  readonly connections: number;
  /** Whether the page was connected at the end; undefined without the page. */
  readonly pageConnected: boolean | undefined;
  readonly answered: number;
  /** Tries of the SDK's requests that failed, until the restarts were over and after that, by reason. A call fails only if all its tries do. */
  readonly failedTries: Readonly<Record<"rolling" | "killing", Readonly<Record<string, number>>>>;
  readonly candles: number;
  readonly reconnects: number;
  readonly signals: number;
  /** Open sockets of each server at these moments. */
  readonly shares: Readonly<Record<"connected" | "rolled" | "spread" | "killed", readonly number[]>>;
  /** Exit codes of the servers that were asked to stop. */
  readonly exits: readonly (number | null)[];
  readonly faults: readonly string[];
}

/** Two servers behind a proxy, under traffic. */
export interface Roll {
  /** Restarts one server after the other, then waits until the sockets have spread again. */
  restart(): Promise<void>;
  /** Kills a server with SIGKILL, waits until its sockets are at the other one, and starts it again. */
  kill(): Promise<void>;
  /** Waits until all that happened has reached the clients and the database. All that a client shouldn't see is a fault. */
  report(): Promise<RollReport>;
  stop(): Promise<void>;
}

/** Starts the servers, the proxy and the traffic. `say` is told what happens. */
export async function startRoll(plan: RollPlan, say: (line: string) => void): Promise<Roll> {
  const stops: (() => unknown)[] = [];
  const stop = async (): Promise<void> => {
    for (const one of stops.splice(0).reverse()) await one();
  };
  try {
    return await started(plan, say, stops, stop);
  } catch (cause) {
    await stop();
    throw cause;
  }
}

async function started(
  { connections, pauseMs, withPage, ...plan }: RollPlan,
  say: (line: string) => void,
  stops: (() => unknown)[],
  stop: () => Promise<void>,
): Promise<Roll> {
  const fleet = await startFleet(plan);
  stops.push(() => fleet.stop());
  const { servers, sql } = fleet;
  const proxy = await plan.proxy(servers.map(({ url }) => url));
  stops.push(() => proxy.stop());
  const client = createClient({ url: proxy.url, apiKey: KEY, ...proxy.trusting });
  const symbols = (await client.symbols()).symbols.map(({ symbol }) => symbol);
  const shown = symbols.slice(0, 2);
  const filter = { code: "return true;", timeframes: ["1m"], triggerInterval: "1m", symbols: shown } as const;
  const about = { name: "each", description: "", enabled: true, cooldownCandles: 0 };
  const trader = await client.traders.create({ ...filter, ...about });
  const page = withPage && CHROMIUM !== null ? await openedPage(proxy.url) : undefined;
  if (page !== undefined) stops.push(() => page.close());

  const told: ToldCandles = new Map();
  const followers = Array.from({ length: connections }, (_, index) => {
    return new Follower(client, index < LISTENING ? ["closed:*:1m", "signals"] : ["closed:*:1m"], told);
  });
  stops.push(() => Promise.all(followers.map((one) => one.stop())));
  const all = connections + (page === undefined ? 0 : 1);
  const sharesOf = (): Promise<number[]> => Promise.all(servers.map((server) => server.sockets()));
  /** Those that ended for good don't come back, and are faults. */
  const untilAllAreUp = async (): Promise<number[]> => {
    let shares: number[] = [];
    await untilSlowly(async () => {
      shares = await sharesOf();
      const ended = followers.filter(({ faults }) => faults.length > 0).length;
      return shares.reduce((sum, count) => sum + count) >= all - ended;
    });
    return shares;
  };
  await untilSlowly(() => followers.every((one) => one.connected > 0 || one.faults.length > 0));
  const shares: Record<keyof RollReport["shares"], readonly number[]> = {
    connected: await untilAllAreUp(),
    rolled: [],
    spread: [],
    killed: [],
  };
  say(
    `${connections} connections of the SDK${page === undefined ? "" : " and the page"} are up: ${shares.connected.join(" + ")}`,
  );
  const requests = startRequests(proxy, symbols, pauseMs);
  stops.push(() => requests.stop());
  await untilAsked(servers);
  const exits: (number | null)[] = [];
  let failedRolling: Readonly<Record<string, number>> = {};

  return {
    restart: async () => {
      for (const server of servers) {
        exits.push(await server.end("SIGTERM"));
        await server.start();
        await untilAsked([server]);
        say(`${server.url} was restarted: ${(await sharesOf()).join(" + ")}, ${requests.answered} answers`);
      }
      shares.rolled = await untilAllAreUp();
      failedRolling = Object.fromEntries(requests.failedTries);
      requests.failedTries.clear();
      await untilSlowly(async () => {
        shares.spread = await sharesOf();
        return Math.min(...shares.spread) >= SPREAD * all;
      });
      say(`the sockets have spread: ${shares.spread.join(" + ")}`);
    },
    kill: async () => {
      const [first, second] = servers;
      await first.end("SIGKILL");
      say("one was killed");
      await untilSlowly(async () => {
        shares.killed = [0, await second.sockets()];
        return Math.max(...shares.killed) >= all - followers.filter(({ faults }) => faults.length > 0).length;
      });
      await first.start();
      await untilAsked([first]);
      say(`it is back: ${(await sharesOf()).join(" + ")}`);
    },
    report: async () => {
      const { klines } = await servers[1].client.klines(symbols[0] ?? "", "1m", { limit: 1, closed: true });
      const end = klines[0]?.openTime ?? 0;
      await untilSlowly(() => followers.every((one) => one.faults.length > 0 || one.has(end, symbols.length)));
      const signals = await signalFigures(sql, trader.id, shown, end + 59_999);
      await requests.stop();
      const faults = [
        ...followers.flatMap((one, index) => one.faults.map((fault) => `connection ${index}: ${fault}`)),
        ...requests.failures.map((failure) => `a request failed: ${failure}`),
        ...signals.faults,
      ];
      return {
        connections,
        pageConnected: await page?.isConnected(),
        answered: requests.answered,
        failedTries: { rolling: failedRolling, killing: Object.fromEntries(requests.failedTries) },
        candles: followers.reduce((sum, { candles }) => sum + candles, 0),
        reconnects: followers.reduce((sum, one) => sum + one.connected - 1, 0),
        signals: signals.count,
        shares,
        exits,
        faults,
      };
    },
    stop,
  };
}

/** The page, with the key typed in, once it shows prices. */
async function openedPage(url: string): Promise<{ isConnected(): Promise<boolean>; close(): Promise<void> }> {
  const browser = await launchChromium();
  const { page } = await openPage(browser, { ignoreHTTPSErrors: true });
  await page.goto(url);
  await page.getByLabel("API key").fill(KEY);
  await page.keyboard.press("Enter");
  const connected = page.locator('.sign[data-connection="connected"]');
  await connected.waitFor();
  await page.locator(".row").first().waitFor();
  return {
    isConnected: async () => {
      await connected.waitFor();
      return (await page.getByRole("alert").count()) === 0;
    },
    close: () => browser.close(),
  };
}

/** Until each of the servers has answered requests that came through the proxy. */
async function untilAsked(servers: readonly FleetServer[]): Promise<void> {
  for (const server of servers) await untilSlowly(async () => (await server.requests()) > 0);
}

/** As {@link until}, for questions that cost a server something. */
async function untilSlowly(isSo: () => boolean | Promise<boolean>): Promise<void> {
  await until(async () => {
    if (await isSo()) return true;
    await Bun.sleep(100);
    return false;
  });
}
