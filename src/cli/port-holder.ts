import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** The state of a listening socket in /proc/net/tcp. */
const LISTEN = "0A";

/** The most of a command line that is shown, in characters. */
const MAX_SHOWN = 120;

/**
 * Which process listens on a TCP port of this machine: its id and command line. Undefined where the system doesn't show it: elsewhere
 * than on Linux, or for another user's process.
 *
 * @example portHolder(8080) // "process 4711: bun src/cli/main.ts serve"
 */
export function portHolder(port: number): string | undefined {
  try {
    const sockets = new Set(["tcp", "tcp6"].flatMap((table) => listeningSockets(`/proc/net/${table}`, port)));
    if (sockets.size === 0) return undefined;
    const id = readdirSync("/proc").find((name) => /^\d+$/.test(name) && holdsOneOf(name, sockets));
    return id === undefined ? undefined : `process ${id}: ${commandOf(id)}`;
  } catch {
    return undefined;
  }
}

/** The inodes of sockets that listen on a port; see proc(5). */
function listeningSockets(table: string, port: number): string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, "0");
  return readFileSync(table, "utf8")
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => state === LISTEN && local?.split(":")[1] === wanted)
    .map((fields) => fields[9] ?? "");
}

function holdsOneOf(id: string, sockets: ReadonlySet<string>): boolean {
  try {
    return readdirSync(`/proc/${id}/fd`).some((descriptor) => {
      try {
        const target = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${id}/fd/${descriptor}`));
        return target !== null && sockets.has(target[1] as string);
      } catch {
        return false;
      }
    });
  } catch {
    // It has ended meanwhile, or is another user's.
    return false;
  }
}

/** Its command line on one line, without what could forge another. */
function commandOf(id: string): string {
  const text = readFileSync(`/proc/${id}/cmdline`, "utf8").replaceAll("\0", " ").trim();
  return text.replaceAll(/\p{Cc}/gu, "?").slice(0, MAX_SHOWN);
}
