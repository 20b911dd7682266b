import { join } from "node:path";

const ROOT = join(import.meta.dir, "../..");

/** Whether this process may give another one a view of the disk of its own. */
const MAY_HIDE: boolean =
  process.platform === "linux" && Bun.spawnSync(["unshare", "--mount", "true"], { stderr: "ignore" }).success;

/**
 * The command, run so that it sees an empty folder where the checkout is: what it needs it must bring along. Where that
 * isn't allowed it runs as it is.
 */
export function hideCheckout(command: readonly string[]): string[] {
  if (!MAY_HIDE) return [...command];
  const hide = `mount -t tmpfs none "$0" && exec "$@"`;
  return ["unshare", "--mount", "sh", "-c", hide, ROOT, ...command];
}
