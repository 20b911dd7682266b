// npm run attack -- [--symbols N] [--speed X] [--quiet S] [--seconds S] [--only A,B] [--memory]: what a healthy user sees while one
// with an ordinary key misbehaves in all the ways that are known.
import { cpus, loadavg } from "node:os";
import { commandLine } from "../helpers/command-line.ts";
import { ATTACKS } from "./attacks.ts";
import { measureMemory } from "./memory.ts";
import { type Period, runAttacks } from "./run.ts";

const USAGE = `npm run attack -- [options]: measures a healthy user's service while another caller tries each known attack.
  --symbols N    symbols of the market (default: 500)
  --speed X      market seconds per second (default: 6)
  --quiet S      seconds without an attack, before and after (default: 60)
  --seconds S    seconds of each attack (default: 30)
  --only A,B     only these attacks
  --memory       measure memory instead
Attacks:
${ATTACKS.map(({ name, says }) => `  ${name.padEnd(18)} ${says}`).join("\n")}`;

const values = commandLine("attack", USAGE, {
  symbols: { type: "string", default: "500" },
  speed: { type: "string", default: "6" },
  quiet: { type: "string", default: "60" },
  seconds: { type: "string", default: "30" },
  only: { type: "string" },
  memory: { type: "boolean", default: false },
});
const [symbols, speed, quietSeconds, attackSeconds] = [values.symbols, values.speed, values.quiet, values.seconds].map(
  Number,
);
const only = values.only?.split(",");
const unknown = only?.find((name) => !ATTACKS.some((one) => one.name === name));
if (
  unknown !== undefined ||
  ![symbols, speed, quietSeconds, attackSeconds].every((one) => one !== undefined && one > 0)
) {
  console.error(`attack: expected numbers above 0, and with --only some of the attacks\n${USAGE}`);
  process.exit(2);
}
const size = { symbols: symbols as number, speed: speed as number };

if (values.memory) {
  const growth = await measureMemory(
    {
      ...size,
      slowReaders: 200,
      stalledSockets: 100,
      filters: 5_000,
      addresses: 1_000_000,
      seconds: 60,
      restSeconds: 60,
    },
    (one) => console.log(JSON.stringify(one)),
  );
  console.log("\n| hoard | MB at most | MB a minute later | kernel's socket buffers, MB |\n| --- | --- | --- | --- |");
  for (const { name, mostMb, afterMb, kernelMb } of growth) console.log(row(name, mostMb, afterMb, kernelMb));
} else {
  const periods = await runAttacks(
    { ...size, quietSeconds: quietSeconds as number, attackSeconds: attackSeconds as number, ...(only && { only }) },
    (period) => console.log(JSON.stringify(period)),
  );
  console.log(
    "\n| attack | /health p99, ms | worst, ms | own screens p50, ms | worst, ms | failed | threads ended | loop lag p99, ms | loop works, % | waits for a core, % | closes | lost | doubled | signal p50, ms | worst, ms | feed losses | memory, MB | outcomes |",
  );
  console.log(`|${" --- |".repeat(18)}`);
  for (const period of periods) console.log(rowOf(period));
}
console.log(
  `\n${size.symbols} symbols × 6 intervals at speed ${size.speed}; ${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)}.`,
);
process.exit(0);

function rowOf(period: Period): string {
  const {
    name,
    outcomes,
    healthP99Ms,
    healthWorstMs,
    loopLagP99Ms,
    workedPercent,
    waitedPercent,
    closes,
    lost,
    doubled,
  } = period;
  const told = Object.entries(outcomes).map(([outcome, count]) => `${outcome}: ${count}`);
  const { screenP50Ms, screenWorstMs, screenFailures, threadsEnded } = period;
  const { signalP50Ms, signalWorstMs, feedLosses, memoryMb } = period;
  return row(
    ...[
      name,
      healthP99Ms,
      healthWorstMs,
      screenP50Ms,
      screenWorstMs,
      screenFailures,
      threadsEnded,
      loopLagP99Ms,
      workedPercent,
      waitedPercent,
      closes,
      lost,
      doubled,
    ],
    ...[signalP50Ms, signalWorstMs, feedLosses, memoryMb, told.join(", ")],
  );
}

function row(...cells: readonly (string | number)[]): string {
  return `| ${cells.map((cell) => (typeof cell === "number" ? String(Math.round(cell * 10) / 10) : cell)).join(" | ")} |`;
}
