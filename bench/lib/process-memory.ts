import { readFileSync } from "node:fs";

/** What a process holds itself and in shared memory, in MiB. Source: proc(5). */
export function residentMb(pid: number): number {
  return mbOf(pid, "RssAnon") + mbOf(pid, "RssShmem") + mbOf(pid, "RssFile");
}

/** The most that a process has had resident, in MiB. */
export function mostMb(pid: number): number {
  return mbOf(pid, "VmHWM");
}

function mbOf(pid: number, name: string): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) / 1_024;
}
