import * as v from "valibot";
import { isSymbolText, type PastKlines, parseSymbol, type Symbol } from "../../core/mod.ts";
import { type HistoryFilesAnswer, historyFilesSchema } from "../../wire/mod.ts";
import { jsonOfSize } from "../answer.ts";
import { optional } from "../parameter.ts";
import { klinesPrice } from "../prices.ts";
import { type Route, route } from "../route.ts";

/** Files of one answer, at most: about 300 bytes each. */
export const MAX_FILES = 10_000;

/** The size of a file's entry in JSON, about, in bytes. */
const BYTES_PER_FILE = 320;

const symbolText: v.GenericSchema<unknown, Symbol> = v.pipe(
  v.string(),
  v.check(isSymbolText),
  v.transform((text) => parseSymbol(text)),
);

/** The route that lists the files of the history of years. */
export function filesRoute(past: PastKlines | undefined): Route {
  return route({
    method: "GET",
    path: "/history/files",
    says: "The files that the history of years is kept in, to download and to compare; none where the server keeps no history",
    scope: "read",
    cost: () => Math.max(1, klinesPrice(MAX_FILES)),
    parameters: {
      symbol: optional("text", symbolText, undefined, {
        says: "only files of this symbol",
        expected: "letters and digits such as BTCUSDT",
      }),
      after: optional("text", v.pipe(v.string(), v.maxLength(1_000)), undefined, {
        says: "only files whose path comes after this one, to read on where the list was cut off",
        expected: "a path of this list",
      }),
    },
    answers: { 200: { says: "the files, by path", schema: historyFilesSchema } },
    handle: async ({ values: { symbol, after } }) => {
      const all = past === undefined ? [] : await past.files();
      const wanted = all.filter(
        (file) => (symbol === undefined || file.symbol === symbol) && (after === undefined || file.path > after),
      );
      const files = wanted.slice(0, MAX_FILES);
      const answer = { count: files.length, hasMore: files.length < wanted.length, files };
      return jsonOfSize(answer satisfies HistoryFilesAnswer, files.length * BYTES_PER_FILE);
    },
  });
}
