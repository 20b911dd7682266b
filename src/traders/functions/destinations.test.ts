import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { ManualClock } from "../../../tests/helpers/clock.ts";
import { startDatabases, type TestDatabases } from "../../../tests/helpers/databases.ts";
import { RuleMarket, RuleScreener } from "../../../tests/helpers/made-up-traders.ts";
import type { DestinationAddress } from "../../wire/mod.ts";
import { createTraders, type Deliverer, type FunctionWork, type Sql, type Traders } from "../mod.ts";

const ABSENT = "00000000-0000-4000-8000-000000000000";
const HOOK = { kind: "webhook", url: "https://hooks.example/abc/secret-path" };

describe("destinations", () => {
  let databases: TestDatabases;
  let traders: Traders;
  let sql: Sql;
  let tested: DestinationAddress[];
  let mailed: { readonly to: string; readonly code: string }[];
  let mailAnswer: { accepted: boolean; answer: string };
  let wakes: number;
  let charged: FunctionWork[];
  const deliverer: Deliverer = {
    newSecret: () => `whsec_${"A".repeat(44)}`,
    refusal: async (address) => {
      if (address.kind === "email" && address.to.endsWith("nowhere.example")) return "no e-mail here";
      return "url" in address && address.url.includes("//10.") ? "nothing is sent there" : undefined;
    },
    test: async (address) => {
      tested.push(address);
      return { accepted: true, answer: "200: thanks" };
    },
    sendCode: async (to, code) => {
      mailed.push({ to, code });
      return mailAnswer;
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
    ({ sql } = await databases.migrated());
    [tested, mailed, wakes, charged] = [[], [], 0, []];
    mailAnswer = { accepted: true, answer: "250 queued" };
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
    [{ name: "x", address: { kind: "mail" } }, "address.kind: expected kind: webhook, telegram, discord, ntfy, email"],
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

  describe("an e-mail address", () => {
    const MAIL = { kind: "email", to: "ann@example.com" };
    const asked = async (more: object = {}, owner = "anna"): Promise<{ status: number; body: never }> =>
      await call("POST", "", { name: "Mail", address: MAIL, ...more }, owner);
    const detailOf = ({ body }: { body: never }): string => (body as { detail: string }).detail;
    const idOf = ({ body }: { body: never }): string => (body as { id: string }).id;
    const stored = async () =>
      (await sql`select confirmed, enabled, address ->> 'token' as token from public.destinations order by created_at`) as unknown as {
        confirmed: boolean;
        enabled: boolean;
        token: string;
      }[];
    /** As if so much time had passed since all codes. */
    const passed = async (span: string): Promise<void> =>
      void (await sql`update public.mail_codes set created_at = created_at - ${span}::interval`);

    test("gets a code and nothing else, until its owner enters that", async () => {
      const made = await asked();
      expect([made.status, made.body]).toMatchObject([
        201,
        { kind: "email", shown: "ann@example.com", confirmed: false },
      ]);
      const id = idOf(made);
      expect(mailed).toEqual([{ to: "ann@example.com", code: expect.stringMatching(/^\d{8}$/) }]);
      expect(detailOf(await call("POST", `/${id}/test`))).toContain("the address isn't confirmed yet");
      expect(tested).toEqual([]);
      const { code = "" } = mailed[0] ?? {};
      const wrong = code === "12345678" ? "12345679" : "12345678";
      expect(detailOf(await call("POST", `/${id}/confirm`, { code: wrong }))).toContain("4 tries are left");
      expect(detailOf(await call("POST", `/${id}/confirm`, { code: "123" }))).toContain("code: expected the 8 digits");
      expect((await call("POST", `/${id}/confirm`, { code }, "emil")).status).toBe(404);
      const spaced = code.replace(/^(\d{4})/, " $1 ");
      expect((await call("POST", `/${id}/confirm`, { code: spaced })).body).toMatchObject({ confirmed: true });
      expect((await call("POST", `/${id}/test`)).status).toBe(200);
      expect(tested).toEqual([{ ...MAIL, token: expect.stringMatching(/^[\da-f-]{36}$/) } as never]);
      // A second destination of the same owner needs no second code; another owner's does.
      expect((await asked()).body).toMatchObject({ confirmed: true });
      expect(mailed).toHaveLength(1);
      expect((await asked({}, "emil")).body).toMatchObject({ confirmed: false });
      expect(JSON.stringify((await call("GET")).body)).not.toContain((await stored())[0]?.token as string);
    });

    test("that is changed is confirmed anew; the code of before is worth nothing", async () => {
      const id = idOf(await asked());
      const { code = "" } = mailed[0] ?? {};
      const address = { ...MAIL, to: "bob@example.com" };
      expect((await call("PATCH", `/${id}`, { address })).body).toMatchObject({
        confirmed: false,
        shown: "bob@example.com",
      });
      const newest = mailed[1]?.code ?? "";
      expect((await call("POST", `/${id}/confirm`, { code: code === newest ? "1".repeat(8) : code })).status).toBe(400);
      await call("POST", `/${id}/confirm`, { code: newest });
      expect((await call("GET", `/${id}`)).body).toMatchObject({ confirmed: true });
      expect((await call("PATCH", `/${id}`, { name: "Other" })).body).toMatchObject({ confirmed: true });
    });

    test("isn't confirmed by an old code, by one that was tried five times, or by one that was used", async () => {
      const id = idOf(await asked());
      const enter = async (code: string): Promise<string> => detailOf(await call("POST", `/${id}/confirm`, { code }));
      const code = mailed[0]?.code ?? "";
      const wrong = code === "00000000" ? "00000001" : "00000000";
      for (const left of ["4 tries are", "3 tries are", "2 tries are", "1 try is", "0 tries are"])
        expect(await enter(wrong)).toContain(`${left} left`);
      expect(await enter(code)).toContain("code: it is too old, or was tried too often");
      expect((await call("POST", `/${id}/code`)).body).toEqual({ accepted: true, answer: "250 queued" } as never);
      await passed("61 minutes");
      expect(await enter(mailed[1]?.code ?? "")).toContain("code: it is too old");
      await call("POST", `/${id}/code`);
      expect(mailed).toHaveLength(3);
      await call("POST", `/${id}/confirm`, { code: mailed[2]?.code });
      await sql`update public.destinations set confirmed = false`;
      expect(await enter(mailed[2]?.code ?? "")).toContain("code: it is too old");
    });

    test("isn't flooded: codes are bounded for an owner, a mailbox and in all, also when destinations are deleted", async () => {
      const to = (text: string) => ({ address: { ...MAIL, to: text } });
      const ways = [
        "ann@example.com",
        "Ann+a@Example.com",
        "a.n.n@example.com",
        "ann+1@example.com",
        "ann+2@example.com",
      ];
      for (const text of ways) {
        const made = await asked(to(text), `owner of ${text}`);
        expect(made.status).toBe(201);
        await call("DELETE", `/${idOf(made)}`, undefined, `owner of ${text}`);
      }
      const refused = await asked(to("ann+b@example.com"), "yet another");
      expect([refused.status, detailOf(refused)]).toEqual([429, expect.stringContaining("too many codes were mailed")]);
      expect((await call("GET", "", undefined, "yet another")).body).toEqual({ count: 0, destinations: [] } as never);
      await passed("61 minutes");
      for (let day = 0; day < 10; day += 1) {
        expect((await asked(to("ann@example.com"), `owner ${day}`)).status).toBe(201);
        await passed("1 day");
      }
      expect((await asked(to("ann@example.com"), "one more")).status).toBe(429);
      await passed("30 days");
      expect((await asked(to("ann@example.com"), "one more")).status).toBe(201);
      for (let index = 0; index < 5; index += 1) expect((await asked(to(`x${index}@example.com`))).status).toBe(201);
      expect((await asked(to("x6@example.com"))).status).toBe(429);
      await sql`insert into public.mail_codes (destination_id, owner, recipient, mailbox, code)
        select gen_random_uuid(), 'o' || n, 'r' || n, 'm' || n, '1' from generate_series(1, 100) n`;
      expect((await asked(to("free@example.com"), "somebody")).status).toBe(429);
    });

    test("isn't kept from its owner by somebody else who asks for codes: one owner gets a part of a mailbox's alone", async () => {
      const to = (text: string) => ({ address: { ...MAIL, to: text } });
      for (const text of ["ann+0@example.com", "ann+1@example.com"])
        expect((await asked(to(text), "mallory")).status).toBe(201);
      expect((await asked(to("ann+2@example.com"), "mallory")).status).toBe(429);
      const made = await asked(to("ann@example.com"), "ann");
      expect(made.status).toBe(201);
      expect((await call("POST", `/${idOf(made)}/code`, undefined, "ann")).status).toBe(200);
      await passed("61 minutes");
      for (const text of ["ann+3@example.com", "ann+4@example.com"]) await asked(to(text), "mallory");
      await passed("61 minutes");
      expect((await asked(to("ann@example.com"), "mallory")).status).toBe(201);
      await passed("61 minutes");
      // Five in 30 days.
      expect((await asked(to("ann@example.com"), "mallory")).status).toBe(429);
      expect((await call("POST", `/${idOf(made)}/code`, undefined, "ann")).status).toBe(200);
    });

    test("counts against the owner who asked while nobody enters the code: ten in 30 days", async () => {
      const to = (text: string) => ({ address: { ...MAIL, to: text } });
      for (let index = 0; index < 9; index += 1) {
        const made = await asked(to(`x${index}@example.com`));
        expect(made.status).toBe(201);
        await call("DELETE", `/${idOf(made)}`);
        await passed("61 minutes");
      }
      const id = idOf(await asked());
      expect((await call("POST", `/${id}/confirm`, { code: mailed.at(-1)?.code })).status).toBe(200);
      // One that was entered doesn't count.
      expect((await asked(to("y@example.com"))).status).toBe(201);
      await passed("61 minutes");
      expect((await asked(to("z@example.com"))).status).toBe(429);
      await passed("30 days");
      expect((await asked(to("z@example.com"))).status).toBe(201);
    });

    test.each([
      "ann@example.com\r\nBcc: all@example.com",
      "ann@example.com, bob@example.com",
      "Ann <ann@example.com>",
      '"a b"@example.com',
      "ann@localhost",
      "ann@[127.0.0.1]",
      "ann@example.com\u0000",
      "ann@exämple.com",
      `${"a".repeat(65)}@example.com`,
      "@example.com",
      "",
    ])("%j isn't one", async (to) => {
      const { status, body } = await asked({ address: { ...MAIL, to } });
      expect([status, mailed]).toEqual([400, []]);
      expect((body as { detail: string }).detail).toStartWith("address.to: expected ");
    });

    test("can't bring the token that ends its messages, and isn't made where nothing is mailed", async () => {
      expect(detailOf(await asked({ address: { ...MAIL, token: "mine" } }))).toContain("token");
      expect(detailOf(await asked({ address: { ...MAIL, to: "nobody@nowhere.example" } }))).toBe(
        "address.to: no e-mail here",
      );
      mailAnswer = { accepted: false, answer: "550 no such user" };
      expect((await asked()).body).toMatchObject({
        confirmed: false,
        lastError: "the code wasn't mailed: 550 no such user",
      });
    });

    test("ends by its link, for all of its owner's destinations, and is confirmed anew before anything is sent", async () => {
      await asked();
      await asked();
      await asked({ address: { ...MAIL, to: "bob@example.com" } });
      await sql`update public.destinations set confirmed = true`;
      const [first] = await stored();
      expect(await traders.destinations.endMail(first?.token ?? "")).toBe(true);
      expect((await stored()).map(({ confirmed, enabled }) => [confirmed, enabled])).toEqual([
        ...[
          [false, false],
          [false, false],
        ],
        [true, true],
      ]);
      await passed("61 minutes");
      expect((await asked()).body).toMatchObject({ confirmed: false });
      expect(await traders.destinations.endMail("11111111-0000-4000-8000-000000000000")).toBe(false);
    });
  });

  describe("the link in an e-mail", () => {
    const mail = (to: string) => ({ kind: "email", to });
    const make = async (to: string, owner = "anna"): Promise<string> => {
      const { body } = await call("POST", "", { name: "Mail", address: mail(to) }, owner);
      await sql`update public.destinations set confirmed = true`;
      return (body as { id: string }).id;
    };
    const tokenOf = async (id: string): Promise<string> =>
      (await sql`select address ->> 'token' as token from public.destinations where id = ${id}`)[0]?.token;
    const states = async () =>
      (
        await sql`select owner || ' ' || shown || ' ' || enabled || ' ' || confirmed as one from public.destinations order by created_at`
      ).map(({ one }) => one);

    test("ends the messages after the address was written anew", async () => {
      const id = await make("ann@example.com");
      const sent = await tokenOf(id);
      await call("PATCH", `/${id}`, { address: mail("ann@example.com") });
      expect(await traders.destinations.endMail(sent)).toBe(true);
      expect(await states()).toEqual(["anna ann@example.com false false"]);
    });

    test("ends the messages of another destination to the same mailbox, after its own was deleted", async () => {
      const id = await make("ann@example.com");
      await make("ann@example.com");
      await make("Ann+alerts@example.com");
      await make("bob@example.com");
      await make("ann@example.com", "emil");
      const sent = await tokenOf(id);
      await call("DELETE", `/${id}`);
      expect(await traders.destinations.endMail(sent)).toBe(true);
      expect(await states()).toEqual([
        "anna ann@example.com false false",
        "anna Ann+alerts@example.com false false",
        "anna bob@example.com true true",
        "emil ann@example.com true true",
      ]);
    });

    test("ends the messages after all were deleted and one was made anew", async () => {
      const id = await make("ann@example.com");
      const sent = await tokenOf(id);
      await call("DELETE", `/${id}`);
      expect(await traders.destinations.endMail(sent)).toBe(true);
      await make("ann@example.com");
      expect(await traders.destinations.endMail(sent)).toBe(true);
      expect(await states()).toEqual(["anna ann@example.com false false"]);
    });
  });

  test("five tests an hour go to a mailbox, whatever the destinations", async () => {
    const ids: string[] = [];
    for (const to of ["ann@example.com", "a.n.n+x@example.com"])
      ids.push(((await call("POST", "", { name: "Mail", address: { kind: "email", to } })).body as { id: string }).id);
    await sql`update public.destinations set confirmed = true`;
    const test = async (index: number) => await call("POST", `/${ids[index % 2]}/test`);
    for (let index = 0; index < 5; index += 1) expect((await test(index)).status).toBe(200);
    await call("DELETE", `/${ids.pop()}`);
    const refused = await test(0);
    expect([refused.status, tested.length]).toEqual([429, 5]);
    expect(refused.body).toMatchObject({ detail: expect.stringContaining("within an hour at most 5 tests go to one") });
    await sql`update public.mails set created_at = created_at - interval '61 minutes'`;
    expect([(await test(0)).status, tested.length]).toEqual([200, 6]);
  });

  test("what was given up is sent again, and nothing else", async () => {
    const { id } = await made();
    const rows = await sql<
      { id: number }[]
    >`insert into public.deliveries (destination_id, signal_ids, state, attempts, first_tried_at, ended_at)
      select ${id}, array[n]::bigint[], case n when 1 then 'dead' else 'done' end, 4, now() - interval '2 days', now() from generate_series(1, 2) n returning id`;
    const [dead, done] = rows.map((row) => Number(row.id)) as [number, number];
    expect((await call("POST", `/${id}/again`, { delivery: done })).status).toBe(404);
    expect((await call("POST", `/${id}/again`, { delivery: dead }, "emil")).status).toBe(404);
    expect((await call("POST", `/${id}/again`, { delivery: dead })).body).toMatchObject({ id, waiting: 1 });
    expect((await call("POST", `/${id}/again`, { delivery: dead })).status).toBe(404);
    const [row] = await sql`select state, first_tried_at, ended_at from public.deliveries where id = ${dead}`;
    expect([row, wakes]).toEqual([{ state: "waiting", first_tried_at: null, ended_at: null }, 1]);
  });
});
