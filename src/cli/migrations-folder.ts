import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { assert } from "../core/mod.ts";
import type { Migration } from "../traders/mod.ts";

const SUPABASE = join(import.meta.dir, "../../supabase");

/** The migrations in supabase/migrations, which Supabase's CLI reads too, each with its way back in supabase/rollbacks. */
export function readMigrations(): Migration[] {
  const files = readdirSync(join(SUPABASE, "migrations")).filter((file) => file.endsWith(".sql"));
  return files.sort().map((file) => {
    const [, version, name] = /^(\d{14})_(\w+)\.sql$/.exec(file) ?? [];
    assert(version !== undefined && name !== undefined, `${file} is named by its time and what it does`);
    return { version, name, up: text("migrations", file), down: text("rollbacks", file) };
  });
}

function text(folder: string, file: string): string {
  return readFileSync(join(SUPABASE, folder, file), "utf8");
}
