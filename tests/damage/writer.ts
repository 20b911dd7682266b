// Writes traders and signals into the database of a folder, says how many signals are committed, and goes on until it is killed.

import { readMigrations } from "../../src/cli/migrations-folder.ts";
import { startEmbeddedDatabase } from "../../src/embedded/mod.ts";
import { migrateUp, openDatabase, TradersTable } from "../../src/traders/mod.ts";
import { aTrader } from "../helpers/made-up-traders.ts";

const database = await startEmbeddedDatabase(process.argv[2]);
const sql = openDatabase({ url: database.url, connections: 1 });
await migrateUp(sql, readMigrations());
const { id } = await new TradersTable(sql).create("gerda", aTrader(), undefined);
for (let signals = 0; ; signals += 50) {
  await sql`insert into public.signals (trader_id, trader_version, symbol, interval, close_time, price, facts)
    select ${id}, 1, 'S' || n % 100, '1m', n, 1, jsonb_build_object('text', repeat('x', 200))
    from generate_series(${signals + 1}::integer, ${signals + 50}::integer) n`;
  await sql`delete from public.signals where close_time between ${signals - 1_000} and ${signals - 990}`;
  if (signals % 2_000 === 1_000) await sql.unsafe("checkpoint").simple();
  if (signals % 3_000 === 2_000) await sql.unsafe("vacuum (analyze) public.signals").simple();
  console.log(signals + 50);
}
