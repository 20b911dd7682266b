import { BodyTooLarge, boundedBody, InvalidInput, reasonOf } from "../../core/mod.ts";
import type { RedisCommand, RedisCommands } from "./commands.ts";
import { RedisError, refusalOf } from "./redis-error.ts";

/** Commands in one request; more are split. 25 × 500 candles of 250 bytes are 3 MB. */
const COMMANDS_A_REQUEST = 25;

/** The largest answer that is read, in bytes after decompression: twenty times the one above. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** Requests that are under way at a time; the rest wait for their turn. */
const REQUESTS_AT_A_TIME = 4;

/** How long a request may take, its answer included, in milliseconds. */
const REQUEST_TIMEOUT_MS = 5_000;

/** A request that didn't get through is sent so often. Only reading commands are sent here. */
const MAX_TRIES = 2;

/** Where Redis is behind Upstash's REST. */
export interface UpstashAddress {
  /** For example https://eu1-sure-owl-12345.upstash.io. */
  readonly url: string;
  readonly token: string;
}

/** Redis by Upstash's REST: `POST /` with a command, `POST /pipeline` with several; needs `fetch` and nothing else. */
export class UpstashRest implements RedisCommands {
  readonly #url: URL;
  readonly #token: string;
  #spent = 0;

  /** Throws InvalidInput for an address that can't be one. */
  constructor({ url, token }: UpstashAddress) {
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
      throw new InvalidInput("the URL of Upstash is not valid: expected for example https://NAME.upstash.io");
    }
    this.#url = new URL(url);
    this.#token = token;
  }

  get spent(): number {
    return this.#spent;
  }

  async each(commands: readonly RedisCommand[]): Promise<unknown[]> {
    const batches: RedisCommand[][] = [];
    for (let first = 0; first < commands.length; first += COMMANDS_A_REQUEST) {
      batches.push(commands.slice(first, first + COMMANDS_A_REQUEST));
    }
    const answers: unknown[][] = [];
    for (let first = 0; first < batches.length; first += REQUESTS_AT_A_TIME) {
      const group = batches.slice(first, first + REQUESTS_AT_A_TIME);
      answers.push(...(await Promise.all(group.map((batch) => this.#batch(batch)))));
    }
    return answers.flat();
  }

  async #batch(commands: readonly RedisCommand[]): Promise<unknown[]> {
    this.#spent += commands.length;
    const [only] = commands;
    if (commands.length === 1 && only !== undefined) return [resultOf(await this.#post("", only), only)];
    const answers = await this.#post("/pipeline", commands);
    if (!Array.isArray(answers) || answers.length !== commands.length) {
      throw new RedisError("redis_refused", "Upstash didn't answer each command of a pipeline");
    }
    return answers.map((answer, index) => resultOf(answer, commands[index] ?? []));
  }

  async #post(path: string, body: unknown): Promise<unknown> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#postOnce(path, body);
      } catch (cause) {
        if (!(cause instanceof RedisError) || cause.code !== "redis_unreachable" || tries === MAX_TRIES) throw cause;
      }
    }
  }

  async #postOnce(path: string, body: unknown): Promise<unknown> {
    const { origin, pathname } = this.#url;
    let [status, text] = [0, ""];
    try {
      const response = await fetch(`${origin}${pathname.replace(/\/$/, "")}${path || "/"}`, {
        method: "POST",
        headers: { authorization: `Bearer ${this.#token}`, "content-type": "application/json" },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      status = response.status;
      text = new TextDecoder().decode(await boundedBody(response.body, MAX_ANSWER_BYTES));
    } catch (cause) {
      if (cause instanceof BodyTooLarge) {
        throw new RedisError("redis_refused", `Redis at ${origin} answered ${status}: ${cause.message}`, { cause });
      }
      throw new RedisError("redis_unreachable", `Redis can't be reached at ${origin}: ${reasonOf(cause)}`, { cause });
    }
    if (status === 401 || status === 403) {
      throw new RedisError("redis_unauthorized", `Redis at ${origin} doesn't accept the token (${status})`);
    }
    if (status >= 500 || status === 429) {
      throw new RedisError("redis_unreachable", `Redis at ${origin} answered ${status}`);
    }
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw new RedisError("redis_refused", `Redis at ${origin} answered ${status} and no JSON`, { cause });
    }
  }
}

/** What came of a command, `{"result": …}` or `{"error": …}`. Throws RedisError, as {@link RedisCommands.each} rejects. */
function resultOf(answer: unknown, command: RedisCommand): unknown {
  if (typeof answer === "object" && answer !== null) {
    if ("error" in answer) {
      const refusal = refusalOf(command, String(answer.error));
      if (refusal.code === "redis_wrong_type") return refusal;
      throw refusal;
    }
    if ("result" in answer) return answer.result;
  }
  throw new RedisError("redis_refused", `${command[0]}: the answer doesn't match Upstash's REST format`);
}
