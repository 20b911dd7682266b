import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tableFromIPC } from "@uwdata/flechette";
import { commandsIn, shellBlocksOf } from "../../tests/documents/shell-blocks.ts";
import { backtestsHere } from "../../tests/helpers/backtests.ts";
import { MemoryPast, wholeSymbol } from "../../tests/helpers/past.ts";
import { type ServedMarket, START, serveMarket } from "../../tests/helpers/served-market.ts";
import { minuteKlines } from "../../tests/helpers/truth.ts";
import { runVyx } from "../../tests/helpers/vyx-command.ts";
import { parseSymbol, type UnixMs } from "../core/mod.ts";
import { writeDumps } from "../exchange/mod.ts";
import { DumpFolder, fetchHistory, PastFiles, WorkThreads } from "../history/mod.ts";
import { backtestRoutes } from "../server/mod.ts";

const DAY = 24 * 60;
const PAGE = "docs/backtests.md";
const read = (page: string): string => readFileSync(join(import.meta.dir, "../..", page), "utf8");

describe("vyx backtest", () => {
  const folder = mkdtempSync(join(tmpdir(), "vyx-backtest-"));
  const file = join(folder, "dip.js");
  let market: ServedMarket;
  beforeAll(async () => {
    const symbols = ["AUSDT", "BUSDT"].map((name, seed) => {
      return [parseSymbol(name), wholeSymbol(minuteKlines(START, 4 * DAY, seed + 1, () => false))] as const;
    });
    const backtests = await backtestsHere(new MemoryPast(new Map(symbols)));
    const { store, server } = serveMarket();
    server.stop();
    market = serveMarket({ store, with: { routes: backtestRoutes(store, backtests) } });
    writeFileSync(file, "return rsi(candles('5m').close, 14).at(-1) < 45;");
  });
  afterAll(() => {
    market.server.stop();
    rmSync(folder, { recursive: true });
  });

  const run = (...flags: readonly string[]) =>
    runVyx(["backtest", file, "--url", market.server.url, "--from", "2026-02-12", ...flags]);

  test("prints a table with the baseline and what is to be made of it", async () => {
    const { code, out, err } = await run("--cooldown", "3", "--fees", "0.2");
    expect([code, err]).toEqual([0, ""]);
    const [first, ...lines] = out.split("\n");
    expect(first).toBe("binance 5m, 2026-02-12T00:05Z to 2026-02-14T00:00Z: 576 closes of 2 symbols");
    expect(lines.filter((line) => line.includes(" baseline "))).toHaveLength(4);
    expect(lines).toContainEqual(
      "after 1 candle: no edge seen: there are signals with outcomes on 2 days, and 10 are needed to tell",
    );
    expect(out).toContain("0.2 % of fees are subtracted from each return");
  });

  test("prints JSON lines, or writes an Arrow file of as many signals", async () => {
    const lines = (await run("--json", "--universe", "BUSDT")).out.trim().split("\n");
    const { result } = JSON.parse(lines.pop() as string);
    expect(result).toMatchObject({ universe: ["BUSDT"], signals: lines.length });
    const path = join(folder, "signals.arrow");
    expect((await run("--arrow", path, "--universe", "BUSDT")).code).toBe(0);
    expect(tableFromIPC(new Uint8Array(readFileSync(path))).numRows).toBe(lines.length);
  });

  describe("over a folder of history", () => {
    const root = join(folder, "history");
    const [from, to] = [Date.UTC(2025, 0, 1), Date.UTC(2025, 0, 5)] as UnixMs[];
    let threads: WorkThreads;
    beforeAll(async () => {
      const dumps = join(folder, "dumps");
      const symbols = ["BTCUSDT", "ETHUSDT"];
      writeDumps({ out: dumps, as: "binance-usdm", symbols, from, to, seed: 3, faultShare: 0 } as never);
      threads = new WorkThreads(1);
      await fetchHistory({
        ...{
          root,
          source: new DumpFolder(dumps),
          rest: undefined,
          threads,
          threadCount: 1,
          until: (to as number) - 60_000,
        },
        ...{ symbols: symbols.map((name) => parseSymbol(`BINANCE:${name}.P`)), months: ["2025-01"] },
        ...{ stopwatch: () => 0, signal: new AbortController().signal, onProgress: () => {}, warn: () => {} },
      } as never);
    });
    afterAll(() => threads.stop());
    const flags = ["--from", "2025-01-02", "--cooldown", "3"];

    test("prints what a server with this history answers, as a table, lines and Arrow", async () => {
      const here = await backtestsHere(new PastFiles(root));
      const { store, server } = serveMarket();
      server.stop();
      const served = serveMarket({ store, with: { routes: backtestRoutes(store, here) } });
      const [there, itself] = [
        ["--url", served.server.url, "--market", "binance-usdm"],
        ["--history", root],
      ];
      try {
        for (const form of [[], ["--json"]]) {
          const answers = [];
          for (const source of [there, itself])
            answers.push(await runVyx(["backtest", file, ...source, ...flags, ...form]));
          expect(answers[0]?.out).toContain("binance-usdm");
          expect(answers[1]).toEqual(answers[0] as never);
        }
        const paths = [join(folder, "there.arrow"), join(folder, "itself.arrow")];
        await runVyx(["backtest", file, ...there, ...flags, "--arrow", paths[0] as string]);
        await runVyx(["backtest", file, ...itself, ...flags, "--arrow", paths[1] as string]);
        const [first, second] = paths.map((path) => tableFromIPC(new Uint8Array(readFileSync(path))).toArray());
        expect(first?.length).toBeGreaterThan(10);
        expect(second).toEqual(first as never);
      } finally {
        served.server.stop();
      }
    });

    test("says what is wrong with the folder, the market and the filter", async () => {
      const says = async (...more: readonly string[]) => (await runVyx(["backtest", ...more, ...flags])).err;
      expect(await says(file, "--history", join(folder, "none"))).toContain(
        "none doesn't exist: expected a folder that",
      );
      expect(await says(file, "--history", folder)).toContain("has no klines: see vyx history fetch");
      expect(await says(file, "--history", root, "--market", "bybit")).toContain("there is no history of bybit here");
      expect(await says(file, "--history", root, "--capacity", "0")).toContain("--capacity: ");
      const wrong = join(folder, "wrong.js");
      writeFileSync(wrong, "return rsy(candles('5m').close) < 30;");
      expect(await says(wrong, "--history", root)).toContain("rsy is not defined");
    });
  });

  test("the page's commands print what the page shows", async () => {
    const text = read(PAGE);
    const [code, shown] = ["js", "text"].map((language) => text.split(`\`\`\`${language}\n`)[1]?.split("```")[0]);
    writeFileSync(join(folder, "oversold.js"), code ?? "");
    const block = shellBlocksOf(PAGE, text).find(({ kept }) => kept.by === "test");
    let printed = "";
    for (const command of commandsIn(block?.text ?? "")) {
      const words = command
        .split(" ")
        .map((word) => word.replace(/^'(.*)'$/, "$1").replace(/^(mirror|years|oversold\.js)$/, join(folder, "$1")));
      const { code, out, err } = await runVyx(words.slice(1));
      expect([command, code, code === 0 ? "" : err]).toEqual([command, 0, ""]);
      printed = out;
    }
    expect(printed).toBe(shown as string);
  });

  test.each([
    [["--universe", "top:50"], 'vyx: --universe: "top:50" is no universe: expected all, BTCUSDT,ETHUSDT or top:50:30'],
    [["--universe", "XUSDT"], "there is no history of XUSDT in binance here"],
    [["--url", "nowhere"], 'vyx: --url: "nowhere" is no URL'],
    [["--url", "http://127.0.0.1:1"], "vyx: POST /backtest: the server at http://127.0.0.1:1 can't be reached: "],
    [["--interval", "7m"], 'vyx: --interval: "7m" is not an interval'],
  ])("says what is wrong with %p", async (flags, says) => {
    const { code, err } = await run(...flags);
    expect([code, err]).toEqual([1, expect.stringContaining(says)]);
  });
});
