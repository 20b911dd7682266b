// npm run roll -- [--connections N] [--proxy caddy|nginx] …: restarts and kills servers behind the kit's proxy, under traffic.
import { commandLine } from "../../helpers/command-line.ts";
import { CHROMIUM } from "../../helpers/page-browser.ts";
import { hasCaddy, hasNginx, startCaddy, startNginx } from "../proxies.ts";
import { startRoll } from "./roll.ts";

const USAGE = `npm run roll -- [options]: restarts two servers behind the kit's Caddy or nginx one after the other, then kills one, under traffic.
  --proxy NAME     caddy or nginx (default: caddy)
  --connections N  connections of the SDK, beside the page in Chromium (default: 500)
  --symbols N      symbols of the market (default: 10)
  --speed X        market seconds per second (default: 10)
  --age S          seconds after which sockets are closed to spread again (default: 60)`;

const values = commandLine("roll", USAGE, {
  proxy: { type: "string", default: "caddy" },
  connections: { type: "string", default: "500" },
  symbols: { type: "string", default: "10" },
  speed: { type: "string", default: "10" },
  age: { type: "string", default: "60" },
});
const proxies = { caddy: hasCaddy && startCaddy, nginx: hasNginx && startNginx };
const numbers = [values.connections, values.symbols, values.speed, values.age].map(Number);
const [connections, symbols, speed, socketAgeSeconds] = numbers as [number, number, number, number];
if (!Object.hasOwn(proxies, values.proxy) || !numbers.every((one) => one >= 1)) {
  console.error(`roll: expected caddy or nginx, and numbers of at least 1\n${USAGE}`);
  process.exit(2);
}
const proxy = proxies[values.proxy as keyof typeof proxies];
if (proxy === false) {
  console.error(`roll: ${values.proxy} is not installed (Debian: apt-get install caddy nginx openssl)`);
  process.exit(1);
}
if (CHROMIUM === null) console.error("roll: the page is left out, as chromium is not installed");
const plan = { connections, pauseMs: 20, symbols, speed, socketAgeSeconds, withPage: true, proxy };
const roll = await startRoll(plan, (line) => console.log(`${(performance.now() / 1_000).toFixed(0)} s: ${line}`));
const { faults, ...figures } = await roll
  .restart()
  .then(() => roll.kill())
  .then(() => roll.report())
  .finally(() => roll.stop());
console.log(JSON.stringify(figures));
for (const fault of faults.slice(0, 50)) console.error(`roll: ${fault}`);
console.log(
  faults.length === 0
    ? "roll: no connection or request failed, and nothing was lost or doubled"
    : `roll: ${faults.length} faults`,
);
process.exit(faults.length === 0 ? 0 : 1);
