// Builds what the npm package has besides the checkout's files: npm runs it before it packs, as its script `prepack`
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { buildClientParts } from "../web/build.ts";

const ROOT = resolve(import.meta.dir, "..");
const OUT = join(ROOT, "dist");

/** Where the compiler puts the types of each file. */
const TYPES = join(ROOT, ".cache/types/src");

/** A relative import in a declaration file. */
const IMPORT = /(from |import\()"(\.{1,2}\/[^"]+)\.ts"/g;

rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT);
const parts = await buildClientParts({ minify: false });
for (const [name, text] of parts) writeFileSync(join(OUT, name), text);
compileTypes();
const files = copyTypes(join(TYPES, "client/mod.d.ts"));
console.error(`${[...parts.keys()].map((name) => `dist/${name}`).join(", ")} and ${files} files of types`);

function compileTypes(): void {
  const { status } = spawnSync(process.execPath, ["x", "tsc", "-b", "src/client"], { cwd: ROOT, stdio: "inherit" });
  if (status !== 0) throw new Error("the types of the client can't be compiled: see above");
}

/** Copies a declaration file and all that it imports. In a package, imports end in `.js`. Returns how many there were. */
function copyTypes(first: string): number {
  const found = new Set([first]);
  for (const path of found) {
    const text = readFileSync(path, "utf8");
    for (const [, , target = ""] of text.matchAll(IMPORT)) found.add(join(dirname(path), `${target}.d.ts`));
    const copy = join(OUT, "types", relative(TYPES, path));
    mkdirSync(dirname(copy), { recursive: true });
    writeFileSync(copy, text.replace(IMPORT, '$1"$2.js"'));
  }
  return found.size;
}
