import { expect, test } from "bun:test";
import { withoutAddresses } from "./without-addresses.ts";

test.each([
  ["connect ECONNREFUSED 127.0.0.1:5432", "connect ECONNREFUSED …"],
  ["connect ECONNREFUSED ::1:5432", "connect ECONNREFUSED …"],
  ["getaddrinfo ENOTFOUND db.internal", "getaddrinfo ENOTFOUND …"],
  ["connect ENOENT /tmp/vyx-database-x1/.s.PGSQL.5432", "connect ENOENT …"],
  ["no answer from http://10.0.0.5:8080/klines?symbol=BTCUSDT: it broke", "no answer from … it broke"],
  ["write CONNECT_TIMEOUT db.example.com:6543", "write CONNECT_TIMEOUT …"],
  ["Redis can't be reached at https://user:secret@redis.internal", "Redis can't be reached at …"],
  ["the folder /srv/vyx/data is full", "the folder … is full"],
  ["fe80::1 and [fd00::1]:80 and 192.168.1.7", "… and … and …"],
])("%s", (message, expected) => {
  expect(withoutAddresses(message)).toBe(expected);
});

test.each([
  "kline:BTCUSDT:1m: expected one of 1m, 5m",
  "redis ends at 2026-02-10T12:30:00.000Z",
  "the database lacks 2 migrations: run `vyx database` on it",
  "GET /symbols lists those that are, and klines/candles too",
  "vyx failed: it is away (version 1.4.5)",
])("leaves what is none: %s", (message) => {
  expect(withoutAddresses(message)).toBe(message);
});
