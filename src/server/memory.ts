import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";

/** What the process holds of the machine's memory, in bytes. What the system doesn't tell is undefined. */
export interface MemoryFigures {
  /** What JavaScript uses. */
  readonly heap: number;
  readonly resident: number;
  /** Files that are in memory alone and have no name: the runtime keeps large bodies in them, and resident memory leaves them out. */
  readonly shared: number | undefined;
  /** What the service is charged for, with its sockets' buffers. */
  readonly cgroup: number | undefined;
}

/** Descriptors that are looked at; the rest is taken to be like them. */
const MAX_DESCRIPTORS = 4_096;

const DESCRIPTORS = "/proc/self/fd";

/** The cgroup of the service as version 2 shows it from within. */
const CGROUP = "/sys/fs/cgroup/memory.current";

/** The memory that the process holds now. Takes some microseconds for each open descriptor. */
export function memoryFigures(): MemoryFigures {
  const { heapUsed, rss } = process.memoryUsage();
  return { heap: heapUsed, resident: rss, shared: sharedBytes(), cgroup: cgroupBytes() };
}

function sharedBytes(): number | undefined {
  try {
    const names = readdirSync(DESCRIPTORS);
    const looked = names.slice(-MAX_DESCRIPTORS);
    const bytes = looked.reduce((sum, name) => sum + memoryFileBytes(`${DESCRIPTORS}/${name}`), 0);
    return bytes * (names.length / Math.max(1, looked.length));
  } catch {
    return undefined;
  }
}

/** Blocks that are in use, not the length: a file may have holes. */
function memoryFileBytes(path: string): number {
  try {
    return readlinkSync(path).startsWith("/memfd:") ? 512 * statSync(path).blocks : 0;
  } catch {
    // Closed since.
    return 0;
  }
}

function cgroupBytes(): number | undefined {
  try {
    return Number(readFileSync(CGROUP, "utf8"));
  } catch {
    return undefined;
  }
}
