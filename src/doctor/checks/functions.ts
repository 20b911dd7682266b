import { FUNCTIONS, type FunctionName } from "../../wire/mod.ts";
import { good, type Outcome, skipped, wrong } from "../finding.ts";
import { functionsHost } from "../functions-host.ts";
import { isThisMachine, type Visit } from "../visit.ts";

/** Whether all functions are there, are shut to strangers, and give klines of the market. */
export async function functions(visit: Visit): Promise<Outcome> {
  const { functionsUrl, serviceKey } = visit.deployment;
  if (functionsUrl === undefined) return skipped("not checked: --functions-url isn't set");
  if (functionsUrl.protocol === "http:" && !isThisMachine(functionsUrl)) {
    return wrong(`${functionsUrl} is plain http`, "https, because requests contain keys and tokens");
  }
  const host = functionsHost(visit.deployment.url, functionsUrl);
  const missing = await missingAt(visit, functionsUrl);
  if (missing.length > 0) {
    return wrong(`not deployed: ${missing.join(", ")}`, `all functions: ${host.deploys}`);
  }
  const stranger = await getKlines(visit, functionsUrl, undefined);
  if (stranger.status === 200 && visit.deployment.isPublic) {
    return wrong("get-klines answers without a key", `401: ${host.deploys}`);
  }
  if (serviceKey === undefined) {
    return good("deployed, and they require a key; their answers aren't checked without VYX_SERVICE_KEY");
  }
  const answer = await getKlines(visit, functionsUrl, serviceKey);
  if (answer.status === 401 || answer.status === 403) {
    return wrong(`get-klines refuses the key in VYX_SERVICE_KEY (${answer.status})`, host.key);
  }
  if (answer.status !== 200) {
    return wrong(`get-klines answers ${answer.status}: ${answer.words}`, `200 with klines: ${host.market}`);
  }
  if (answer.count === 0) return wrong("get-klines returns no klines", "the newest klines of the server");
  return good(`all ${FUNCTIONS.length} are deployed, and get-klines reads from ${answer.source ?? "the market"}`);
}

async function missingAt(visit: Visit, base: URL): Promise<FunctionName[]> {
  const statuses = await Promise.all(
    FUNCTIONS.map(async (name) => ({
      name,
      status: (await visit.askAt(base, `/${name}`, { method: "OPTIONS" })).status,
    })),
  );
  return statuses.filter(({ status }) => status === 404).map(({ name }) => name);
}

interface KlinesAnswered {
  readonly status: number;
  readonly count: number;
  readonly source: string | undefined;
  /** What an error says. */
  readonly words: string;
}

/** Asks for a few klines of a symbol that the server has. */
async function getKlines(visit: Visit, base: URL, key: string | undefined): Promise<KlinesAnswered> {
  const symbol = await symbolOf(visit);
  const response = await visit.askAt(base, "/get-klines", {
    method: "POST",
    headers: { "content-type": "application/json", ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) },
    body: JSON.stringify({ symbol, timeframe: "1m", limit: 5 }),
  });
  const body = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  return {
    status: response.status,
    count: Array.isArray(body.klines) ? body.klines.length : 0,
    source: typeof body.source === "string" ? body.source : undefined,
    words: String(body.error ?? body.detail ?? "no reason given"),
  };
}

async function symbolOf(visit: Visit): Promise<string> {
  const { symbols } = await visit.client.symbols().catch(() => ({ symbols: [] }));
  return symbols[0]?.symbol ?? "BTCUSDT";
}
