import { PROBLEMS, type ProblemCode } from "../../../wire/mod.ts";
import type { WholeAnswer } from "../../answer.ts";

/** A command that is refused: `message` begins with the word by which clients of Redis know the kind, such as ERR or WRONGTYPE. */
export class CommandFault extends Error {}

/** Problems as Upstash answers them: `{"error": …}`. */
export function upstashProblem(
  { code, message }: { readonly code: ProblemCode; readonly message: string },
  headers: Readonly<Record<string, string>>,
): WholeAnswer {
  const word = code === "unauthorized" || code === "forbidden" ? "WRONGPASS" : "ERR";
  const body = JSON.stringify({ error: `${word} ${message}` });
  const all = { "content-type": "application/json", "cache-control": "no-store", ...headers };
  return { status: PROBLEMS[code].status, headers: new Headers(all), body, bytes: Buffer.byteLength(body) };
}
