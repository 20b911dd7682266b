import { RedisError } from "./redis-error.ts";

/** A command with its arguments. */
export type RedisCommand = readonly (string | number)[];

/** A way to send commands to a Redis. */
export interface RedisCommands {
  /**
   * Sends commands in one go. The answers come in the same order; that of a command on a key of another type is its RedisError,
   * `redis_wrong_type`. Rejects with RedisError if a command was refused for another reason.
   */
  each(commands: readonly RedisCommand[]): Promise<unknown[]>;
  /** Commands that were sent since the start: what Upstash bills. */
  readonly spent: number;
}

/** Sends commands in one go. The answers come in the same order. Rejects with {@link RedisError} if one of them was refused. */
export async function all(redis: RedisCommands, commands: readonly RedisCommand[]): Promise<unknown[]> {
  const answers = await redis.each(commands);
  for (const answer of answers) if (answer instanceof RedisError) throw answer;
  return answers;
}

/** Reads an answer that is a list of texts, of which some may be absent. Throws {@link RedisError}. */
export function textsOf(answer: unknown): (string | null)[] {
  if (Array.isArray(answer) && answer.every((one) => typeof one === "string" || one === null)) return answer;
  throw new RedisError("redis_refused", "an answer of Redis is not a list of texts: are the keys of another kind?");
}
