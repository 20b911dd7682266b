import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { hasPostgres, type RunningPostgres, startPostgres } from "../helpers/postgres.ts";

const VYX = join(import.meta.dir, "../../bin/vyx");
const FILES = ["traders", "row_level_security", "signals_published", "looks"];

describe.skipIf(!hasPostgres)("vyx database", () => {
  let postgres: RunningPostgres;
  let url: string;
  beforeAll(async () => {
    postgres = await startPostgres();
    url = await postgres.createDatabase();
  });
  afterAll(() => postgres?.stop());

  const vyx = (...options: string[]): { code: number; out: string; err: string } => {
    const { exitCode, stdout, stderr } = Bun.spawnSync(["node", VYX, "database", ...options]);
    return { code: exitCode, out: stdout.toString(), err: stderr.toString() };
  };
  const states = (out: string): string[] => [...out.matchAll(/^(\w+) +\d{14}_/gm)].map(([, state = ""]) => state);

  test("tells, tries, applies and takes back", () => {
    expect(states(vyx("--database-url", url, "--status").out)).toEqual(["waiting", "waiting", "waiting", "waiting"]);
    const tried = vyx("--database-url", url, "--dry-run");
    expect(tried.out).toContain("would have applied: ");
    for (const name of FILES) expect(tried.out).toContain(name);
    expect(states(vyx("--database-url", url, "--status").out)).toEqual(["waiting", "waiting", "waiting", "waiting"]);
    expect(states(vyx("--database-url", url).out)).toEqual(["applied", "applied", "applied", "applied"]);
    expect(vyx("--database-url", url).out).toStartWith("nothing to do");
    expect(states(vyx("--database-url", url, "--down", "2").out)).toEqual(["applied", "applied", "waiting", "waiting"]);
    expect(states(vyx("--database-url", url).out)).toEqual(["applied", "applied", "applied", "applied"]);
  });

  test("tells what is wrong in a sentence", () => {
    const without = vyx();
    expect([without.code, without.err]).toEqual([1, expect.stringContaining("--database-url is missing")]);
    const wrong = vyx("--database-url", "mysql://user:secret@host/x");
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining("expected postgres://")]);
    expect(wrong.err).not.toContain("secret");
    const away = vyx("--database-url", "postgres://nobody@127.0.0.1:9/x");
    expect([away.code, away.err]).toEqual([1, expect.stringContaining("the database can't be reached")]);
    expect(away.err).not.toContain("    at ");
  });

  test.each([
    [
      "an unknown role",
      (good: URL) => Object.assign(good, { username: "nobody" }),
      'role "nobody" does not exist (SQLSTATE 28000)',
    ],
    [
      "an unknown database",
      (good: URL) => Object.assign(good, { pathname: "/absent" }),
      'database "absent" does not exist (SQLSTATE 3D000)',
    ],
  ])("passes on in a sentence that the database refuses %s", (_what, change, words) => {
    const { code, err } = vyx("--database-url", change(new URL(url)).href);
    expect([code, err.trim()]).toEqual([1, `vyx: the database refused: ${words}`]);
  });

  test("a % in a password that begins no character", () => {
    const { code, err } = vyx("--database-url", "postgres://user:50%secret@127.0.0.1:9/x");
    expect([code, err]).toEqual([1, expect.stringContaining("the password in the database's address has a %")]);
    expect(err).not.toContain("secret");
  });
});
