// npm run bots -- [--bots N] [--symbols N] [--seconds S] [--every S] [--processes N]: what bots on ccxt see of a server in Binance's place,
// what that costs of the exchange's weight, and what becomes of the same bots when they ask the exchange themselves.
import { commandLine } from "../helpers/command-line.ts";
import { runBots } from "./run.ts";

const USAGE = `npm run bots -- [options]: lets bots on ccxt poll candles from /binance, and then from the stand-in for Binance directly.
  --bots N       bots (default: 200)
  --symbols N    symbols of each bot (default: 20)
  --seconds S    how long they ask (default: 60)
  --every S      seconds between two rounds of a bot (default: 20)
  --processes N  processes that share the bots (default: 2)`;

const values = commandLine("bots", USAGE, {
  bots: { type: "string", default: "200" },
  symbols: { type: "string", default: "20" },
  seconds: { type: "string", default: "60" },
  every: { type: "string", default: "20" },
  processes: { type: "string", default: "2" },
});
const [bots = 0, symbols = 0, seconds = 0, everySeconds = 0, processes = 0] = [
  ...[values.bots, values.symbols, values.seconds, values.every, values.processes].map(Number),
];
if (![bots, symbols, seconds, everySeconds, processes].every((one) => one > 0)) {
  console.error(`bots: expected numbers above 0\n${USAGE}`);
  process.exit(2);
}
const size = { bots, symbols, seconds, everySeconds, processes, directSeconds: seconds };
const { vyx, direct } = await runBots(size, console.log);
const errors = (all: Readonly<Record<string, number>>): string =>
  Object.entries(all)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ") || "none";
console.log(`
| | through the server | directly |
| --- | --- | --- |
| seconds | ${vyx.seconds} | ${direct.seconds} |
| requests due, answered well | ${vyx.due}, ${vyx.good} | ${direct.due}, ${direct.good} |
| requests a second | ${vyx.perSecond} | ${direct.perSecond} |
| errors | ${errors(vyx.errors)} | ${errors(direct.errors)} |
| answers with too few candles | ${vyx.short} | ${direct.short} |
| p50, p99 in ccxt, ms | ${vyx.p50Ms}, ${vyx.p99Ms} | ${direct.p50Ms}, ${direct.p99Ms} |
| p50, p99 of a plain request, ms | ${vyx.plainP50Ms}, ${vyx.plainP99Ms} | |
| weight of the exchange | ${vyx.exchangeWeight} | banned after ${direct.bannedAfterSeconds?.toFixed(0) ?? "never"} s |`);
process.exit(Object.keys(vyx.errors).length === 0 && vyx.exchangeWeight === 0 && direct.bans > 0 ? 0 : 1);
