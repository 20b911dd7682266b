import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { SmtpStandIn } from "../../tests/helpers/smtp-stand-in.ts";
import type { Interval } from "../core/mod.ts";
import type { NamedSignal } from "../traders/mod.ts";
import { codeMailOf, type MailSettings, mailOf } from "./mail.ts";
import { digestOf, singleOf, testOf } from "./message.ts";
import { mailFault, sendMail } from "./send-mail.ts";
import { readMailSender, readSmtpUrl } from "./smtp-server.ts";

const TO = { kind: "email", to: "ann@example.com", token: "tok-1" } as const;
const CLOSE = Date.UTC(2026, 1, 10, 12) - 1;

describe("an e-mail", () => {
  let smtp: SmtpStandIn;
  let settings: MailSettings;
  beforeAll(async () => {
    smtp = await SmtpStandIn.start();
  });
  afterAll(() => smtp?.stop());
  beforeEach(() => {
    smtp.mails.length = 0;
    smtp.refuses = {};
    settings = {
      server: readSmtpUrl(`smtp://vyx:pass%20word@127.0.0.1:${smtp.port}`),
      ...{ from: readMailSender("Vyx <vyx@example.org>"), publicUrl: undefined },
    };
  });

  test("names trader, symbol and interval, has the message's key, and says how it ends", async () => {
    const message = singleOf(signal("Dips ↘\r\nBcc: all@example.com", "BTCUSDT", 7));
    const sent = await sendMail(mailOf(TO, message, settings), settings);
    expect(sent).toEqual({ outcome: "accepted", answer: "250 2.0.0 queued as 1" });
    const [mail] = smtp.mails;
    expect([mail?.from, mail?.to]).toEqual(["vyx@example.org", ["ann@example.com"]]);
    const { headers, text } = mail as NonNullable<typeof mail>;
    expect(headers.get("subject")).toBe("Dips ↘ Bcc: all@example.com: BTCUSDT, 1m");
    expect([headers.get("to"), headers.has("bcc"), headers.get("from")]).toEqual([
      "ann@example.com",
      false,
      "Vyx <vyx@example.org>",
    ]);
    expect(headers.get("idempotency-key")).toBe(`7-${CLOSE}`);
    expect(headers.get("message-id")).toMatch(new RegExp(`^<7-${CLOSE}\\.\\w+@example\\.org>$`));
    expect(headers.get("list-unsubscribe")).toBe("<mailto:vyx@example.org?subject=unsubscribe%20ann%40example.com>");
    expect(text).toContain("BTCUSDT\n1.5 at 2026-02-10 12:00 UTC, 1m\nrsi: 28.5\n");
    expect(text).toContain("To get no more of these messages, write to vyx@example.org.");
  });

  test("that is sent again has the same Message-ID, one to somebody else another", () => {
    const message = singleOf(signal("Dips", "BTCUSDT", 7));
    const id = (to: string, token: string): string => mailOf({ kind: "email", to, token }, message, settings).messageId;
    expect(id("ann@example.com", "a")).toBe(id("ann@example.com", "b"));
    expect(id("ann@example.com", "a")).not.toBe(id("bob@example.com", "a"));
  });

  test("of many signals lists all of them, newest first, and ends with one click where people reach the server", () => {
    const many = Array.from({ length: 500 }, (_, index) => signal("Dips", `S${index}USDT`, index + 1));
    const { subject, text, headers } = mailOf(TO, digestOf(many), { ...settings, publicUrl: "https://vyx.example/" });
    expect(subject).toBe("500 signals of Dips, 1m");
    expect(text.match(/S\d+USDT/g)).toHaveLength(500);
    expect(text.split("\n")[1]).toStartWith("S499USDT");
    expect(headers["List-Unsubscribe"]).toBe("<https://vyx.example/mail/tok-1>");
    expect(headers["List-Unsubscribe-Post"]).toBe("List-Unsubscribe=One-Click");
    expect(mailOf(TO, testOf("x"), settings).subject).toBe("Test message from Vyx");
  });

  test("with a code has nothing that somebody wrote", () => {
    const { subject, text } = codeMailOf("ann@example.com", "12345678", "id", settings);
    expect(subject).toBe("1234 5678 is your code for messages from Vyx");
    expect(text).toContain("enter this code within an hour: 1234 5678");
  });

  test.each([
    [{ recipient: { status: 550, text: "5.1.1 no such user" } }, "refused", "550 5.1.1 no such user"],
    [{ recipient: { status: 451, text: "4.7.1 greylisted" } }, "failed", "451 4.7.1 greylisted"],
    [{ message: { status: 554, text: "5.7.1 spam" } }, "refused", "554 5.7.1 spam"],
    [{ message: { status: 452, text: "4.3.1 disk full" } }, "failed", "452 4.3.1 disk full"],
  ] as const)("that %j stops is %s, with the server's words", async (refuses, outcome, answer) => {
    smtp.refuses = refuses;
    expect(await sendMail(mailOf(TO, testOf("x"), settings), settings)).toEqual({ outcome, answer });
    expect(smtp.mails).toEqual([]);
  });

  test("that the operator's settings stop is tried again; users learn nothing about the server", async () => {
    const says = "this server's e-mail doesn't work now, as its operator can see";
    smtp.refuses = { login: { status: 535, text: "5.7.8 wrong password" } };
    expect(await sendMail(mailOf(TO, testOf("x"), settings), settings)).toEqual({
      ...{ outcome: "failed", answer: says },
      fault: expect.stringMatching(/^the mail server refuses the login: .*535 5\.7\.8 wrong password/),
    });
    const nobody = { ...settings, server: readSmtpUrl("smtp://127.0.0.1:1") };
    expect(await sendMail(mailOf(TO, testOf("x"), nobody), nobody)).toEqual({
      ...{ outcome: "failed", answer: says },
      fault: expect.stringContaining("the mail server can't be used: "),
    });
    // Its certificate is nobody's.
    const strict = { ...settings, server: { ...settings.server, tls: "required" as const } };
    expect((await sendMail(mailOf(TO, testOf("x"), strict), strict)).fault).toContain("certificate");
    expect(smtp.mails).toEqual([]);
  });

  test("the operator's look at the server says what is wrong, or nothing", async () => {
    expect(await mailFault(settings.server)).toBeUndefined();
    expect(await mailFault({ ...settings.server, password: "other" })).toContain("the mail server refuses the login");
    expect(await mailFault(readSmtpUrl("smtp://127.0.0.1:1"))).toContain("the mail server can't be used");
    const bare = await SmtpStandIn.start({ offersTls: false });
    const server = { ...readSmtpUrl(`smtp://127.0.0.1:${bare.port}`), tls: "required" as const };
    expect(await mailFault(server)).toContain("STARTTLS");
    await bare.stop();
    expect(smtp.mails).toEqual([]);
  });
});

function signal(traderName: string, symbol: string, id: number): NamedSignal {
  const [interval, facts] = ["1m" as Interval, { rsi: 28.5 }];
  return {
    traderName,
    signal: { id, symbol, interval, closeTime: CLOSE, price: 1.5, facts },
  } as unknown as NamedSignal;
}
