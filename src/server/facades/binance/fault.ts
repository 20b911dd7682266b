import { PROBLEMS, type ProblemCode } from "../../../wire/mod.ts";
import type { WholeAnswer } from "../../answer.ts";
import { RequestProblem } from "../../problem.ts";

const HEADERS: Readonly<Record<string, string>> = { "content-type": "application/json", "cache-control": "no-store" };

/** Binance's codes for problems that have no closer one (Binance spot API, error codes, 2026-07). */
const CODES: Readonly<Partial<Record<ProblemCode, number>>> = {
  invalid_parameter: -1100,
  unauthorized: -2014,
  forbidden: -2015,
  unknown_symbol: -1121,
  unknown_interval: -1120,
  rate_limited: -1003,
};

/** Of all others: "an unknown error occurred". */
const UNKNOWN = -1000;

/** A request that is refused with one of Binance's own codes. `detail` is what clients see as `msg`. */
export class BinanceFault extends RequestProblem {
  readonly number: number;

  constructor(code: ProblemCode, number: number, detail: string, retryAfterSeconds?: number) {
    super(code, detail, retryAfterSeconds);
    this.number = number;
  }
}

/** A parameter that isn't there. */
export function missing(name: string): BinanceFault {
  return new BinanceFault(
    "invalid_parameter",
    -1102,
    `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`,
  );
}

/** Problems as Binance's clients know them: `{code, msg}`. Where the exchange has 400 for what we have 404 for, it is 400. */
export function binanceProblem(
  problem: { readonly code: ProblemCode; readonly message: string },
  headers: Readonly<Record<string, string>>,
): WholeAnswer {
  const { code, message } = problem;
  const { status } = PROBLEMS[code];
  const number = problem instanceof BinanceFault ? problem.number : (CODES[code] ?? UNKNOWN);
  // Without a code, clients such as ccxt go by the status: the exchange isn't there now, ask again. Its own code for that is an error for good.
  const body = JSON.stringify(status >= 500 ? { msg: message } : { code: number, msg: message });
  return {
    status: code === "unknown_symbol" || code === "unknown_interval" ? 400 : status,
    headers: new Headers({ ...HEADERS, ...headers }),
    body,
    bytes: Buffer.byteLength(body),
  };
}
