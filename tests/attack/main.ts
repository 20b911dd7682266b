// npm run attack -- [--symbols N] [--speed X] [--quiet S] [--seconds S] [--only A,B] [--memory]: what a healthy user sees while one
// with an ordinary key misbehaves in all the ways that are known.
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { ATTACKS } from "./attacks.ts";
import { measureMemory } from "./memory.ts";
import { type Period, runAttacks } from "./run.ts";

const { values } = parseArgs({
  options: {
    symbols: { type: "string", default: "500" },
    speed: { type: "string", default: "6" },
    quiet: { type: "string", default: "60" },
    seconds: { type: "string", default: "30" },
    only: { type: "string" },
    memory: { type: "boolean", default: false },
  },
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
  const known = ATTACKS.map(({ name, says }) => `  ${name.padEnd(18)} ${says}`).join("\n");
  console.error(`attack: expected numbers above 0, and with --only some of\n${known}`);
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
    "\n| attack | /health p99, ms | worst, ms | loop lag p99, ms | closes | lost | doubled | signal p50, ms | worst, ms | feed losses | memory, MB | outcomes |",
  );
  console.log(`|${" --- |".repeat(12)}`);
  for (const period of periods) console.log(rowOf(period));
}
console.log(
  `\n${size.symbols} symbols × 6 intervals at speed ${size.speed}; ${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)}.`,
);
process.exit(0);

function rowOf(period: Period): string {
  const { name, outcomes, healthP99Ms, healthWorstMs, loopLagP99Ms, closes, lost, doubled } = period;
  const told = Object.entries(outcomes).map(([outcome, count]) => `${outcome}: ${count}`);
  const { signalP50Ms, signalWorstMs, feedLosses, memoryMb } = period;
  return row(
    ...[name, healthP99Ms, healthWorstMs, loopLagP99Ms, closes, lost, doubled],
    ...[signalP50Ms, signalWorstMs, feedLosses, memoryMb, told.join(", ")],
  );
}

function row(...cells: readonly (string | number)[]): string {
  return `| ${cells.map((cell) => (typeof cell === "number" ? String(Math.round(cell * 10) / 10) : cell)).join(" | ")} |`;
}
