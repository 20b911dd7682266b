import { type GetKlinesAnswer, readKlinesRequest } from "../../wire/mod.ts";
import { FunctionProblem } from "./caller.ts";
import type { FunctionCall, FunctionParts } from "./functions.ts";
import { bodyOf } from "./request-body.ts";
import { json } from "./respond.ts";

/** `POST get-klines`: a series and its ticker. The service may ask what another trader or user would be answered. */
export async function getKlines(parts: FunctionParts, { request, caller }: FunctionCall): Promise<Response> {
  const { market, stopwatch } = parts;
  const began = stopwatch();
  const { symbol, timeframe, limit, readFor } = await bodyOf(parts, { request, caller }, readKlinesRequest);
  if (readFor !== undefined && !caller.isService) {
    throw new FunctionProblem("forbidden", "readFor needs the service key");
  }
  const { klines, ticker, readFrom } = await market.klines(symbol, timeframe, limit, readFor ?? caller.owner);
  const latency = Math.round(stopwatch() - began);
  return json({
    klines,
    ticker,
    symbol,
    timeframe,
    count: klines.length,
    cached: true,
    latency,
    readFrom,
    readFor,
  } satisfies GetKlinesAnswer);
}
