import * as v from "valibot";
import { isSymbolText, type PastKlines, parseSymbol, type Symbol } from "../../core/mod.ts";
import { type HistoryFilesAnswer, historyFilesSchema } from "../../wire/mod.ts";
import { jsonOfSize } from "../answer.ts";
import { optional, required } from "../parameter.ts";
import { checkpointPrice, klinesPrice } from "../prices.ts";
import { RequestProblem, shortened } from "../problem.ts";
import { notModified } from "../respond.ts";
import { type Route, route } from "../route.ts";
import { FilePieces } from "./file-pieces.ts";

/** Files of one answer, at most: about 300 bytes each. */
export const MAX_FILES = 10_000;

/** The content type of a file, whatever it holds. */
const FILE_TYPE = "application/octet-stream";

/** The size of a file's entry in JSON, about, in bytes. */
const BYTES_PER_FILE = 320;

const symbolText: v.GenericSchema<unknown, Symbol> = v.pipe(
  v.string(),
  v.check(isSymbolText),
  v.transform((text) => parseSymbol(text)),
);

/** A file's path in the list. */
const pathText = v.pipe(v.string(), v.maxLength(1_000));

/** The routes of the files of the history of years: what there is, and each of them. */
export function filesRoutes(past: PastKlines | undefined): readonly Route[] {
  return [listRoute(past), fileRoute(past)];
}

function fileRoute(past: PastKlines | undefined): Route {
  return route({
    method: "GET",
    path: "/history/file",
    says: "One of the files that the history of years is kept in, as it is; its entity tag is its SHA-256",
    scope: "read",
    parameters: {
      path: required("text", pathText, {
        says: "its path in GET /history/files",
        expected: "a path of GET /history/files",
      }),
    },
    answers: { 200: { says: "the file", contentType: FILE_TYPE } },
    handle: async ({ request, values: { path }, charge }) => {
      const file = past?.content === undefined ? undefined : (await past.files()).find((one) => one.path === path);
      if (past?.content === undefined || file === undefined) throw noFile(path, past);
      const headers = new Headers({ etag: `"${file.sha256}"`, "cache-control": "no-cache", "content-type": FILE_TYPE });
      const same = notModified(request.headers, headers);
      if (same !== undefined) return same;
      charge(checkpointPrice(file.rows), 1);
      const ending = new AbortController();
      const parts = await past.content(path, ending.signal);
      if (parts === undefined) throw noFile(path, past);
      return { status: 200, headers, body: new FilePieces(parts, file.bytes, ending), bytes: 0 };
    },
  });
}

function noFile(path: string, past: PastKlines | undefined): RequestProblem {
  const why =
    past?.content === undefined
      ? "this server has no files to download"
      : "GET /history/files lists those that there are";
  return new RequestProblem("not_found", `there is no file ${shortened(path)}: ${why}`);
}

function listRoute(past: PastKlines | undefined): Route {
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
      after: optional("text", pathText, undefined, {
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
