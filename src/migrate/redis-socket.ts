import { RedisClient } from "bun";
import { InvalidInput, reasonOf } from "../core/mod.ts";
import { type RedisCommand, type RedisCommands, RedisError, refusalOf } from "./redis/mod.ts";

/** Commands that are under way at a time: 25 × 500 candles of 250 bytes are 3 MB. */
const COMMANDS_AT_A_TIME = 25;

/** How long connecting may take, in milliseconds. */
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Redis by its own protocol, `redis://` or `rediss://`. The client is the one that the runtime brings along: it does
 * what is needed here (commands as they are, TLS, passwords), and so no package has to.
 */
export class RedisSocket implements RedisCommands {
  readonly #client: RedisClient;
  readonly #host: string;
  #spent = 0;

  /** Throws InvalidInput, which doesn't repeat the address, as a password may be in it. */
  constructor(url: string) {
    if (!URL.canParse(url) || !/^(rediss?|redis\+unix):$/.test(new URL(url).protocol)) {
      throw new InvalidInput("the URL of Redis is not valid: expected for example redis://127.0.0.1:6379");
    }
    this.#host = new URL(url).host;
    this.#client = new RedisClient(url, { connectionTimeout: CONNECT_TIMEOUT_MS, maxRetries: 1 });
  }

  get spent(): number {
    return this.#spent;
  }

  async each(commands: readonly RedisCommand[]): Promise<unknown[]> {
    const answers: unknown[] = [];
    for (let first = 0; first < commands.length; first += COMMANDS_AT_A_TIME) {
      const some = commands.slice(first, first + COMMANDS_AT_A_TIME);
      this.#spent += some.length;
      answers.push(...(await Promise.all(some.map((command) => this.#send(command)))));
    }
    return answers;
  }

  close(): void {
    this.#client.close();
  }

  async #send(command: RedisCommand): Promise<unknown> {
    const [name, ...args] = command;
    try {
      return await this.#client.send(String(name), args.map(String));
    } catch (cause) {
      const why = reasonOf(cause);
      if (/^(NOAUTH|WRONGPASS|NOPERM)/.test(why)) {
        throw new RedisError("redis_unauthorized", `Redis at ${this.#host} refuses access: ${why}`, { cause });
      }
      // Redis' own errors begin with a word in capitals.
      if (/^[A-Z]{3,}\b/.test(why)) {
        const refusal = refusalOf(command, why, { cause });
        if (refusal.code === "redis_wrong_type") return refusal;
        throw refusal;
      }
      throw new RedisError("redis_unreachable", `Redis can't be reached at ${this.#host}: ${why}`, { cause });
    }
  }
}
