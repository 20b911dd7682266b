import { expect, test } from "bun:test";
import type { DestinationKind } from "../wire/mod.ts";
import { askedWait } from "./asked-wait.ts";

const NOW = Date.UTC(2026, 1, 10, 12);
const DISCORD = "https://discord.com/api/webhooks/1/a";
const DISCORD_10 = "https://discord.com/api/v10/webhooks/1/a";
const TELEGRAM = "https://api.telegram.org/bot1:a/sendMessage";
const HOOK = "https://hooks.example/a";

interface Headers {
  readonly retryAfter?: string;
  readonly resetAfter?: string;
}

const asked = (kind: DestinationKind, url: string, body: unknown, { retryAfter, resetAfter }: Headers = {}) => {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const posted = { retryAfter: retryAfter ?? null, resetAfter: resetAfter ?? null, date: null, text };
  return askedWait({ kind, url, posted, now: NOW });
};

test.each([
  ["telegram", TELEGRAM, { ok: false, parameters: { retry_after: 35 } }, {}, 35_000],
  ["telegram", TELEGRAM, { ok: false, parameters: { retry_after: 35 } }, { retryAfter: "40" }, 40_000],
  ["telegram", TELEGRAM, { ok: false, parameters: null }, {}, undefined],
  // In seconds with a fraction, and the header whole seconds.
  ["discord", DISCORD_10, { retry_after: 64.571, global: false }, { retryAfter: "65" }, 65_000],
  ["discord", DISCORD_10, { retry_after: 2 }, {}, 2_000],
  ["discord", DISCORD, { retry_after: 0.471 }, {}, 471],
  ["discord", DISCORD, { retry_after: 0.471 }, { resetAfter: "1.5" }, 1_500],
  // Versions of before say whole milliseconds, in the header too.
  ["discord", DISCORD, { retry_after: 6_457 }, { retryAfter: "6457" }, 6_457],
  ["discord", DISCORD.replace("/api/", "/api/v6/"), { retry_after: 1_033 }, { resetAfter: "2" }, 2_000],
  ["discord", DISCORD, "rate limited by the network", { retryAfter: "30" }, 30_000],
  ["webhook", HOOK, "", { retryAfter: "120" }, 120_000],
  ["webhook", HOOK, "", { retryAfter: "Tue, 10 Feb 2026 12:01:00 GMT" }, 60_000],
  ["webhook", HOOK, { retry_after: 3 }, {}, 3_000],
  ["webhook", HOOK, { retry_after: -1 }, {}, undefined],
  ["webhook", HOOK, { retry_after: 1e9 }, {}, undefined],
  ["ntfy", HOOK, "null", {}, undefined],
] as const)("%s at %s that answers %j with %j asks for %p ms", (kind, url, body, headers, ms) => {
  expect(asked(kind, url, body, headers)).toEqual({ ms, isGlobal: false });
});

test.each([
  ["discord", DISCORD_10, true],
  ["discord", "https://discordapp.com/api/webhooks/1/a", true],
  ["discord", "https://canary.discord.com/api/v10/webhooks/1/a", true],
  ["discord", "https://hooks.example/api/v10/webhooks/1/a", false],
  ["discord", "https://discord.com.evil.example/api/v10/webhooks/1/a", false],
  ["discord", "https://notdiscord.com/api/v10/webhooks/1/a", false],
  ["discord", "https://evil.example/discord.com/api/v10/webhooks/1/a", false],
  ["webhook", HOOK, false],
  ["webhook", DISCORD_10, false],
] as const)("a global limit of %s at %s holds for all of Discord: %p", (kind, url, isGlobal) => {
  const limit = { retry_after: 5, global: true };
  expect(asked(kind, url, limit, { retryAfter: "5" })).toMatchObject({ isGlobal });
});
