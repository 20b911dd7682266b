import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The files that a build of the image sees: what git holds or would hold, without what .dockerignore leaves out. */
export function contextFiles(root: string): string[] {
  const left = readFileSync(join(root, ".dockerignore"), "utf8")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  const listed = Bun.spawnSync(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: root });
  if (!listed.success) throw new Error(`git can't list the files: ${listed.stderr.toString()}`);
  const files = listed.stdout.toString().split("\0").filter(Boolean);
  const globs = left.map((pattern) => new Bun.Glob(pattern));
  return files.filter(
    (file) => !left.some((name) => file.startsWith(`${name}/`)) && !globs.some((glob) => glob.match(file)),
  );
}
