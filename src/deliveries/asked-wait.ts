import { readRetryAfter } from "../core/mod.ts";
import type { DestinationKind } from "../wire/mod.ts";
import type { Posted } from "./guarded-post.ts";

/** Nobody asks for more in earnest, in seconds. */
const MOST_SECONDS = 86_400;

/** The first version of Discord's API that counts in seconds. An address without a version has an earlier one. */
const DISCORD_IN_SECONDS = 8;

/** How long a receiver asked to be left alone. */
export interface AskedWait {
  /** In milliseconds; undefined where it didn't ask. */
  readonly ms: number | undefined;
  /** Whether Discord asks so for all of its webhooks, and not for this one alone. */
  readonly isGlobal: boolean;
}

/** An answer's wish, and the address that it came from. */
interface Answered {
  readonly kind: DestinationKind;
  readonly url: string;
  readonly posted: Pick<Posted, "retryAfter" | "resetAfter" | "date" | "text">;
  /** Unix milliseconds. */
  readonly now: number;
}

/**
 * Reads how long a receiver wants to be left alone: the longest of what it says in headers and body.
 *
 * - Any: `Retry-After`, seconds or a date.
 * - Telegram: `parameters.retry_after` in seconds. See https://core.telegram.org/bots/api#responseparameters.
 * - Discord: `X-RateLimit-Reset-After` and `retry_after` in seconds, with `global` where all webhooks have to wait, which only Discord's own hosts are believed; before version 8 of its API whole
 *   milliseconds, in `Retry-After` too. See https://discord.com/developers/docs/topics/rate-limits.
 */
export function askedWait({ kind, url, posted, now }: Answered): AskedWait {
  const { retry_after: own, parameters, global } = bodyOf(posted.text);
  const header = readRetryAfter(posted.retryAfter, posted.date, now);
  if (kind !== "discord") return { ms: longest(header, msOf(own ?? parameters?.retry_after)), isGlobal: false };
  const reset = posted.resetAfter === null ? undefined : msOf(Number(posted.resetAfter));
  const isOld = discordVersion(url) < DISCORD_IN_SECONDS && Number.isInteger(own);
  // The header of an old version has the same milliseconds.
  const asked = isOld ? msOf((own as number) / 1_000) : longest(header, msOf(own));
  return { ms: longest(reset, asked), isGlobal: global === true && isAtDiscord(url) };
}

/** Whether an address is at Discord: `discord.com`, the older `discordapp.com`, or a host below them such as `canary.discord.com`. */
export function isAtDiscord(url: string): boolean {
  return URL.canParse(url) && /(^|\.)discord(app)?\.com$/.test(new URL(url).hostname);
}

function discordVersion(url: string): number {
  return Number(/\/api\/v(\d+)\//.exec(url)?.[1] ?? 0);
}

function msOf(seconds: unknown): number | undefined {
  return typeof seconds === "number" && seconds >= 0 && seconds < MOST_SECONDS ? Math.ceil(seconds * 1_000) : undefined;
}

function longest(...waits: readonly (number | undefined)[]): number | undefined {
  const given = waits.filter((one) => one !== undefined);
  return given.length === 0 ? undefined : Math.max(...given);
}

interface LimitBody {
  readonly retry_after?: unknown;
  readonly global?: unknown;
  readonly parameters?: { readonly retry_after?: unknown } | null;
}

function bodyOf(text: string): LimitBody {
  try {
    return (JSON.parse(text) ?? {}) as LimitBody;
  } catch {
    return {};
  }
}
