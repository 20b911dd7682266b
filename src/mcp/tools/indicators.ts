import * as v from "valibot";
import { type Client, ClientError } from "../../client/mod.ts";
import { type Interval, InvalidInput } from "../../core/mod.ts";
import { INDICATORS } from "../../strategy/mod.ts";
import { freshnessNote } from "../freshness.ts";
import { count, interval, symbol } from "../inputs.ts";
import { type AnyTool, tool } from "../tool.ts";

/** Values of indicators at the last closes. */
export const indicators: AnyTool = tool({
  name: "indicators",
  says: 'Values of indicators at the last closed candles, by expressions over open, high, low, close, volume and c (the candles), such as ["rsi(close, 14)", "atr(c, 14)"]. Functions: resource vyx://filter-contract.',
  input: v.strictObject({
    symbol,
    interval,
    expressions: v.pipe(v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(200))), v.minLength(1), v.maxLength(10)),
    last: count(20, 1),
  }),
  run: async ({ symbol, interval, expressions, last }, { client }, signal) => {
    for (const expression of expressions) refuseObjects(expression);
    const code = codeFor(interval, expressions, last);
    const [answer, closed, note] = await Promise.all([
      client.screen({ code, symbols: [symbol], facts: true }, { signal }),
      lastClose(symbol, interval, client, signal),
      freshnessNote(client, signal),
    ]);
    const [failed] = answer.errors;
    if (failed !== undefined) throw new ClientError("invalid_parameter", failed.message);
    const facts = answer.matches[0]?.facts as Readonly<Record<string, unknown>> | undefined;
    if (facts === undefined) {
      const reason = answer.skipped[0]?.reason ?? "its last candle hasn't closed yet";
      return { summary: `${symbol} ${interval} can't be computed now: ${reason}.`, data: { notes: answer.notes } };
    }
    const values = Object.fromEntries(expressions.map((expression, index) => [expression, facts[`v${index}`]]));
    const newest = expressions.map((expression, index) => `${expression} = ${[facts[`v${index}`]].flat().at(-1)}`);
    return {
      summary: `${symbol} ${interval} at the close of ${closed}: ${newest.join(", ")}.${note}`,
      data: { values, oldestFirst: true, notes: answer.notes },
    };
  },
});

/** When the newest closed candle ended. */
async function lastClose(symbol: string, interval: Interval, client: Client, signal: AbortSignal): Promise<string> {
  const { klines } = await client.klines(symbol, interval, { limit: 1, closed: true, signal });
  return klines[0] === undefined ? "no candle" : new Date(klines[0].closeTime + 1).toISOString();
}

/** A filter whose facts are the values. */
function codeFor(interval: string, expressions: readonly string[], last: number): string {
  const facts = expressions.map((expression, index) => `v${index}: tail(${expression})`);
  return [
    `const c = candles(${JSON.stringify(interval)});`,
    "const {open, high, low, close, volume} = c;",
    `const tail = (x) => typeof x === "object" && x !== null && "at" in x ? Array.from({length: ${last}}, (_, i) => x.at(i - ${last})) : x;`,
    `return {match: true, facts: {${facts.join(", ")}}};`,
  ].join("\n");
}

/** An indicator of several columns is an object, of which one is meant. Throws InvalidInput that names them. */
function refuseObjects(expression: string): void {
  const [, name] = /^\s*(\w+)\([^()]*(?:\([^()]*\)[^()]*)*\)\s*$/.exec(expression) ?? [];
  const indicator = INDICATORS.find((one) => one.name === name);
  if (indicator === undefined || indicator.outputs.length === 1) return;
  const columns = indicator.outputs.map((output) => `${expression.trim()}.${output}`).join(", ");
  throw new InvalidInput(`${expression} has several columns: expected one of ${columns}`);
}
