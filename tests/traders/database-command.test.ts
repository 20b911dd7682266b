import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { hasPostgres, type RunningPostgres, startPostgres } from "../helpers/postgres.ts";
import { type EndedCommand, runVyx } from "../helpers/vyx-command.ts";

const VYX = join(import.meta.dir, "../../bin/vyx");
const FILES = [
  "traders",
  "row_level_security",
  "signals_published",
  "looks",
  "functions_alone_write",
  "traders_of_a_market",
  "outcomes_and_versions",
  "destinations",
  "signals_of_a_day",
  "email",
  "price_alerts",
  "mails",
  "alert_days",
];

describe.skipIf(!hasPostgres)("vyx database", () => {
  let postgres: RunningPostgres;
  let url: string;
  beforeAll(async () => {
    postgres = await startPostgres();
    url = await postgres.createDatabase();
  });
  afterAll(() => postgres?.stop());

  const vyx = (...options: string[]): Promise<EndedCommand> => runVyx(["database", ...options]);
  const states = (out: string): string[] => [...out.matchAll(/^(\w+) +\d{14}_/gm)].map(([, state = ""]) => state);

  test("tells, tries, applies and takes back", async () => {
    expect(states((await vyx("--database-url", url, "--status")).out)).toEqual(Array(FILES.length).fill("waiting"));
    const tried = await vyx("--database-url", url, "--dry-run");
    expect(tried.out).toContain("would have applied: ");
    for (const name of FILES) expect(tried.out).toContain(name);
    expect(states((await vyx("--database-url", url, "--status")).out)).toEqual(Array(FILES.length).fill("waiting"));
    expect(states((await vyx("--database-url", url)).out)).toEqual(Array(FILES.length).fill("applied"));
    expect((await vyx("--database-url", url)).out).toStartWith("nothing to do");
    const unasked = await vyx("--database-url", url, "--down", "2");
    expect([unasked.code, unasked.err]).toEqual([
      1,
      expect.stringMatching(
        new RegExp(
          `--down reverts ${FILES.slice(-2).join(", ")} in the database vyx_1 on localhost, and deletes all data in their tables: expected --yes`,
        ),
      ),
    ]);
    expect(states((await vyx("--database-url", url, "--down", "2", "--yes")).out)).toEqual([
      ...Array(FILES.length - 2).fill("applied"),
      ...Array(2).fill("waiting"),
    ]);
    expect(states((await vyx("--database-url", url)).out)).toEqual(Array(FILES.length).fill("applied"));
  });

  test.skipIf(Bun.which("script") === null)("asks for the database's name at a terminal before it deletes data", () => {
    const answered = (answer: string): string => {
      const command = `node '${VYX}' database --database-url '${url}' --down 1`;
      return Bun.spawnSync(["script", "-qec", command, "/dev/null"], {
        stdin: Buffer.from(`${answer}\n`),
      }).stdout.toString();
    };
    expect(answered("yes")).toContain("nothing was deleted: the answer isn't the database's name");
    const taken = answered("vyx_1");
    expect(taken).toContain("taken back: ");
    // One alone: the first answer took nothing back.
    expect([...taken.matchAll(/^(\w+) +\d{14}_/gm)].map(([, state]) => state)).toEqual([
      ...Array(FILES.length - 1).fill("applied"),
      "waiting",
    ]);
  });

  test("tells what is wrong in a sentence", async () => {
    expect(await vyx("--if-configured")).toEqual({ code: 0, out: "nothing to do: no database URL is set\n", err: "" });
    const without = await vyx();
    expect([without.code, without.err]).toEqual([1, expect.stringContaining("--database-url is missing")]);
    const wrong = await vyx("--database-url", "mysql://user:secret@host/x");
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining("expected postgres://")]);
    expect(wrong.err).not.toContain("secret");
    const away = await vyx("--database-url", "postgres://nobody@127.0.0.1:9/x");
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
  ])("passes on in a sentence that the database refuses %s", async (_what, change, words) => {
    const { code, err } = await vyx("--database-url", change(new URL(url)).href);
    expect([code, err.trim()]).toEqual([1, `vyx: the database refused: ${words}`]);
  });

  test("a % in a password that begins no character", async () => {
    const { code, err } = await vyx("--database-url", "postgres://user:50%secret@127.0.0.1:9/x");
    expect([code, err]).toEqual([1, expect.stringContaining("the password in the database's address has a %")]);
    expect(err).not.toContain("secret");
  });
});
