import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SETTINGS } from "../../src/cli/config.ts";

test("docs/backup.md names every secret setting as one that a backup doesn't have", () => {
  const page = readFileSync(join(import.meta.dir, "../../docs/backup.md"), "utf8");
  const row = page.split("\n").find((line) => line.startsWith("| secrets (")) ?? "";
  const named = [...row.matchAll(/`--([a-z-]+)`/g)].map(([, flag]) => flag);
  const secret = Object.values(SETTINGS).flatMap((one) => ("secret" in one && one.secret === true ? [one.flag] : []));
  expect(secret).toContain("upstream-key");
  expect(named.toSorted()).toEqual(secret.toSorted());
});
