import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Validator } from "@seriousme/openapi-schema-validator";
import { generateApi } from "swagger-typescript-api";
import * as v from "valibot";
import { serveMarket } from "../../tests/helpers/served-market.ts";
import {
  closesSchema,
  coverageSchema,
  healthSchema,
  klinesSchema,
  liveSchema,
  pageSettingsSchema,
  readySchema,
  seriesSchema,
  servingSchema,
  symbolsSchema,
  tickerSchema,
  tickersSchema,
  ticketSchema,
} from "../wire/mod.ts";

const market = serveMarket({ with: { log: { level: () => "info", setLevel: () => {} } } });
afterAll(() => market.server.stop());

async function contract(): Promise<object> {
  return (await (await market.get("/openapi.json")).json()) as object;
}

describe("openapi.json", () => {
  test("is a valid OpenAPI 3.1 document", async () => {
    const validator = new Validator();
    const result = await validator.validate((await contract()) as never);
    expect(result.errors ?? []).toEqual([]);
    expect(result.valid).toBe(true);
    expect(validator.version).toBe("3.1");
  });

  test("the answers are as the schemas say, no member more or less", async () => {
    const answers: readonly (readonly [string, v.GenericSchema])[] = [
      ["/klines/BTCUSDT/1m", klinesSchema],
      ["/klines?symbols=*&intervals=1m,1h", seriesSchema],
      ["/tickers", tickersSchema],
      ["/ticker/BTCUSDT", tickerSchema],
      ["/symbols", symbolsSchema],
      ["/closes", closesSchema],
      ["/coverage/BTCUSDT/1m", coverageSchema],
      ["/health", healthSchema],
      ["/live", liveSchema],
      ["/ready", readySchema],
      ["/serving", servingSchema],
      ["/page-settings", pageSettingsSchema],
    ];
    for (const [path, schema] of answers) {
      const answer = await (await market.get(path)).json();
      // Parsing leaves out what the schema doesn't name.
      expect(v.parse(schema, answer)).toEqual(answer as never);
    }
    const ticket = await (await fetch(`${market.server.url}/tickets`, { method: "POST" })).json();
    expect(v.parse(ticketSchema, ticket)).toEqual(ticket as never);
  });

  test("a client that a library makes of it compiles, and reads klines", async () => {
    const folder = mkdtempSync(join(tmpdir(), "vyx-client-"));
    try {
      const { files } = await generateApi({
        spec: (await contract()) as never,
        httpClientType: "fetch",
        silent: true,
        output: false,
        singleHttpClient: true,
      });
      const code = files.map(({ fileContent }) => fileContent).join("\n");
      writeFileSync(join(folder, "client.ts"), code);
      writeFileSync(join(folder, "read.ts"), READER);
      const options = [
        "--noEmit",
        "--strict",
        "--target",
        "es2024",
        "--module",
        "esnext",
        "--moduleResolution",
        "bundler",
      ];
      const tsc = join(import.meta.dir, "../../node_modules/typescript/bin/tsc");
      const checked = Bun.spawnSync(
        ["node", tsc, ...options, "--lib", "es2024,dom", "--types", "", "--allowImportingTsExtensions", "read.ts"],
        { cwd: folder },
      );
      expect(checked.stdout.toString()).toBe("");
      const { readLast } = (await import(join(folder, "read.ts"))) as {
        readLast(url: string): Promise<{ symbol: string; close: number; count: number }>;
      };
      expect(await readLast(market.server.url)).toEqual({
        symbol: "BTCUSDT",
        close: market.minutes[299]?.close as number,
        count: 3,
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

const READER = `import { Api, HttpClient, type Klines } from "./client.ts";

export async function readLast(url: string): Promise<{ symbol: string; close: number; count: number }> {
  const api = new Api(new HttpClient({ baseUrl: url }));
  const { data } = await api.klines.getKlinesBySymbolInterval("btcusdt", "1m", { limit: 3 });
  const klines: Klines = data;
  const last = klines.klines.at(-1);
  return { symbol: klines.symbol, close: last?.close ?? Number.NaN, count: klines.count };
}
`;
