import type { UnixMs } from "../../../core/mod.ts";

/** What every answer is wrapped in: 0 and OK, or an error. */
export function envelope(code: number, message: string, result: unknown, now: UnixMs): object {
  return { retCode: code, retMsg: message, result, retExtInfo: {}, time: now };
}
