import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { ManualClock } from "../../../tests/helpers/clock.ts";
import { startDatabases, type TestDatabases } from "../../../tests/helpers/databases.ts";
import { RuleMarket, RuleScreener } from "../../../tests/helpers/made-up-traders.ts";
import type { DestinationAddress } from "../../wire/mod.ts";
import { createTraders, type Deliverer, type FunctionWork, type Traders } from "../mod.ts";

const ABSENT = "00000000-0000-4000-8000-000000000000";
const HOOK = { kind: "webhook", url: "https://hooks.example/abc/secret-path" };

describe("destinations", () => {
  let databases: TestDatabases;
  let traders: Traders;
  let tested: DestinationAddress[];
  let wakes: number;
  let charged: FunctionWork[];
  const deliverer: Deliverer = {
    newSecret: () => `whsec_${"A".repeat(44)}`,
    refusal: async (address) =>
      "url" in address && address.url.includes("//10.") ? "nothing is sent there" : undefined,
    test: async (address) => {
      tested.push(address);
      return { accepted: true, answer: "200: thanks" };
    },
    wake: () => {
      wakes += 1;
    },
  };

  beforeAll(async () => {
    databases = await startDatabases("PGlite");
  });
  afterAll(() => databases?.stop());
  const make = async (given: Deliverer | undefined): Promise<void> => {
    const { sql } = await databases.migrated();
    [tested, wakes, charged] = [[], 0, []];
    traders = createTraders({
      ...{ sql, connections: 1, market: new RuleMarket(), screener: new RuleScreener(), clock: new ManualClock() },
      ...{ stopwatch: () => 0, log: { info: () => {}, warn: () => {} }, origins: [], onError: () => {} },
      authorize: async () => ({ owner: "nobody", isService: false }),
      deliverer: given,
    });
  };
  beforeEach(() => make(deliverer));

  const call = async (
    method: string,
    path = "",
    body?: unknown,
    owner = "anna",
  ): Promise<{ status: number; body: never }> => {
    const init = { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const caller = { owner, isService: false, charge: (work: FunctionWork) => void charged.push(work) };
    const request = new Request(`http://host/functions/v1/destinations${path}`, init);
    const response = await traders.functions("destinations", request, caller);
    return { status: response.status, body: (response.status === 204 ? {} : await response.json()) as never };
  };
  const made = async (more: object = {}): Promise<{ id: string; secret: string | null }> =>
    (await call("POST", "", { name: "Bot", address: HOOK, ...more })).body;
  const refusal = async (body: unknown): Promise<[number, string]> => {
    const { status, body: problem } = await call("POST", "", body);
    return [status, (problem as { detail: string }).detail];
  };

  test("one is made, read, changed and deleted; secrets are told once, with the call that set them", async () => {
    const { id, secret } = await made();
    expect(secret).toStartWith("whsec_");
    const read = (await call("GET", `/${id}`)).body;
    expect(read).toMatchObject({
      ...{
        name: "Bot",
        kind: "webhook",
        shown: "https://hooks.example/…",
        enabled: true,
        traders: null,
        digestAbove: 10,
      },
      ...{ onChange: false, quiet: null, maxPerHour: 60, waiting: 0, lastError: null },
    });
    const { body: listed } = await call("GET");
    expect(listed).toEqual({ count: 1, destinations: [read] } as never);
    expect(JSON.stringify([read, listed])).not.toMatch(/whsec|secret-path/);
    const quiet = { from: 1_320, until: 420 };
    const { body: changed } = await call("PATCH", `/${id}`, { quiet, digestAbove: 1, enabled: false });
    expect(changed).toMatchObject({ quiet, digestAbove: 1, enabled: false, name: "Bot", secret: null });
    const address = { kind: "telegram", token: "123456:ABCDEFGHIJKLMNOPQRSTUVWX", chatId: "-5" };
    const { body: moved } = await call("PATCH", `/${id}`, { address, quiet: null });
    expect(moved).toMatchObject({ kind: "telegram", shown: "chat -5 by bot 123456", quiet: null, secret: null });
    expect(wakes).toBe(2);
    expect((await call("DELETE", `/${id}`)).status).toBe(204);
    expect((await call("GET", `/${id}`)).status).toBe(404);
  });

  test("another owner doesn't see it, change it, test it or list its messages", async () => {
    const { id } = await made();
    const tries = [
      ...[await call("GET", `/${id}`, undefined, "emil"), await call("PATCH", `/${id}`, { name: "x" }, "emil")],
      ...[await call("DELETE", `/${id}`, undefined, "emil"), await call("POST", `/${id}/test`, {}, "emil")],
      ...[await call("GET", `/${id}/deliveries`, undefined, "emil"), await call("GET", `/${ABSENT}`)],
    ];
    expect(tries.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404, 404]);
    expect((await call("GET", "", undefined, "emil")).body).toEqual({ count: 0, destinations: [] } as never);
    expect([tested, (await call("GET", `/${id}`)).body]).toMatchObject([[], { name: "Bot" }]);
  });

  test("a test message is sent to the address with its secrets, costs its price, and says what came back", async () => {
    const { id, secret } = await made();
    charged = [];
    expect((await call("POST", `/${id}/test`)).body).toEqual({ accepted: true, answer: "200: thanks" } as never);
    expect(tested).toEqual([{ ...HOOK, secret } as never]);
    expect(charged).toEqual([{ rows: 500 }]);
    expect((await call("GET", `/${id}/deliveries`)).body).toEqual({ count: 0, deliveries: [], cursor: null } as never);
  });

  test.each([
    [{ name: "x" }, "address is missing"],
    [{ name: " ", address: HOOK }, "name: expected 1 to 100 characters"],
    [{ name: "x", address: { kind: "mail" } }, "address.kind: expected kind: webhook, telegram, discord, ntfy"],
    [
      { name: "x", address: { kind: "webhook", url: "hooks.example" } },
      "address.url: expected a URL such as https://example.com/hook",
    ],
    [{ name: "x", address: { ...HOOK, url: "https://10.0.0.1/" } }, "address.url: nothing is sent there"],
    [
      { name: "x", address: { ...HOOK, secret: "short" } },
      "address.secret: expected whsec_ and 24 to 64 bytes in base64",
    ],
    [
      { name: "x", address: { kind: "telegram", token: "x", chatId: "1" } },
      "address.token: expected a bot's token such as",
    ],
    [
      { name: "x", address: { kind: "discord", url: "https://discord.com/channels/1" } },
      "address.url: expected a webhook's URL such as",
    ],
    [
      { name: "x", address: { kind: "ntfy", url: "https://ntfy.sh/" } },
      "address.url: expected a topic's URL such as https://ntfy.sh/my-topic",
    ],
    [{ name: "x", address: HOOK, traders: [] }, "traders: expected at least one trader, or null for all"],
    [{ name: "x", address: HOOK, traders: ["1"] }, "traders.0: expected a trader's id, a UUID"],
    [{ name: "x", address: HOOK, digestAbove: 0 }, "digestAbove: "],
    [{ name: "x", address: HOOK, maxPerHour: 1_001 }, "maxPerHour: "],
    [{ name: "x", address: HOOK, quiet: { from: 60, until: 60 } }, "quiet: expected from and until to differ"],
    [{ name: "x\u0000", address: HOOK }, "name: expected text without NUL"],
  ])("%j is refused with what would be right", async (body, says) => {
    expect(await refusal(body)).toEqual([400, expect.stringContaining(says)]);
  });

  test("an owner has 20 at most; functions that send nothing make none", async () => {
    for (let count = 0; count < 20; count += 1)
      expect((await call("POST", "", { name: "n", address: HOOK })).status).toBe(201);
    expect(await refusal({ name: "n", address: HOOK })).toEqual([
      403,
      "there are 20 destinations already: delete one first",
    ]);
    expect((await call("POST", "", { name: "n", address: HOOK }, "emil")).status).toBe(201);
    await make(undefined);
    expect(await refusal({ name: "n", address: HOOK })).toEqual([
      404,
      expect.stringContaining("these functions send no messages"),
    ]);
    expect((await call("GET")).body).toEqual({ count: 0, destinations: [] } as never);
  });
});
