import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** The folder that holds package.json. */
export const ROOT = join(import.meta.dir, "../..");

/** A file as the tests of this folder see it: its path from the root, with forward slashes. */
export type ProjectPath = string;

/** What git tracks or would track, so that a mistake shows before it is committed. */
export const PROJECT_FILES: readonly ProjectPath[] = listed();

/** Files of code, by the end of their names. */
export const CODE_FILES: readonly ProjectPath[] = PROJECT_FILES.filter((path) => /\.(ts|tsx|mjs)$/.test(path));

export function read(path: ProjectPath): string {
  return readFileSync(join(ROOT, path), "utf8");
}

export function isThere(path: ProjectPath): boolean {
  return existsSync(join(ROOT, path));
}

/** False for files that are deleted but still tracked, and for links to folders. */
function isFile(path: ProjectPath): boolean {
  return statSync(join(ROOT, path), { throwIfNoEntry: false })?.isFile() ?? false;
}

export function sizeInBytes(path: ProjectPath): number {
  return statSync(join(ROOT, path)).size;
}

/** Code that only tests load: test files, the contracts that they share, and all of tests/. */
export function isTestCode(path: ProjectPath): boolean {
  return path.startsWith("tests/") || /\.(test|contract)\.tsx?$/.test(path);
}

interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

export const PACKAGE_JSON: PackageJson = JSON.parse(read("package.json"));

function listed(): ProjectPath[] {
  const git = Bun.spawnSync(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: ROOT });
  if (!git.success) throw new Error(`these tests need git and a checkout: ${git.stderr.toString()}`);
  const paths = git.stdout.toString().split("\0").filter(Boolean);
  return [...new Set(paths)].filter(isFile).sort();
}
