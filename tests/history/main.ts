// npm run history -- --symbols 50 --months 24: fetches years of a mirror of dumps under kills, and compares every kline.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { SeededMarket } from "../../src/exchange/seeded/market.ts";
import { commandLine } from "../helpers/command-line.ts";
import { historyRun } from "./rounds.ts";

const USAGE = `npm run history -- [options]: fetches a mirror of dumps with planted faults, kills the fetch meanwhile, and compares every kline.
  --symbols N   how many (default: 5)
  --months N    months of each (default: 3)
  --kills N     how often the fetch is killed (default: 20)
  --lives MS    how long a fetch lives at most before it is killed (default: 5000)
  --faults S    share of the monthly dumps with a fault (default: 0.1)
  --seed N      of the market, its faults and the kills (default: 1)
  --mirror DIR  a mirror that vyx exchange dumps has made with the same options; it is made and removed otherwise`;

const values = commandLine("history", USAGE, {
  symbols: { type: "string" },
  months: { type: "string" },
  kills: { type: "string" },
  lives: { type: "string" },
  faults: { type: "string" },
  seed: { type: "string" },
  mirror: { type: "string" },
});
const number = (text: string | undefined, fallback: number): number => Number(text ?? fallback);
const [symbols, months, seed] = [number(values.symbols, 5), number(values.months, 3), number(values.seed, 1)];
const [kills, killWithinMs, faultShare] = [
  number(values.kills, 20),
  number(values.lives, 5_000),
  number(values.faults, 0.1),
];
if (![symbols, months, seed, kills, killWithinMs].every(Number.isInteger) || symbols < 1 || months < 1) {
  console.error(`history: expected whole numbers, and at least one symbol and month\n${USAGE}`);
  process.exit(2);
}

/** Months up to March 2026, so that most runs have dumps in milliseconds and in microseconds. */
const to = Date.UTC(2026, 2, 1);
const from = Date.UTC(2026, 2 - months, 1);
const work = mkdtempSync(join(tmpdir(), "vyx-history-"));
const folder = values.mirror === undefined ? join(work, "mirror") : resolve(values.mirror);
mkdirSync(folder, { recursive: true });
try {
  const names = new SeededMarket(seed, to as never, symbols).pairs.map(({ symbol }) => symbol);
  const mirror = { folder, symbols: names, from, to, seed };
  const history = join(work, "history");
  const run = {
    mirror,
    faultShare,
    history,
    kills,
    killWithinMs,
    reads: 400,
    say: (line: string) => console.log(line),
  };
  const { faults, ...figures } = await historyRun(run);
  console.log(JSON.stringify(figures));
  for (const fault of faults.slice(0, 50)) console.error(`history: ${fault}`);
  console.log(
    faults.length === 0
      ? "history: every kline equals its dump, and every fault is named"
      : `history: ${faults.length} faults`,
  );
  process.exitCode = faults.length === 0 ? 0 : 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}
