import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tableFromIPC } from "@uwdata/flechette";
import { backtestsHere } from "../../tests/helpers/backtests.ts";
import { MemoryPast, wholeSymbol } from "../../tests/helpers/past.ts";
import { type ServedMarket, START, serveMarket } from "../../tests/helpers/served-market.ts";
import { minuteKlines } from "../../tests/helpers/truth.ts";
import { runVyx } from "../../tests/helpers/vyx-command.ts";
import { parseSymbol } from "../core/mod.ts";
import { backtestRoutes } from "../server/mod.ts";

const DAY = 24 * 60;

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

  test.each([
    [["--universe", "top:50"], 'vyx: --universe: "top:50" is no universe: expected all, BTCUSDT,ETHUSDT or top:50:30'],
    [["--universe", "XUSDT"], "there is no history of XUSDT in binance here"],
    [["--url", "nowhere"], 'vyx: --url: "nowhere" is no URL'],
    [["--url", "http://127.0.0.1:1"], "vyx: POST /backtest: the server can't be reached"],
    [["--interval", "7m"], 'vyx: --interval: "7m" is not an interval'],
  ])("says what is wrong with %p", async (flags, says) => {
    const { code, err } = await run(...flags);
    expect([code, err]).toEqual([1, expect.stringContaining(says)]);
  });
});
