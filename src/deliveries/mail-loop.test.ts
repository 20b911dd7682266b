import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { ManualClock } from "../../tests/helpers/clock.ts";
import { startDatabases, type TestDatabases } from "../../tests/helpers/databases.ts";
import { aTrader } from "../../tests/helpers/made-up-traders.ts";
import { SmtpStandIn } from "../../tests/helpers/smtp-stand-in.ts";
import { until } from "../../tests/helpers/until.ts";
import { DeliveriesTable, DestinationsTable, type Sql, TradersTable } from "../traders/mod.ts";
import type { DestinationAddress } from "../wire/mod.ts";
import { DeliveryLoop, MAILS_AT_ONCE } from "./delivery-loop.ts";
import { readMailSender, readSmtpUrl } from "./smtp-server.ts";

const CLOSE = Date.UTC(2026, 1, 10, 12) - 1;

describe("messages by e-mail", () => {
  let databases: TestDatabases;
  let smtp: SmtpStandIn;
  let receiver: ReturnType<typeof Bun.serve>;
  let sql: Sql;
  let table: DestinationsTable;
  let traderId: string;
  let hooked: number;
  let warnings: string[];

  beforeAll(async () => {
    databases = await startDatabases("PGlite");
    smtp = await SmtpStandIn.start();
    receiver = Bun.serve({
      ...{ port: 0, hostname: "127.0.0.1" },
      fetch: () => {
        hooked += 1;
        return new Response("ok");
      },
    });
  });
  afterAll(async () => {
    await smtp?.stop();
    await receiver?.stop(true);
    await databases?.stop();
  });
  beforeEach(async () => {
    ({ sql } = await databases.migrated());
    [hooked, warnings] = [0, []];
    [smtp.refuses, smtp.hangs, smtp.mails.length, smtp.asked.length] = [{}, undefined, 0, 0];
    table = new DestinationsTable(sql);
    ({ id: traderId } = await new TradersTable(sql).create("gerda", aTrader({ name: "Dips" }), undefined));
  });

  const destination = async (address: DestinationAddress, owner = "gerda", confirmed = true): Promise<string> => {
    const rules = {
      enabled: true,
      traders: null,
      digestAbove: 10,
      onChange: false,
      quiet: null,
      maxPerHour: 60,
      priceAlerts: true,
    };
    const is = { id: crypto.randomUUID(), confirmed };
    return (await table.create(owner, { ...rules, name: "One", address }, is)).id;
  };
  const mail = (to: string): DestinationAddress => ({ kind: "email", to, token: crypto.randomUUID() });
  const signals = async (...symbols: readonly string[]): Promise<void> =>
    void (await sql`insert into public.signals (trader_id, trader_version, symbol, interval, close_time, price)
      select ${traderId}, 1, symbol, '1m', ${CLOSE}, 1.5 from unnest(${[...symbols]}::text[]) symbol`);
  const loop = (port = smtp.port, clock = new ManualClock(CLOSE + 1)): DeliveryLoop =>
    new DeliveryLoop({
      ...{ table: new DeliveriesTable(sql), clock, random: () => 0.5, telegramUrl: "" },
      ...{ isAllowed: () => true, log: { info: () => {}, warn: (text) => void warnings.push(text) } },
      mail: {
        ...{ server: readSmtpUrl(`smtp://127.0.0.1:${port}`), from: readMailSender("vyx@example.org") },
        publicUrl: "https://vyx.example",
      },
    });
  const states = async (): Promise<string[]> =>
    (await sql`select state || ' ' || coalesce(answer, '') as one from public.deliveries order by id`).map(
      ({ one }) => one,
    );

  test("go to confirmed addresses alone; what came before the code was entered isn't sent later", async () => {
    const id = await destination(mail("ann@example.com"), "gerda", false);
    await signals("AUSDT");
    expect(await states()).toEqual([]);
    await sql`insert into public.deliveries (destination_id, signal_ids) select ${id}, array[id] from public.signals`;
    await loop().pass();
    expect([smtp.asked, await new DeliveriesTable(sql).nextIn()]).toEqual([[], undefined]);
    await sql`update public.destinations set confirmed = true`;
    await sql`delete from public.deliveries`;
    await signals("BUSDT", "CUSDT");
    await loop().pass();
    expect(smtp.mails.map(({ to, headers }) => [to[0], headers.get("subject")])).toEqual([
      ["ann@example.com", "Dips: BUSDT, 1m"],
      ["ann@example.com", "Dips: CUSDT, 1m"],
    ]);
    expect(new Set(smtp.mails.map(({ headers }) => headers.get("message-id"))).size).toBe(2);
  });

  test("are tried again after a 4xx, with the same key and Message-ID", async () => {
    await destination(mail("ann@example.com"));
    await signals("AUSDT");
    smtp.refuses = { message: { status: 451, text: "4.7.1 come back later" } };
    const sending = loop();
    await sending.pass();
    const first = smtp.asked.length;
    smtp.refuses = {};
    await sql`update public.destinations set next_at = '-infinity'`;
    await sending.pass();
    expect([first, smtp.asked.length, await states()]).toEqual([1, 2, ["done 250 2.0.0 queued as 1"]]);
    expect(smtp.mails[0]?.headers.get("idempotency-key")).toBe(`1-${CLOSE}`);
  });

  test("are dead after a 5xx, with the reason; an address that refuses three in a row is switched off", async () => {
    const id = await destination(mail("gone@example.com"));
    smtp.refuses = { recipient: { status: 550, text: "5.1.1 no such user" } };
    await signals("AUSDT");
    const sending = loop();
    await sending.pass();
    expect([await states(), (await table.read("gerda", id))?.enabled]).toEqual([["dead 550 5.1.1 no such user"], true]);
    await signals("BUSDT");
    await sending.pass();
    await signals("CUSDT");
    await sending.pass();
    await signals("DUSDT");
    expect(await table.read("gerda", id)).toMatchObject({ enabled: false, lastError: "550 5.1.1 no such user" });
    expect([(await states()).length, smtp.asked.length, sending.figures().dead]).toEqual([3, 3, 3]);
  });

  test("hold up no other destination while the mail server says nothing", async () => {
    for (const owner of ["gerda", "emil", "otto"]) {
      const { id } = await new TradersTable(sql).create(owner, aTrader(), undefined);
      for (let index = 0; index < 4; index += 1) await destination(mail(`${owner}${index}@example.com`), owner);
      await sql`insert into public.signals (trader_id, trader_version, symbol, interval, close_time, price)
        values (${id}, 1, 'AUSDT', '1m', ${CLOSE}, 1)`;
    }
    const silence = Promise.withResolvers<void>();
    smtp.hangs = silence.promise;
    const clock = new ManualClock(CLOSE + 1);
    const passing = loop(smtp.port, clock).pass();
    await until(() => smtp.asked.length === MAILS_AT_ONCE);
    const hook = { kind: "webhook", url: `http://127.0.0.1:${receiver.port}/`, secret: undefined } as const;
    await destination(hook, "heidi");
    const { id } = await new TradersTable(sql).create("heidi", aTrader(), undefined);
    await sql`insert into public.signals (trader_id, trader_version, symbol, interval, close_time, price)
      values (${id}, 1, 'AUSDT', '1m', ${CLOSE}, 1)`;
    await until(async () => {
      await clock.turn(250);
      return hooked === 1 || smtp.asked.length > MAILS_AT_ONCE;
    });
    expect([hooked, smtp.asked.length]).toEqual([1, MAILS_AT_ONCE]);
    silence.resolve();
    await passing;
    await until(async () => {
      await loop().pass();
      return smtp.mails.length >= 12;
    });
    expect(new Set(smtp.mails.map(({ to }) => to[0])).size).toBe(12);
  });

  test("are at most a hundred an hour of one owner to one mailbox, whatever the destinations", async () => {
    const ids = [await destination(mail("ann@example.com")), await destination(mail("Ann+b@example.com"))];
    await destination(mail("bob@example.com"));
    await sql`insert into public.mails (owner, mailbox, is_test) select 'gerda', 'ann@example.com', false from generate_series(1, 99)`;
    await sql`insert into public.mails (owner, mailbox, is_test) select 'emil', 'ann@example.com', false from generate_series(1, 100)`;
    await signals("AUSDT");
    await loop().pass();
    expect(smtp.mails.map(({ to }) => to[0]?.toLowerCase().replace("+b", "")).toSorted()).toEqual([
      ...["ann@example.com", "bob@example.com"],
    ]);
    const waits = await Promise.all(ids.map(async (id) => (await table.read("gerda", id))?.waitsFor));
    expect(waits.toSorted()).toEqual(["hour", null]);
    await sql`update public.mails set created_at = created_at - interval '61 minutes'`;
    await sql`update public.destinations set next_at = '-infinity'`;
    await loop().pass();
    expect(smtp.mails).toHaveLength(3);
  });

  test("that the server didn't take count for nothing; an owner's are at most 500 an hour", async () => {
    await destination(mail("ann@example.com"));
    await sql`insert into public.mails (owner, mailbox, is_test) select 'gerda', n || '@example.com', false from generate_series(1, 499) n`;
    await signals("AUSDT");
    smtp.refuses = { message: { status: 451, text: "4.7.1 come back later" } };
    await loop().pass();
    smtp.refuses = {};
    await sql`update public.destinations set next_at = '-infinity'`;
    await signals("BUSDT");
    await loop().pass();
    expect(smtp.mails.map(({ headers }) => headers.get("subject"))).toEqual(["Dips: AUSDT, 1m"]);
  });

  test("fail in words for users when the server can't be used, and its operator is told why once", async () => {
    const id = await destination(mail("ann@example.com"));
    await signals("AUSDT");
    const sending = loop(1);
    await sending.pass();
    await sql`update public.destinations set next_at = '-infinity'`;
    await sending.pass();
    const says = "this server's e-mail doesn't work now, as its operator can see";
    expect(await table.read("gerda", id)).toMatchObject({ lastError: says, waitsFor: "receiver", waiting: 1 });
    expect(warnings).toEqual([expect.stringMatching(/^e-mail isn't sent: the mail server can't be used: /)]);
  });
});
