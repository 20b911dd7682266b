import { type GetKlinesAnswer, readKlinesRequest } from "../../wire/mod.ts";
import type { FunctionCall, FunctionParts } from "./functions.ts";
import { bodyOf, json } from "./respond.ts";

/** `POST get-klines`: a series and its ticker. */
export async function getKlines(
  { market, clock }: FunctionParts,
  { request, caller }: FunctionCall,
): Promise<Response> {
  const began = clock.now();
  const { symbol, timeframe, limit } = readKlinesRequest(await bodyOf(request));
  const { klines, ticker, readFrom } = await market.klines(symbol, timeframe, limit, caller.owner);
  const latency = clock.now() - began;
  return json({
    klines,
    ticker,
    symbol,
    timeframe,
    count: klines.length,
    cached: true,
    latency,
    readFrom,
  } satisfies GetKlinesAnswer);
}
