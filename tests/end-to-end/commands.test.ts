import { afterEach, describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../src/cli/clock.ts";
import { createExchange, type Exchange } from "../../src/exchange/mod.ts";
import { dataFolder } from "../helpers/made-database.ts";
import { until } from "../helpers/until.ts";
import { runVyx } from "../helpers/vyx-command.ts";

const ROOT = join(import.meta.dir, "../..");

type Command = Bun.Subprocess<"ignore", "pipe", "pipe">;
const running: Command[] = [];

const LAUNCHER = ["node", join(ROOT, "bin/vyx")];
/** The command itself: it hears each signal, where the launcher takes two in half a second for one. */
const COMMAND = [process.execPath, join(ROOT, "src/cli/main.ts")];

/** Starts `vyx` as a user would, through its launcher. */
function vyx(args: readonly string[], environment: Record<string, string> = {}, program = LAUNCHER): Command {
  const command = Bun.spawn([...program, ...args], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    env: { ...process.env, VYX_DATA_DIR: "none", ...environment },
  });
  running.push(command);
  return command;
}

async function finished(command: Command): Promise<{ code: number; out: string; err: string }> {
  const [out, err] = await Promise.all([new Response(command.stdout).text(), new Response(command.stderr).text()]);
  return { code: await command.exited, out, err };
}

/** The JSON line that a server prints when it listens. */
async function listening(command: Command): Promise<{ listening: string } & Record<string, unknown>> {
  const reader = command.stdout.getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`it ended: ${await new Response(command.stderr).text()}`);
    text += new TextDecoder().decode(value);
  }
  reader.releaseLock();
  return JSON.parse(text);
}

const folders: string[] = [];
/** `vyx demo` on a database that is made already: making one takes it eight seconds of a processor. */
async function demo(args: readonly string[], environment: Record<string, string> = {}): Promise<Command> {
  const folder = await dataFolder();
  folders.push(folder);
  return vyx(["demo", ...args], { VYX_DATA_DIR: folder, ...environment });
}

const exchanges: Exchange[] = [];
/** A stand-in in this process, where it matters only that a server has one. */
function exchangeHere(): Exchange {
  const exchange = createExchange({ port: 0, clock: systemClock, symbols: 2 });
  exchanges.push(exchange);
  return exchange;
}

afterEach(async () => {
  for (const command of running.splice(0)) {
    // Not SIGKILL: the launcher would be gone before its server, which then still writes to the folder.
    command.kill("SIGTERM");
    await command.exited;
  }
  for (const exchange of exchanges.splice(0)) await exchange.stop();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

describe("vyx exchange", () => {
  test("speaks as the market that it is asked for, over REST and WebSocket", async () => {
    const where = await listening(vyx(["exchange", "--as", "bybit-linear", "--port", "0", "--symbols", "2"]));
    expect(where).toMatchObject({ market: "bybit-linear", source: "simulated", symbols: 2 });
    const tickers = await fetch(`${where.listening}/v5/market/tickers?category=linear`);
    expect(await tickers.json()).toMatchObject({ retCode: 0, result: { category: "linear" } });
    const socket = new WebSocket(`${where.listening.replace("http", "ws")}/v5/public/linear`);
    const answer = new Promise((resolve) => {
      socket.onmessage = ({ data }) => resolve(JSON.parse(data));
    });
    socket.onopen = () => socket.send('{"op":"ping"}');
    expect(await answer).toMatchObject({ success: true, ret_msg: "pong" });
    socket.close();
  });
});

describe("vyx exchange and vyx serve", () => {
  test("say where they listen in one line, work together, and end cleanly on SIGTERM", async () => {
    const exchange = vyx([
      "exchange",
      "--port",
      "0",
      "--symbols",
      "3",
      "--speed",
      "60",
      "--start",
      "2026-02-10T00:00Z",
    ]);
    const where = await listening(exchange);
    expect(where).toMatchObject({ source: "simulated", symbols: 3 });
    const rest = where.listening;
    const server = vyx(["serve", "--port", "0", "--exchange-rest", rest, "--exchange-ws", rest.replace("http", "ws")]);
    const { listening: url } = await listening(server);
    await until(async () => (await fetch(`${url}/ready`)).ok);
    const health = (await (await fetch(`${url}/health`)).json()) as Record<string, unknown>;
    expect(health).toMatchObject({ status: "ok", source: "simulated", symbols: 3, series: 18 });
    const socket = new WebSocket(`${url.replace("http", "ws")}/ws`);
    await new Promise((resolve) => {
      socket.onmessage = resolve;
    });
    const closed = new Promise<CloseEvent>((resolve) => {
      socket.onclose = resolve;
    });
    server.kill("SIGTERM");
    expect((await closed).code).toBe(4001);
    expect(await server.exited).toBe(0);
    exchange.kill("SIGTERM");
    expect(await exchange.exited).toBe(0);
    const logs = (await new Response(server.stderr).text()).trim().split("\n");
    for (const line of logs) expect(JSON.parse(line)).toHaveProperty("msg");
  });

  test("with --drain a server serves everything after SIGTERM while /serving says no; a second signal ends it at once", async () => {
    const { url: rest } = exchangeHere();
    const to = ["--exchange-rest", rest, "--exchange-ws", rest.replace("http", "ws")];
    const started = async (drain: string): Promise<[server: ReturnType<typeof vyx>, url: string]> => {
      const server = vyx(["serve", "--port", "0", "--data-dir", "none", "--drain", drain, ...to], {}, COMMAND);
      const { listening: url } = await listening(server);
      while (!(await fetch(`${url}/serving`)).ok) await Bun.sleep(20);
      return [server, url];
    };
    const [lasting, url] = await started("600");
    lasting.kill("SIGTERM");
    while ((await fetch(`${url}/serving`)).ok) await Bun.sleep(20);
    expect((await fetch(`${url}/live`)).status).toBe(200);
    const answer = await fetch(`${url}/klines/BTCUSDT/1m?limit=5`);
    expect([answer.status, answer.headers.get("connection")]).toEqual([200, "close"]);
    lasting.kill("SIGTERM");
    expect(await lasting.exited).toBe(1);
    const [brief] = await started("1");
    brief.kill("SIGTERM");
    expect(await brief.exited).toBe(0);
    const log = (await new Response(brief.stderr).text()).trim().split("\n");
    expect(log.join("\n")).toContain("SIGTERM: draining for 1 s, then stopping");
    expect(JSON.parse(log.at(-1) ?? "")).toMatchObject({ msg: "stopped" });
  });

  test("a server outlives its exchange, says so, and is whole again when it is back", async () => {
    const start = ["exchange", "--symbols", "2", "--speed", "60", "--start", "2026-02-10T00:00Z"];
    const first = vyx([...start, "--port", "0"]);
    const rest = (await listening(first)).listening;
    const server = vyx(["serve", "--port", "0", "--exchange-rest", rest, "--exchange-ws", rest.replace("http", "ws")]);
    const { listening: url } = await listening(server);
    const status = async (): Promise<string> =>
      ((await (await fetch(`${url}/health`)).json()) as { status: string }).status;
    while ((await status()) !== "ok") await Bun.sleep(50);
    first.kill("SIGKILL");
    await first.exited;
    while ((await status()) !== "degraded") await Bun.sleep(50);
    expect((await fetch(`${url}/ready`)).status).toBe(503);
    expect((await fetch(`${url}/klines/BTCUSDT/1m?limit=500`)).status).toBe(200);
    // The market went on meanwhile: the minutes in between exist, and nobody heard them.
    const second = vyx([...start.slice(0, -1), "2026-02-10T00:30Z", "--port", new URL(rest).port]);
    await listening(second);
    while ((await status()) !== "ok") await Bun.sleep(50);
    const answer = (await (await fetch(`${url}/klines/BTCUSDT/1m?limit=400`)).json()) as {
      complete: boolean;
      klines: { openTime: number }[];
    };
    expect(answer.complete).toBe(true);
    const openTimes = answer.klines.map(({ openTime }) => openTime);
    expect(openTimes).toEqual(Array.from({ length: 400 }, (_, index) => (openTimes[0] as number) + index * 60_000));
    expect(openTimes.at(-1)).toBeGreaterThanOrEqual(Date.UTC(2026, 1, 10, 0, 30));
  });
});

describe("vyx demo", () => {
  test("follows the symbols that VYX_SYMBOLS chooses, and says which variables it doesn't follow", async () => {
    const command = await demo(["--port", "0", "--symbols", "5"], {
      VYX_SYMBOLS: "ETHUSDT,BTCUSDT",
      VYX_EXCHANGE_REST: "http://127.0.0.1:9",
      VYX_REPLAY: "/absent.gz",
    });
    const { listening: url } = await listening(command);
    const symbols = async (): Promise<string[]> =>
      ((await (await fetch(`${url}/symbols`)).json()) as { symbols: { symbol: string }[] }).symbols.map(
        ({ symbol }) => symbol,
      );
    while ((await symbols()).length === 0) await Bun.sleep(20);
    expect((await symbols()).toSorted()).toEqual(["BTCUSDT", "ETHUSDT"]);
    command.kill("SIGTERM");
    const told = await new Response(command.stderr).text();
    expect(told).toContain("VYX_EXCHANGE_REST is ignored: the demo has its own exchange");
    expect(told).toContain("VYX_REPLAY is ignored");
  });
});

test("a proxy in the environment isn't asked for what is on this machine", async () => {
  const asked: string[] = [];
  const proxy = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: ({ url }) => {
      asked.push(url);
      return new Response("this is the proxy", { status: 502 });
    },
  });
  const address = proxy.url.href;
  const environment = { HTTP_PROXY: address, http_proxy: address, NO_PROXY: "intranet.example" };
  const { listening: url } = await listening(await demo(["--port", "0", "--symbols", "1"], environment));
  while (!(await fetch(`${url}/ready`)).ok) await Bun.sleep(50);
  const doctor = await finished(vyx(["doctor", "--url", url], environment));
  await proxy.stop(true);
  expect(asked).toEqual([]);
  expect(doctor.out).toContain("simulated");
});

/** The environment of most commands here. */
const ENVIRONMENT = { VYX_DATA_DIR: "none", VYX_PORT: "0" };

describe("vyx tells what is wrong", () => {
  test.each([
    [["serve", "--port", "abc"], '--port: "abc" is not possible: expected a whole number from 0 to 65535'],
    [
      ["serve", "--host", "0.0.0.0"],
      "--host: 0.0.0.0 can be reached from other machines, and no API key is configured",
    ],
    [["serve", "--symbols", "top:0"], "--symbols: "],
    [["serve", "--intervals", "7m"], "--intervals: "],
    [["serve", "--capacity", "0"], "--capacity: "],
    [["serve", "--exchange-rest", "ftp://x"], "--exchange-rest: "],
    [["serve", "--replay", "/absent.gz"], "/absent.gz can't be read"],
    [["exchange", "--speed", "0"], '--speed: "0" is not possible'],
    [["exchange", "--as", "bibit"], '--as: "bibit" is not a market: did you mean bybit?'],
    [["exchange", "--as", "bybit", "--faults", "http-418"], "--faults: http-418 doesn't occur on Bybit spot"],
    [["exchange", "--start", "soon"], '--start: "soon" is not a moment'],
    [["exchange", "--symbols", "NOPE"], "the made-up market has no NOPE"],
    [["exchange", "--data", "/absent"], "/absent can't be read"],
    [["dance"], "unknown command 'dance'"],
    [["serve", "--dance"], "unknown option '--dance'"],
  ])("%j", async (args, words) => {
    const { code, out, err } = await runVyx(args, { environment: ENVIRONMENT });
    expect(err).toContain(words);
    expect(err).not.toContain("    at ");
    expect(code).toBe(1);
    expect(out).not.toContain("undefined");
  });

  test("as a process: on stderr, with 1 as its exit code", async () => {
    const args = ["serve", "--port", "abc"];
    const { code, out, err } = await finished(vyx(args));
    expect({ code, out, err }).toEqual(await runVyx(args, { environment: ENVIRONMENT }));
    expect(code).toBe(1);
  });

  test.each([[["config"]], [["exchange", "--port", "0"]], [["keys", "list"]]])(
    "an unknown variable, before %j does anything",
    async (args) => {
      const { code, err } = await runVyx(args, { environment: { ...ENVIRONMENT, VYX_PROT: "1" } });
      expect([code, err]).toEqual([1, expect.stringContaining("unknown variable VYX_PROT: did you mean VYX_PORT?")]);
    },
  );

  test("a port that another program has", async () => {
    const other = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => {} } });
    const { code, err } = await runVyx(["serve", "--port", String(other.port)], { environment: ENVIRONMENT });
    other.stop();
    expect([code, err]).toEqual([1, expect.stringContaining(`can't listen on 127.0.0.1:${other.port}`)]);
  });

  test.each(["demo", "serve", "exchange"])("a port that another %s has, and who that is", async (name) => {
    const args = (port: string): string[] => [name, "--port", port, "--symbols", name === "serve" ? "BTCUSDT" : "1"];
    const start = (command: string[]): Promise<Command> | Command =>
      name === "demo" ? demo(command.slice(1)) : vyx(command);
    // A server listens before it has reached its exchange.
    const nowhere =
      name === "serve" ? ["--exchange-rest", "http://127.0.0.1:9", "--exchange-ws", "ws://127.0.0.1:9"] : [];
    const first = await start([...args("0"), ...nowhere]);
    const { port } = new URL((await listening(first)).listening);
    const { code, err } = await runVyx([...args(port), ...nowhere], { environment: { VYX_DATA_DIR: "none" } });
    expect([code, err]).toEqual([1, expect.stringContaining(`can't listen on 127.0.0.1:${port}: the port is in use`)]);
    if (process.platform === "linux")
      expect(err).toMatch(new RegExp(`\\(process \\d+: .* ${name} --port 0 .*has it\\)`));
  });

  test("symbols that the exchange doesn't have end a server with a sentence", async () => {
    const { url: rest } = exchangeHere();
    const args = [
      "serve",
      "--port",
      "0",
      "--symbols",
      "NOPEUSDT",
      "--exchange-rest",
      rest,
      "--exchange-ws",
      "ws://127.0.0.1:9",
    ];
    const { code, err } = await runVyx(args, { environment: ENVIRONMENT });
    expect([code, err]).toEqual([1, expect.stringContaining("the exchange's list has no NOPEUSDT")]);
  });
});

describe("vyx config and help", () => {
  test("the settings in force, and where each comes from", async () => {
    const args = ["config", "--json", "--port", "1234"];
    const { out } = await finished(vyx(args, { VYX_CAPACITY: "77" }));
    expect(out).toBe((await runVyx(args, { environment: { ...ENVIRONMENT, VYX_CAPACITY: "77" } })).out);
    const rows = JSON.parse(out) as { setting: string; value: string; origin: string; variable: string }[];
    const of = (name: string): object | undefined => rows.find(({ setting }) => setting === name);
    expect(of("port")).toMatchObject({ value: "1234", origin: "flag", variable: "VYX_PORT" });
    expect(of("capacity")).toMatchObject({ value: "77", origin: "variable" });
    expect(of("symbols")).toMatchObject({ value: "top:50", origin: "default" });
  });

  test("as text, each with its flag, its variable, its value and where that is from", async () => {
    const { out } = await runVyx(["config", "--port", "1234"], { environment: ENVIRONMENT });
    expect(out).toMatch(/^port +VYX_PORT +1234 +flag +port to listen on/m);
    expect(out).toMatch(/^exchange-rest +VYX_EXCHANGE_REST +auto +default +\(here https:/m);
  });

  test.each([[[]], [["serve"]], [["demo"]], [["exchange"]], [["config"]]])("%j --help", async (command) => {
    const { code, out } = await runVyx([...command, "--help"], { environment: ENVIRONMENT });
    expect(code).toBe(0);
    expect(out).toContain("Usage: vyx");
    expect(out).not.toContain("undefined");
  });
});
