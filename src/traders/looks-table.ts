import type { UnixMs } from "../core/mod.ts";
import { reached, type Sql } from "./database.ts";

/** Notes that closes which nobody told are being looked for, now. */
export async function noteLook(sql: Sql): Promise<void> {
  await reached(sql`
    insert into public.looks (looked_at) values (now()) on conflict (only_row) do update set looked_at = excluded.looked_at`);
}

/** When they were last looked for, and how long ago that is in milliseconds; null when they never were. */
export async function lastLook(sql: Sql): Promise<{ lookedAt: UnixMs; ageMs: number } | null> {
  const [row] = await reached(sql<{ looked_at: Date; age_ms: number }[]>`
    select looked_at, (extract(epoch from now() - looked_at) * 1000)::integer as age_ms from public.looks`);
  return row === undefined ? null : { lookedAt: row.looked_at.getTime() as UnixMs, ageMs: row.age_ms };
}
