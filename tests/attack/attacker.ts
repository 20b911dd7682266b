// bun tests/attack/attacker.ts NAME URL SECONDS: one attack, in a process of its own so that it delays nobody who measures.
import { ATTACKS } from "./attacks.ts";
import { attackerKey } from "./keys.ts";

const [name, url = "", seconds] = process.argv.slice(2);
const attack = ATTACKS.find((one) => one.name === name);
if (attack === undefined) {
  console.error(`attacker: there is no attack ${name}: expected one of ${ATTACKS.map((one) => one.name).join(", ")}`);
  process.exit(2);
}
// What watches the attack waits for this line.
console.log("begun");
const until = AbortSignal.timeout(Number(seconds) * 1_000);
const outcomes = await attack.run({ url, key: attackerKey(attack.name), until, seconds: Number(seconds) });
console.log(JSON.stringify(outcomes));
process.exit(0);
