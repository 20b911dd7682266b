import { type Command, Option } from "commander";
import { type ClientOptions, createClient } from "../../client/mod.ts";
import { type Interval, InvalidInput, parseInterval, parseSymbol, type Symbol } from "../../core/mod.ts";
import { RedisSocket, type Sides } from "../../migrate/mod.ts";
import { type RedisCommands, UpstashRest } from "../../migrate/redis/mod.ts";
import { named } from "../flag-error.ts";

/** The flags that name the sides and what of them is meant. */
export interface SideFlags {
  readonly redis?: string;
  readonly upstash?: string;
  readonly url?: string;
  readonly symbols?: string;
  readonly intervals?: string;
  readonly json?: true;
  readonly dryRun?: true;
}

/** Adds the flags of Redis' side. */
export function addRedisFlags(command: Command): Command {
  return command
    .addOption(new Option("--redis <URL>", "Redis over its own protocol, redis://… or rediss://…").conflicts("upstash"))
    .addOption(
      new Option(
        "--upstash <URL>",
        "Redis over Upstash's REST interface, https://…, with the token in UPSTASH_REDIS_TOKEN",
      ),
    );
}

/** Adds the flags of both sides. */
export function addSideFlags(command: Command): Command {
  return addSelectionFlags(
    addRedisFlags(command).addOption(
      new Option("--url <URL>", "the server's URL, with its key in VYX_API_KEY").env("VYX_URL"),
    ),
  );
}

/** Adds the flags for the selection and the output format. */
export function addSelectionFlags(command: Command): Command {
  return command
    .addOption(new Option("--symbols <LIST>", "only these, BTCUSDT,ETHUSDT (default: all on either side)"))
    .addOption(new Option("--intervals <LIST>", "only these, 1m,1h (default: all on either side)"))
    .addOption(new Option("--json", "as JSON"))
    .addOption(new Option("--dry-run", "print what would be done, and do nothing"));
}

/** Both sides, as long as `use` needs them. Throws InvalidInput that names the flag. */
export async function withSides<T>(flags: SideFlags, use: (sides: Sides) => Promise<T>): Promise<T> {
  const server = createClient(serverOf(flags));
  return await withRedis(flags, (redis) => use({ redis, server }));
}

/** Redis alone, as long as `use` needs it. */
export async function withRedis<T>(
  { redis, upstash }: SideFlags,
  use: (redis: RedisCommands) => Promise<T>,
): Promise<T> {
  if (redis !== undefined) {
    const socket = named("redis", () => new RedisSocket(redis));
    try {
      return await use(socket);
    } finally {
      socket.close();
    }
  }
  if (upstash === undefined) throw new InvalidInput("--redis or --upstash is missing: expected where Redis is");
  const token = process.env.UPSTASH_REDIS_TOKEN;
  if (!token) throw new InvalidInput("the variable UPSTASH_REDIS_TOKEN isn't set: expected the token for --upstash");
  return await use(named("upstash", () => new UpstashRest({ url: upstash, token })));
}

/** The options of the server's client. */
export function serverOf({ url }: SideFlags): ClientOptions {
  if (url === undefined) throw new InvalidInput("--url is missing: expected where the server is, https://…");
  return { url, apiKey: process.env.VYX_API_KEY || undefined };
}

/** Which series the flags mean. */
export function selectionOf({ symbols, intervals }: SideFlags): { symbols?: Symbol[]; intervals?: Interval[] } {
  return {
    ...(symbols === undefined ? {} : { symbols: named("symbols", () => words(symbols).map(parseSymbol)) }),
    ...(intervals === undefined ? {} : { intervals: named("intervals", () => words(intervals).map(parseInterval)) }),
  };
}

function words(text: string): string[] {
  return text
    .split(",")
    .map((word) => word.trim())
    .filter(Boolean);
}
