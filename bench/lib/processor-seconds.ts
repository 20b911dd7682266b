import { readFileSync } from "node:fs";

const TICKS_A_SECOND = 100;

/** What a process has taken of all cores so far, in seconds, in steps of 10 ms. Source: proc(5). */
export function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}
