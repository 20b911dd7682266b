import { reached, type Sql } from "./database.ts";
import { ExecutionsTable } from "./executions-table.ts";
import { noRows, type RowCounts, readRows, TRADER_TABLES, unannounced, writeRows } from "./table-rows.ts";

/** How many rows were copied, by table. */
export type CopiedRows = RowCounts;

/** Carries the counts out of a transaction that is rolled back. */
class DryRun extends Error {}

/**
 * Copies all traders with their versions, executions, signals and outcomes, in one transaction. Both databases have all migrations, and nobody else uses the
 * one that is read. Rows that are there already stay as they are, so a copy can be made again. Signals get new ids, and aren't published
 * as new ones. A dry run changes neither database. Rejects with what the database refuses, for example more traders than one owner may have; then nothing is copied.
 */
export async function copyTraders(from: Sql, to: Sql, options: { readonly dryRun: boolean }): Promise<CopiedRows> {
  if (!options.dryRun) await new ExecutionsTable(from).releaseAll();
  const copied: CopiedRows = noRows();
  const copying = to.begin((transaction) =>
    unannounced(transaction, async () => {
      for (const table of TRADER_TABLES) {
        for await (const rows of readRows(from, table)) {
          copied[table] += await writeRows(transaction, table, rows, { keepsIds: false });
        }
      }
    }).then(() => {
      if (options.dryRun) throw new DryRun("a dry run is rolled back");
    }),
  );
  await reached(copying).catch((cause) => {
    if (!(cause instanceof DryRun)) throw cause;
  });
  return copied;
}
