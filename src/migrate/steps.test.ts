import { afterAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cutoverSteps, type MigrationStep, rollbackSteps } from "./steps.ts";

const HOSTS = { project: "abc", app: "vyx" };
const EXPORTED = { UPSTASH_REDIS_TOKEN: "a token's $text", UPSTASH_REDIS_REST_URL: "https://name.upstash.io" };

const folder = mkdtempSync(join(tmpdir(), "vyx-steps-"));
afterAll(() => rmSync(folder, { recursive: true }));
for (const name of ["supabase", "fly"]) {
  writeFileSync(
    join(folder, name),
    `#!/bin/sh\nfor word in "$@"; do printf '%s\\n' "$word"; done > "${folder}/words"\n`,
  );
  chmodSync(join(folder, name), 0o755);
}

/** Runs a printed command in a shell that has nothing but what is exported. The words that the program got; undefined if none ran. */
function run(command: string, exported: Readonly<Record<string, string>>): string[] | undefined {
  rmSync(join(folder, "words"), { force: true });
  const { success } = Bun.spawnSync(["/bin/sh", "-c", command], { env: { PATH: folder, ...exported } });
  return success ? readFileSync(join(folder, "words"), "utf8").trimEnd().split("\n") : undefined;
}

const both = ({ supabase, fly }: MigrationStep): string[] => [supabase, fly];

describe("printed commands, run as they are", () => {
  test("set the address and the token of Redis that the page says to export", () => {
    for (const url of [undefined, "https://name.upstash.io"]) {
      for (const command of both(cutoverSteps(10, HOSTS, url)[0] as MigrationStep)) {
        expect(run(command, EXPORTED)?.slice(-2)).toEqual([
          "UPSTASH_REDIS_REST_URL=https://name.upstash.io",
          "UPSTASH_REDIS_REST_TOKEN=a token's $text",
        ]);
      }
    }
  });

  test("do nothing where something isn't exported: no secret is ever emptied", () => {
    const [first] = cutoverSteps(10, HOSTS, undefined) as [MigrationStep];
    for (const missing of Object.keys(EXPORTED)) {
      const rest = Object.fromEntries(Object.entries(EXPORTED).filter(([name]) => name !== missing));
      for (const command of both(first)) expect([missing, run(command, rest)]).toEqual([missing, undefined]);
    }
  });

  test("set the source, and set it back, without anything exported", () => {
    const [, second] = cutoverSteps(50, HOSTS, undefined) as [MigrationStep, MigrationStep];
    expect(run(second.supabase, {})).toEqual([
      ...["secrets", "set", "--project-ref", "abc", "VYX_SOURCE=vyx-then-redis", "VYX_SOURCE_SHARE=50"],
    ]);
    expect(run(rollbackSteps(HOSTS)[0]?.fly ?? "", {})).toEqual(["secrets", "set", "--app", "vyx", "VYX_SOURCE=redis"]);
  });
});
