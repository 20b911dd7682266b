import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type SdkMember, sdkMembers } from "../../src/cli/sdk-page.ts";
import * as sdk from "../../src/client/mod.ts";

const ROOT = join(import.meta.dir, "../..");
const members = sdkMembers();
const methods = members.filter(({ isMethod }) => isMethod);

/** What isn't called: classes, whose methods are on the page, and what is passed as an option. */
const OTHERS = ["ClientError", "Destinations", "PriceAlerts", "systemRandom"];

/** What a class lets others call and read, without what every object has. */
function namesOf(object: object, prefix: string): string[] {
  const own = Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(object)))
    .filter(([name]) => name !== "constructor")
    .map(([name]) => `${prefix}${name}`);
  return [...own, ...Object.keys(object).map((name) => `${prefix}${name}`)];
}

test("every method and property of the SDK is on the page", () => {
  class Never {
    send(): void {}
    close(): void {}
  }
  const client = sdk.createClient({ url: "http://vyx.test", WebSocket: Never, fetch: () => new Promise(() => {}) });
  const [subscription, series] = [client.subscribe(["tickers"]), client.klineSeries("BTCUSDT", "1m")];
  const names = [
    ...namesOf(client, "client."),
    ...namesOf(client.traders, "client.traders."),
    ...namesOf(client.signals, "client.signals."),
    ...namesOf(subscription, "subscription."),
    ...namesOf(series, "series."),
    ...namesOf(new sdk.Destinations({ url: "http://vyx.test" }), "destinations."),
    ...namesOf(new sdk.PriceAlerts({ url: "http://vyx.test" }), "priceAlerts."),
    ...Object.entries(sdk)
      .filter(([name, value]) => typeof value === "function" && !OTHERS.includes(name))
      .map(([name]) => name),
  ];
  series.close();
  subscription.close();
  expect(members.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
});

test("each says what it does, in which units, which errors there are, and has an example", () => {
  const lacking = ({ says, throws, example, name }: SdkMember): boolean =>
    says.length < 20 || (throws ?? "").length < 7 || !(example ?? "").includes(name.split(".").at(-1) ?? name);
  expect(methods.filter(lacking).map(({ name }) => name)).toEqual([]);
  expect(methods.length).toBeGreaterThan(30);
  // Whoever takes or gives a time says what it counts in.
  const timed = methods.filter(({ example = "" }) => /Date\(|closeTime|updatedAt|Ms\b/.test(example));
  expect(timed.filter(({ says }) => !/milliseconds/.test(says)).map(({ name }) => name)).toEqual([]);
});

/** What the examples are given, besides texts. */
const TYPES: Readonly<Record<string, string>> = {
  client: "Client",
  series: "KlineSeries",
  destinations: "Destinations",
  priceAlerts: "PriceAlerts",
  trader: "{ readonly id: string }",
};

test("the examples compile, as those on the page about the SDK do", () => {
  const blocks = [...readFileSync(join(ROOT, "docs/sdk.md"), "utf8").matchAll(/^```ts\n([\s\S]*?)^```/gm)]
    .map(([, code = ""]) => code)
    .filter((code) => !code.includes("import "));
  const functions = [...methods.map(({ example = "" }) => example), ...blocks].map((code, at) => {
    // Where an example makes what the others are given, it is its own.
    const given = ["client", "series", "destinations", "priceAlerts", "trader", "code", "url", "apiKey"].filter(
      (name) => !new RegExp(`const (?:\\{[^}]*\\b)?${name}\\b`).test(code),
    );
    const parameters = given.map((name) => `${name}: ${TYPES[name] ?? "string"}`);
    return `export async function example${at}(${parameters.join(", ")}): Promise<void> {\n${code}\n}`;
  });
  const folder = mkdtempSync(join(tmpdir(), "vyx-sdk-examples-"));
  const file = join(folder, "examples.ts");
  const names = Object.keys(sdk).join(", ");
  const types = "import type { Client, KlineSeries }";
  const head = [`import { ${names} }`, types].map((one) => `${one} from "${ROOT}/src/client/mod.ts";`).join("\n");
  const process = "declare const process: { env: Record<string, string> };";
  writeFileSync(file, [head, process, `void [${names}];`, ...functions, ""].join("\n"));
  const strict = ["--strict", "--noUncheckedIndexedAccess", "--exactOptionalPropertyTypes", "--skipLibCheck"];
  const how = [
    "--noEmit",
    "--ignoreConfig",
    "--allowImportingTsExtensions",
    "--module",
    "esnext",
    "--moduleResolution",
    "bundler",
  ];
  const lib = ["--target", "es2024", "--lib", "es2024,dom,dom.iterable,dom.asynciterable", "--types", ""];
  const tsc = join(ROOT, "node_modules/.bin/tsc");
  const { exitCode, stdout } = Bun.spawnSync([tsc, ...strict, ...how, ...lib, file], { cwd: ROOT });
  rmSync(folder, { recursive: true, force: true });
  expect([exitCode, String(stdout)]).toEqual([0, ""]);
});
