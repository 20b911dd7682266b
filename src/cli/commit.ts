import { existsSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Shown where the commit can't be known, such as in an installed npm package. */
export const UNKNOWN_COMMIT = "unknown";

/** The commit that this program was built from, 40 hexadecimal digits, or {@link UNKNOWN_COMMIT}. The single binary has it built in. */
export function programCommit(): string {
  return commitAt(fileURLToPath(new URL("../..", import.meta.url)));
}

/** The commit that is checked out in a folder, as git's own files say: git itself may not be installed. Never throws. */
export function commitAt(root: string): string {
  try {
    return headOf(join(root, ".git")) ?? UNKNOWN_COMMIT;
  } catch {
    return UNKNOWN_COMMIT;
  }
}

function headOf(git: string): string | undefined {
  if (!existsSync(git)) return undefined;
  // In a further working tree `.git` is a file that names the folder; its branches are in the common one.
  const folder = statSync(git).isDirectory() ? git : resolve(git, "..", textOf(git).replace("gitdir: ", ""));
  const commonFile = join(folder, "commondir");
  const common = existsSync(commonFile) ? resolve(folder, textOf(commonFile)) : folder;
  const head = textOf(join(folder, "HEAD"));
  if (!head.startsWith("ref: ")) return commitIn(head);
  const branch = head.slice("ref: ".length);
  const loose = join(common, branch);
  if (existsSync(loose)) return commitIn(textOf(loose));
  const packed = textOf(join(common, "packed-refs")).split("\n");
  return commitIn(packed.find((line) => line.endsWith(` ${branch}`)) ?? "");
}

function commitIn(text: string): string | undefined {
  return /^[0-9a-f]{40,64}/.exec(text)?.[0];
}

function textOf(file: string): string {
  return readFileSync(file, "utf8").trim();
}
