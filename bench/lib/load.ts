/** What `wrk` saw in one round. */
export interface Load {
  readonly requestsPerSecond: number;
  readonly p99Milliseconds: number;
  /** Answers other than 2xx and 3xx, and broken sockets: a round with any isn't worth its figure. */
  readonly errors: number;
}

/** Keeps `connections` busy for `seconds` from one core, with `wrk`. `script`: a file in Lua that says what is asked. */
export async function load(
  core: number,
  url: string,
  connections: number,
  seconds: number,
  headers: Readonly<Record<string, string>> = {},
  script?: string,
): Promise<Load> {
  const sent = Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  const says = script === undefined ? [] : ["-s", script];
  const wrk = ["wrk", "-t1", `-c${connections}`, `-d${seconds}s`, "--latency", ...sent, ...says, url];
  const command = ["taskset", "-c", String(core), ...wrk];
  const text = await new Response(Bun.spawn(command).stdout).text();
  const rate = /Requests\/sec:\s+([\d.]+)/.exec(text)?.[1];
  const [, p99 = "", unit = ""] = /99%\s+([\d.]+)(us|ms|s)/.exec(text) ?? [];
  if (rate === undefined) throw new Error(`wrk said nothing to use about ${url}:\n${text}`);
  const broken = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(text)?.slice(1) ?? [];
  const refused = /Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1] ?? "0";
  return {
    requestsPerSecond: Number(rate),
    p99Milliseconds: Number(p99) * (unit === "us" ? 1e-3 : unit === "s" ? 1e3 : 1),
    errors: [...broken, refused].reduce((sum, count) => sum + Number(count), 0),
  };
}

/** A script for `wrk` that asks for one of these paths each time, drawn at random with a fixed seed. */
export function drawnFrom(paths: readonly string[]): string {
  const list = paths.map((path) => JSON.stringify(path)).join(",\n");
  return `local paths = {\n${list}\n}
math.randomseed(7)
request = function() return wrk.format("GET", paths[math.random(#paths)]) end
`;
}
