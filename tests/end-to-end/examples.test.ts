import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type ServedMarket, serveMarket } from "../helpers/served-market.ts";

const ROOT = join(import.meta.dir, "../..");

let market: ServedMarket;
beforeAll(() => {
  market = serveMarket();
});
afterAll(() => market?.server.stop());

/** Starts an example as its first lines tell. */
function start(path: string, ...args: string[]): Bun.Subprocess<"ignore", "pipe", "pipe"> {
  return Bun.spawn([process.execPath, path, ...args], { cwd: ROOT, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
}

describe("examples/read-series.ts", () => {
  test("prints the last closed candles", async () => {
    const example = start("examples/read-series.ts", market.server.url, "btcusdt", "1m");
    const lines = (await new Response(example.stdout).text()).trimEnd().split("\n");
    expect(lines).toEqual(
      market.minutes
        .slice(295, 300)
        .map(({ openTime, open, high, low, close, volume }) =>
          [new Date(openTime).toISOString(), open, high, low, close, volume].join(" "),
        ),
    );
    expect(await example.exited).toBe(0);
  });

  test("says what is wrong with an interval", async () => {
    const example = start("examples/read-series.ts", market.server.url, "BTCUSDT", "7m");
    expect(await new Response(example.stderr).text()).toMatch(/^invalid_input: .*"7m"[^\n]*\n$/);
    expect(await example.exited).toBe(1);
  });

  test("says what is wrong in the server's words", async () => {
    const example = start("examples/read-series.ts", market.server.url, "NOPE");
    expect(await new Response(example.stderr).text()).toStartWith("unknown_symbol: GET /klines/NOPE/1m?limit=5");
    expect(await example.exited).toBe(1);
  });
});

describe("examples/follow-closes.ts", () => {
  test("prints closes as they come, and ends when it is interrupted", async () => {
    const example = start("examples/follow-closes.ts", market.server.url, "closed:BTCUSDT:1m");
    const lines = example.stdout.pipeThrough(new TextDecoderStream() as never) as ReadableStream<string>;
    let printed = "";
    const reading = (async () => {
      for await (const text of lines) {
        // The snapshot shows that it is subscribed: from now on it is told of closes.
        if (printed === "") for (const minute of market.minutes.slice(300, 302)) market.stream(minute);
        printed += text;
        if (printed.trimEnd().split("\n").length === 3) example.kill("SIGINT");
      }
    })();
    await reading;
    const told = market.minutes.slice(300, 302).map(({ openTime, close }) => {
      return `closed:BTCUSDT:1m ${new Date(openTime).toISOString()} ${close}`;
    });
    expect(printed.trimEnd().split("\n")).toEqual(["closed:BTCUSDT:1m begins with 100 candles", ...told]);
    expect(await example.exited).toBe(0);
  });
});

test.each(["read-series", "follow-closes"])("%s says what is wrong with its address, without a stack", async (name) => {
  const example = start(`examples/${name}.ts`, "localhost");
  expect(await new Response(example.stderr).text()).toMatch(
    /^invalid_input: "localhost" is not a server's URL[^\n]*\n$/,
  );
  expect(await example.exited).toBe(1);
});

test("the examples stay short", () => {
  for (const name of new Bun.Glob("*.ts").scanSync(join(ROOT, "examples"))) {
    expect(
      readFileSync(join(ROOT, "examples", name), "utf8")
        .trimEnd()
        .split("\n").length,
    ).toBeLessThan(40);
  }
});
