import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSettings } from "./read-settings.ts";

const folder = mkdtempSync(join(tmpdir(), "vyx-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const TOML = `
markets = ["binance", "bybit"]
port = 9000
insecure-no-auth = true
intervals = ["1m", "1h"]
database-url = "none"

[symbols]
binance = "top:20"
bybit = ["BTCUSDT", "ETHUSDT"]
`;

test("a file gives settings by their flags' names, in TOML or JSON, and by market", () => {
  const json = JSON.stringify(Bun.TOML.parse(TOML));
  for (const config of [file("vyx.toml", TOML), file("vyx.json", json)]) {
    const { settings, texts } = readSettings({ config }, {});
    expect(settings).toMatchObject({
      ...{ port: 9_000, markets: ["binance", "bybit"], insecureNoAuth: true, intervals: ["1m", "1h"] },
      databaseUrl: undefined,
    });
    expect(settings.symbols.of("binance", "binance")).toEqual({ kind: "top", count: 20 });
    expect(settings.symbols.of("bybit", "binance")).toMatchObject({ kind: "list" });
    expect(texts.port).toEqual({ text: "9000", origin: "file" });
    expect(texts.host.origin).toBe("default");
  }
});

test("the example in the documentation is one", () => {
  const page = readFileSync(join(import.meta.dir, "../../docs/configuration.md"), "utf8");
  const [, example = ""] = /```toml\n(.*?)```/s.exec(page) ?? [];
  const { settings } = readSettings({ config: file("example.toml", example) }, {});
  expect(settings.markets).toEqual(["binance", "binance-usdm", "bybit", "bybit-linear"]);
  expect(settings.symbols.markets).toEqual(settings.markets);
  expect(settings.quote.of("bybit-linear", "binance")).toBe("USDC");
});

test("a flag comes before a variable, and that before the file", () => {
  const config = file("order.toml", 'port = 1\nhost = "::"\nquote = "BTC"');
  const { texts } = readSettings({ port: "3" }, { VYX_CONFIG: config, VYX_PORT: "2", VYX_HOST: "0.0.0.0" });
  expect([texts.port, texts.host, texts.quote]).toEqual([
    { text: "3", origin: "flag" },
    { text: "0.0.0.0", origin: "variable" },
    { text: "BTC", origin: "file" },
  ]);
});

test.each([
  ["absent.toml", undefined, /absent\.toml can't be read: .*ENOENT.*; expected settings in TOML, or in JSON/],
  ["broken.toml", "port = = 1", /broken\.toml can't be read: /],
  ["broken.json", "{", /broken\.json can't be read: /],
  ["list.json", "[1]", /list\.json holds no settings: expected an object/],
  ["unknown.toml", "prot = 1", /unknown\.toml: there is no setting prot: did you mean port\?/],
  ["camel.toml", 'dataDir = "x"', /there is no setting dataDir: did you mean data-dir\?/],
  ["nested.toml", "[symbols.binance]\nx = 1", /nested\.toml: symbols\.binance: expected a text, a number/],
  ["wrong.toml", "port = 70000", /^port in the file of settings: "70000" is not possible/],
  ["market.toml", '[symbols]\nkraken = "*"', /^symbols in the file of settings: "kraken" is not a market/],
  ["itself.toml", 'config = "x"', /there is no setting config/],
])("%s is refused in words", (name, text, words) => {
  const path = text === undefined ? join(folder, name) : file(name, text);
  expect(() => readSettings({ config: path }, {})).toThrow(words);
});
