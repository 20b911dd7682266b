import { RedisClient } from "bun";

/** Upstash's REST in front of a Redis. */
export interface UpstashFront {
  readonly url: string;
  readonly token: string;
  /** Commands that came in, by name: what Upstash would bill. */
  readonly commands: Map<string, number>;
  stop(): Promise<void>;
}

/**
 * Speaks Upstash's REST: `POST /` with a command as an array, `POST /pipeline` and `POST /multi-exec` with several; a
 * bearer token; {"result": …} or {"error": …}; texts in base64 for whoever asks with `Upstash-Encoding: base64`.
 * Source: Upstash's "REST API" page and what @upstash/redis 1.39 sends.
 */
export function startUpstashFront(redisUrl: string, port = 0): UpstashFront {
  const token = "token-of-the-test";
  const redis = new RedisClient(redisUrl);
  const commands = new Map<string, number>();

  const run = async (command: unknown): Promise<Answer> => {
    if (!Array.isArray(command) || command.length === 0) return { error: "ERR empty command" };
    const [name = "", ...args] = command.map(String);
    commands.set(name.toUpperCase(), (commands.get(name.toUpperCase()) ?? 0) + 1);
    try {
      return { result: inResp2(await redis.send(name, args)) };
    } catch (cause) {
      return { error: cause instanceof Error ? cause.message : String(cause) };
    }
  };

  const transaction = async (list: readonly unknown[]): Promise<readonly Answer[] | Answer> => {
    // Sent in one go, so that nothing gets in between on the one connection.
    const begun = redis.send("MULTI", []);
    const queued = list.map(run);
    const done = redis.send("EXEC", []);
    await begun;
    const answers = await Promise.all(queued);
    const results = await done.catch((cause: Error) => cause);
    const refused = answers.find((answer) => "error" in answer);
    if (results instanceof Error) return refused ?? { error: results.message };
    return (results as unknown[]).map((result) => ({ result: inResp2(result) }));
  };

  const server = Bun.serve({
    hostname: "127.0.0.1",
    port,
    development: false,
    fetch: async (request) => {
      if (request.headers.get("authorization") !== `Bearer ${token}`) {
        return Response.json({ error: "WRONGPASS invalid or missing auth token" }, { status: 401 });
      }
      const isBase64 = request.headers.get("upstash-encoding") === "base64";
      const reply = (answers: Answer | readonly Answer[]): Response => {
        const failed = !Array.isArray(answers) && "error" in answers;
        return Response.json(isBase64 ? encoded(answers) : answers, { status: failed ? 400 : 200 });
      };
      const body: unknown = await request.json().catch(() => undefined);
      if (request.method !== "POST" || !Array.isArray(body)) return reply({ error: "ERR failed to parse command" });
      switch (new URL(request.url).pathname) {
        case "/":
          return reply(await run(body));
        case "/pipeline":
          return reply(await Promise.all(body.map(run)));
        case "/multi-exec":
          return reply(await transaction(body));
        default:
          return reply({ error: "ERR unknown path" });
      }
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    token,
    commands,
    stop: async () => {
      await server.stop(true);
      redis.close();
    },
  };
}

type Answer = { readonly result: unknown } | { readonly error: string };

/** Bun's client speaks RESP3, in which scores are numbers and come in pairs; Upstash tells both as RESP2 does. */
function inResp2(value: unknown): unknown {
  if (typeof value === "number" && !Number.isInteger(value)) return String(value);
  if (!Array.isArray(value)) return value;
  if (value.every((one) => Array.isArray(one) && one.length === 2 && typeof one[1] === "number")) {
    return value.flatMap(([member, score]) => [member, String(score)]);
  }
  return value.map(inResp2);
}

function encoded(value: unknown): unknown {
  if (typeof value === "string") return value === "OK" ? value : Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(encoded);
  if (typeof value !== "object" || value === null) return value;
  // An error's words aren't encoded.
  return "result" in value ? { result: encoded(value.result) } : value;
}
