// Takes out of package-lock.json what says where it was made and not what is installed: npm's "resolved" (the address of
// somebody's registry; npm finds packages by name and checks them by "integrity") and "funding". npm runs this by itself
// after each change of node_modules, as the script "dependencies" in package.json.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./lib/root.mjs";

const LOCK_FILE = join(ROOT, "package-lock.json");
const NOT_WANTED = ["resolved", "funding"];

const before = readFileSync(LOCK_FILE, "utf8");
const lock = JSON.parse(before);
for (const entry of Object.values(lock.packages)) {
  for (const key of NOT_WANTED) delete entry[key];
}
const after = `${JSON.stringify(lock, null, 2)}\n`;
if (after !== before) writeFileSync(LOCK_FILE, after);
