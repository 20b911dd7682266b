/** How one answer came, as `curl` saw it. */
export interface OneAnswer {
  /** From the start of the connection to the last byte. */
  readonly ms: number;
  readonly bytes: number;
}

/** Asks once, over a connection of its own, from one core; the body is read and dropped as it comes, compressed as it was sent. */
export async function oneAnswer(
  core: number,
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<OneAnswer> {
  const sent = Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  const written = ["-w", "%{http_code} %{time_total} %{size_download}"];
  const curl = ["curl", "-s", "-o", "/dev/null", ...written, ...sent, url];
  const text = await new Response(Bun.spawn(["taskset", "-c", String(core), ...curl]).stdout).text();
  const [status, seconds, bytes] = text.split(" ").map(Number) as [number, number, number];
  if (status !== 200) throw new Error(`${url}: status ${text}`);
  return { ms: seconds * 1_000, bytes };
}
