import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Refusal } from "./root.mjs";

/** Where npm doesn't run install scripts, bin/bun.exe stays a few hundred bytes of text; the real one is over 50 MB. */
const SMALLEST_BINARY_BYTES = 1_000_000;

/** The path of Bun's binary, as npm installed it. Throws {@link Refusal} if there is none for this machine. */
export function findBun() {
  const folder = packageFolder();
  const usual = join(folder, "bin/bun.exe");
  if (isBinary(usual)) return usual;
  const unpacked = platformBinaries(folder).find(runs);
  if (unpacked !== undefined) return unpacked;
  spawnSync(process.execPath, ["install.js"], { cwd: folder, stdio: ["ignore", 2, 2] });
  if (isBinary(usual)) return usual;
  throw new Refusal(
    `the npm package "bun" has no binary for ${process.platform} ${process.arch}. Were optional packages left out? Try: npm ci --include=optional`,
  );
}

function packageFolder() {
  try {
    return dirname(createRequire(import.meta.url).resolve("bun/package.json"));
  } catch {
    throw new Refusal('the npm package "bun" is not installed. Try: npm ci');
  }
}

/** The binaries in the packages per platform, which npm puts beside the package; usually one, two where musl is an option. */
function platformBinaries(folder) {
  const scope = join(folder, "../@oven");
  if (!existsSync(scope)) return [];
  const names = readdirSync(scope).filter((name) => name.startsWith("bun-"));
  return names.flatMap((name) => ["bun", "bun.exe"].map((file) => join(scope, name, "bin", file))).filter(isBinary);
}

function isBinary(path) {
  return existsSync(path) && statSync(path).size > SMALLEST_BINARY_BYTES;
}

function runs(path) {
  return spawnSync(path, ["--version"], { stdio: "ignore" }).status === 0;
}
