import type { Functions } from "../traders/mod.ts";
import {
  type AnswerSchema,
  isProblemCode,
  problemSchema,
  readAnswer,
  signalsSchema,
  traderSchema,
  versionsSchema,
} from "../wire/mod.ts";
import type { TraderCall, TraderReader } from "./explain-routes.ts";
import { functionCallerOf } from "./function-routes.ts";
import { RequestProblem } from "./problem.ts";

/** A trader's signals that are looked at: one of the close itself, and one before it. */
const SIGNALS = 2;

/** The traders as the functions tell them, with the caller's rights. */
export function functionTraders(functions: Functions): TraderReader {
  const ask = async <T>(
    name: "traders" | "signals",
    path: string,
    schema: AnswerSchema<T>,
    { caller, request: { signal }, requestId }: TraderCall,
  ): Promise<T> => {
    const request = new Request(`http://localhost/functions/v1/${name}${path}`, { signal });
    const response = await functions(name, request, functionCallerOf(caller), requestId);
    const body: unknown = await response.json().catch(() => undefined);
    if (!response.ok) throw problemOf(body, response.headers);
    const read = readAnswer(schema, body);
    if ("fault" in read) throw new Error(`${name}${path}: the answer is not as agreed: ${read.fault}`);
    return read.answer;
  };
  return {
    trader: (id, call) => ask("traders", `/${id}`, traderSchema, call),
    version: async (id, version, call) => {
      const { versions } = await ask("traders", `/${id}/versions?cursor=${version + 1}&limit=1`, versionsSchema, call);
      return versions.find((one) => one.version === version);
    },
    signals: async ({ id, triggerInterval }, symbol, to, call) => {
      const query = new URLSearchParams({ traderId: id, symbol, interval: triggerInterval, to: String(to) });
      query.set("limit", String(SIGNALS));
      return (await ask("signals", `?${query}`, signalsSchema, call)).signals;
    },
  };
}

/** The functions' problem as one of this server's own. */
function problemOf(body: unknown, headers: Headers): RequestProblem {
  const read = readAnswer(problemSchema, body);
  if ("fault" in read) return new RequestProblem("not_ready", "the traders can't be read at the moment");
  const { code, detail } = read.answer;
  const seconds = Number(headers.get("retry-after") ?? Number.NaN);
  const known = isProblemCode(code) ? code : "not_ready";
  return new RequestProblem(known, detail, Number.isFinite(seconds) ? seconds : undefined);
}
