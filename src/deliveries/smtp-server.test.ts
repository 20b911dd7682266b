import { expect, test } from "bun:test";
import { readMailSender, readSmtpUrl } from "./smtp-server.ts";

test.each([
  ["smtps://u:p%40ss@mail.example", { host: "mail.example", port: 465, user: "u", password: "p@ss", tls: "always" }],
  ["smtp://u:p@mail.example:2525", { host: "mail.example", port: 2525, user: "u", password: "p", tls: "required" }],
  ["smtp://mail.example", { host: "mail.example", port: 587, user: undefined, password: undefined, tls: "required" }],
  ["smtp://mailhog:1025?tls=optional", { host: "mailhog", port: 1025, tls: "optional" }],
  ["smtp://127.0.0.1:1025", { host: "127.0.0.1", port: 1025, tls: "optional" }],
  ["smtp://[::1]/", { host: "::1", port: 587, tls: "optional" }],
  ["smtp://localhost.example.org", { tls: "required" }],
])("%s is read, and encrypted unless it is on this machine", (text, server) => {
  expect(readSmtpUrl(text)).toMatchObject(server as never);
});

test.each([
  ["mail.example:587", "expected smtps://user:password@host:465"],
  ["https://u:hidden@mail.example", "expected smtps://user:password@host:465"],
  ["smtp://u:hidden@mail.example/box", "expected nothing, or ?tls=optional"],
  ["smtp://mail.example?tls=off", "expected nothing, or ?tls=optional"],
  ["smtps://mail.example?tls=optional", "expected it without ?tls=optional"],
  ["smtp://hidden@mail.example", "expected both or neither"],
  ["smtp://u:hidden%zz@mail.example", "expected % written as %25"],
])("%s is refused in words that don't repeat it", (text, says) => {
  expect(() => readSmtpUrl(text)).toThrow(says);
  expect(() => readSmtpUrl(text)).not.toThrow("hidden");
});

test("a sender is an address, with a name or without", () => {
  expect(readMailSender("vyx@example.org")).toEqual({ name: "", address: "vyx@example.org" });
  expect(readMailSender("Vyx signals <vyx@example.org>")).toEqual({ name: "Vyx signals", address: "vyx@example.org" });
  for (const text of ["Vyx", "vyx@localhost", "Vyx <vyx@example.org", "a@b.org, c@d.org", "A\r\nBcc: x <a@b.org>"])
    expect(() => readMailSender(text)).toThrow("is not a sender: expected vyx@example.org or Vyx <vyx@example.org>");
});
