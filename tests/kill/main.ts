// npm run kill -- --rounds 50 --seed 1: kills a server again and again, under load, and looks at what each start serves.
import { commandLine } from "../helpers/command-line.ts";
import { hasRecorded, RECORDED } from "../helpers/recorded.ts";
import { killRounds } from "./rounds.ts";

const USAGE = `npm run kill -- [options]: kills a server again and again under load, and verifies its answers after each start.
  --rounds N   how often (default: 50)
  --seed N     seed of the load and of the kills (default: random)`;

const values = commandLine("kill", USAGE, { rounds: { type: "string" }, seed: { type: "string" } });
const rounds = Number(values.rounds ?? "50");
const seed = Number(values.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]);

if (!Number.isInteger(rounds) || rounds < 1 || !Number.isInteger(seed)) {
  console.error(`kill: expected whole numbers, and at least one round\n${USAGE}`);
  process.exit(2);
}
if (!hasRecorded) {
  console.error(`kill: there is no recorded market data at ${RECORDED}`);
  process.exit(1);
}
console.log(`kill: ${rounds} rounds, seed ${seed}`);
const report = await killRounds(rounds, seed, console.log);
const { faults, ...figures } = report;
console.log(JSON.stringify(figures));
for (const fault of faults.slice(0, 50)) console.error(`kill: ${fault}`);
console.log(faults.length === 0 ? "kill: nothing was lost, doubled, torn or made up" : `kill: ${faults.length} faults`);
process.exit(faults.length === 0 ? 0 : 1);
