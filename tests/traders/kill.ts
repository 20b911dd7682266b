// The long version of replay.test.ts, with real processes: recorded hours played by the stand-in, `vyx serve` on
// PostgreSQL, killed ten times at moments by chance. At the end the stored signals must be those of plain loops.
//
//   node_modules/.bin/bun tests/traders/kill.ts [MINUTES] [SPEED] [SEED]
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../src/cli/clock.ts";
import { type Kline, parseSymbol, type Symbol, seededRandom, type UnixMs } from "../../src/core/mod.ts";
import { createExchange } from "../../src/exchange/mod.ts";
import { TradersTable } from "../../src/traders/mod.ts";
import { migratedOn } from "../helpers/databases.ts";
import { startPostgres } from "../helpers/postgres.ts";
import { dumpRows, klineOfRow, RECORDED } from "../helpers/recorded.ts";
import { expectedSignals, REPLAY_INTERVALS, REPLAY_TRADERS, signalText } from "../helpers/replay-traders.ts";

const [minutesText = "360", speedText = "120", seedText = String(Date.now() % 2 ** 32)] = process.argv.slice(2);
const [MINUTES, SPEED, SEED] = [Number(minutesText), Number(speedText), Number(seedText)];
const KILLS = 10;
const MINUTE = 60_000;
/** The market begins a while before, so that a first server is there when the hours begin. */
const LEAD_MINUTES = Math.ceil(SPEED / 2);
const BEGIN = Date.UTC(2026, 1, 10, 6) as UnixMs;
const END = BEGIN + MINUTES * MINUTE;
const ROOT = join(import.meta.dir, "../..");

console.log(`seed ${SEED}, ${MINUTES} minutes at speed ${SPEED}, ${KILLS} kills`);
const random = seededRandom(SEED);
const data = join(RECORDED, "um_1m_full");
const recorded = new Map<Symbol, readonly Kline[]>();
for (const file of readdirSync(data)) {
  const rows = dumpRows(`um_1m_full/${file}`, BEGIN - 4_000 * MINUTE, END);
  recorded.set(parseSymbol(file.split("-")[0] as string), rows.map(klineOfRow));
}
const expected = expectedSignals(recorded, (BEGIN - 1) as UnixMs, (END - 1) as UnixMs);

const postgres = await startPostgres();
const url = await postgres.createDatabase();
const sql = await migratedOn(url);
for (const trader of REPLAY_TRADERS) await new TradersTable(sql).create("local", trader, (BEGIN - 1) as UnixMs);
const exchange = createExchange({
  port: 0,
  clock: systemClock,
  data,
  start: (BEGIN - LEAD_MINUTES * MINUTE) as UnixMs,
  speed: SPEED,
});

let server = serve();
const kills = Array.from({ length: KILLS }, () => BEGIN + random() * MINUTES * MINUTE).sort((a, b) => a - b);
for (const moment of kills) {
  while (exchange.now() < moment) await Bun.sleep(20);
  server.kill("SIGKILL");
  await server.exited;
  console.log(`killed at ${new Date(exchange.now()).toISOString()}`);
  server = serve();
}
while (exchange.now() < END + 3_000) await Bun.sleep(50);
const [{ last } = { last: 0 }] = [{ last: END - 1 }];
for (let left = 1; left > 0; ) {
  await Bun.sleep(1_000);
  const [row] = await sql<{ left: number; behind: number }[]>`
    select (select count(*)::integer from public.executions where close_time <= ${last} and (status in ('queued', 'running') or pending <> '{}')) as left,
      (select count(*)::integer from public.traders t where coalesce((select max(close_time) from public.executions e where e.trader_id = t.id), 0) < ${last}) as behind`;
  left = Number(row?.left) + Number(row?.behind);
}
server.kill("SIGTERM");
await server.exited;
const rows = await sql<{ name: string; symbol: string; close_time: number; price: number }[]>`
  select t.name, s.symbol, s.close_time, s.price from public.signals s join public.traders t on t.id = s.trader_id where s.close_time <= ${last}`;
const stored = rows.map(({ name, symbol, close_time, price }) => signalText(name, symbol, close_time, price)).sort();
const missing = expected.filter((text) => !stored.includes(text));
const extra = stored.filter((text) => !expected.includes(text));
const [counts] =
  await sql`select count(*)::integer as executions, count(*) filter (where attempts > 1)::integer as repeated,
  count(*) filter (where status = 'failed')::integer as failed from public.executions where close_time <= ${last}`;
console.log(
  JSON.stringify({
    expected: expected.length,
    stored: stored.length,
    missing: missing.length,
    extra: extra.length,
    ...counts,
  }),
);
for (const text of [
  ...missing.slice(0, 5).map((one) => `missing ${one}`),
  ...extra.slice(0, 5).map((one) => `extra ${one}`),
])
  console.log(text);
await sql.end();
await exchange.stop();
await postgres.stop();
process.exit(missing.length + extra.length === 0 ? 0 : 1);

function serve(): Bun.Subprocess {
  const addresses = ["--exchange-rest", exchange.url, "--exchange-ws", exchange.url.replace("http", "ws")];
  const options = [
    "--port",
    "0",
    "--symbols",
    "*",
    "--intervals",
    REPLAY_INTERVALS.join(","),
    "--data-dir",
    "none",
    "--database-url",
    url,
    "--log-level",
    "error",
  ];
  return Bun.spawn([process.execPath, join(ROOT, "src/cli/main.ts"), "serve", ...addresses, ...options], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "inherit",
  });
}
