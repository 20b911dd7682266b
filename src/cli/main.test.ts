import { expect, test } from "bun:test";
import { join } from "node:path";
import { runVyx } from "../../tests/helpers/vyx-command.ts";

test.each([
  [["serve", "--frob"], "vyx: unknown option '--frob'\n(vyx serve --help lists the options)\n"],
  [["keys", "list", "--frob"], "vyx: unknown option '--frob'\n(vyx keys list --help lists the options)\n"],
  [["frob"], "vyx: unknown command 'frob'\n(vyx --help lists the commands)\n"],
  [
    ["keys", "create", "--name", "a", "--keys-file", "/nodir/x.json"],
    "vyx: there is no folder /nodir: expected one that exists, for the keys file\n",
  ],
])("%j is refused in a sentence", async (args, words) => {
  expect(await runVyx(args)).toEqual({ code: 1, out: "", err: words });
});

test.each([["exchange", "--help"], ["config"]])("vyx %s ends quietly where nobody reads on", async (...args) => {
  const main = join(import.meta.dir, "main.ts");
  const command = `set -o pipefail; "${process.execPath}" "${main}" ${args.join(" ")} | true`;
  const { exited, stderr } = Bun.spawn(["bash", "-c", command], { stdout: "ignore", stderr: "pipe" });
  expect([await new Response(stderr).text(), await exited]).toEqual(["", 0]);
});

test("vyx config ends with 1 where the server doesn't start, and says what is missing", async () => {
  const { code, out } = await runVyx(["config", "--supabase-url", "https://p.supabase.co"]);
  expect(code).toBe(1);
  expect(out).toContain("(the server doesn't start without --supabase-key)");
  expect(out).not.toContain("has no effect without --supabase-key");
  expect((await runVyx(["config"])).code).toBe(0);
});

test.each([
  [
    ["--markets", "binance,bybit", "--symbols", "bybit-linear=top:3"],
    "--symbols names bybit-linear, and --markets doesn't",
  ],
  [["--markets", "bybit", "--intervals", "1s"], "--intervals: Bybit spot has no 1s klines"],
  [["--exchange-rest", "http://127.0.0.1:9090"], "--exchange-rest is set without --exchange-ws"],
  [["--markets", "binance,bybit", "--replay", "f"], "--markets: a recording is of one market"],
])("vyx config %j ends with 1 and the words with which the server doesn't start", async (args, words) => {
  const { code, out, err } = await runVyx(["config", "--json", ...args]);
  expect(code).toBe(1);
  expect(JSON.parse(out)).not.toBeEmpty();
  expect(err).toContain(`vyx: ${words}`);
});
