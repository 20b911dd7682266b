import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commitAt } from "./commit.ts";

const folder = mkdtempSync(join(tmpdir(), "vyx-commit-"));
afterAll(() => rmSync(folder, { recursive: true }));

function git(cwd: string, ...args: string[]): string {
  const identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"];
  const { success, stdout, stderr } = Bun.spawnSync(["git", ...identity, ...args], { cwd });
  if (!success) throw new Error(`git ${args[0]}: ${stderr.toString()}`);
  return stdout.toString().trim();
}

function repository(name: string): string {
  const root = join(folder, name);
  mkdirSync(root);
  git(root, "init", "--quiet", "--initial-branch=a/branch");
  git(root, "commit", "--quiet", "--allow-empty", "--message=first");
  return root;
}

test.each([
  ["a branch", (root: string) => root],
  [
    "a branch whose commits were packed",
    (root: string) => {
      git(root, "pack-refs", "--all");
      return root;
    },
  ],
  [
    "no branch",
    (root: string) => {
      git(root, "checkout", "--quiet", "--detach");
      return root;
    },
  ],
  [
    "a further working tree",
    (root: string) => {
      git(root, "worktree", "add", "--quiet", "-b", "b", `${root}-tree`);
      return `${root}-tree`;
    },
  ],
])("the commit of %s is what git says", (name, checkOut) => {
  const root = checkOut(repository(name));
  expect(commitAt(root)).toBe(git(root, "rev-parse", "HEAD"));
});

test("without git, or with what isn't git's, it is unknown", () => {
  const odd = join(folder, "odd");
  mkdirSync(join(odd, ".git"), { recursive: true });
  expect([commitAt(folder), commitAt(odd), commitAt(join(folder, "absent"))]).toEqual([
    "unknown",
    "unknown",
    "unknown",
  ]);
  writeFileSync(join(odd, ".git/HEAD"), "ref: refs/heads/none\n");
  expect(commitAt(odd)).toBe("unknown");
});
